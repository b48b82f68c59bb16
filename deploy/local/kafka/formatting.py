"""A formatted folder for each node, as a cluster's first start wants it."""

from __future__ import annotations

import base64
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from deploy.local.kafka import jars
from deploy.local.kafka.node import Node

USER = "bdtx"


def format_nodes(nodes: Sequence[Node], cluster_id: str, password: Path | None) -> None:
    """Formats the first node's folder and copies what it holds: a Java program less for each other node.

    `password` is the file of the one user's, where there is to be one. What the folders held is lost.
    """
    first, *others = nodes
    for node in nodes:
        shutil.rmtree(node.data, ignore_errors=True)
    extra = []
    if password is not None:
        said = password.read_text(encoding="utf-8")
        extra = ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={said}]"]
    jars.tool("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(first.properties), *extra)
    for node in others:
        node.data.mkdir(parents=True)
        # Without this file a node starts too, but with every feature off.
        shutil.copy(first.data / "bootstrap.checkpoint", node.data)
        (node.data / "meta.properties").write_text(
            f"version=1\ncluster.id={cluster_id}\nnode.id={node.number}\ndirectory.id={new_id()}\n",
            encoding="ascii",
        )


def new_id() -> str:
    """22 characters as Kafka's own ids; never with a hyphen first, which command lines take for an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")  # noqa: TID251  # Kafka's form
        if not made.startswith("-"):
            return made
