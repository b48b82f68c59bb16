"""Builds the dashboard's pages (gateway/dashboard) with the Node that is there, or the one from the package index."""
