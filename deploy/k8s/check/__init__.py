"""Holds the manifests to what no schema says: `make manifests` renders every combination and checks each.

`combinations.py` says what is rendered, `kustomize.py` by what; `schemas.py` and `custom_resources.py` know every field
that Kubernetes and the operators know; `rules/` are the project's own, a small function each.
"""
