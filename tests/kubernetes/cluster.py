"""A cluster by its KUBECONFIG, through kubectl; what every test here says to it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.k8s.check import custom_resources, strimzi
from deploy.k8s.check.documents import Document

FIELD_MANAGER = "bdtx-tests"
ESTABLISHED_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What kubectl said."""

    code: int
    out: str
    err: str


class Cluster:
    """Calls kubectl, which reads KUBECONFIG itself."""

    def __init__(self) -> None:
        """Raises LookupError where there is no kubectl."""
        found = shutil.which("kubectl")
        if found is None:
            raise LookupError("no kubectl on PATH")
        self._kubectl = found

    def ask(self, *words: str, given: str | None = None, patience_s: float = 300) -> Answer:
        """One call, whatever comes of it."""
        ended = subprocess.run(
            [self._kubectl, *words], input=given, capture_output=True, text=True, check=False, timeout=patience_s
        )
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def do(self, *words: str, given: str | None = None) -> str:
        """One call that must succeed. Raises AssertionError with what the cluster said."""
        answer = self.ask(*words, given=given)
        assert answer.code == 0, f"kubectl {' '.join(words)}: {answer.err}"
        return answer.out

    def apply(self, documents: Sequence[Document]) -> Answer:
        """Server-side, as one list."""
        return self.ask("apply", "--server-side", f"--field-manager={FIELD_MANAGER}", "-f", "-", given=_list(documents))

    def differs(self, documents: Sequence[Document]) -> str:
        """What an apply of these would still change; empty where nothing."""
        answer = self.ask(
            *("diff", "--server-side", f"--field-manager={FIELD_MANAGER}", "-f", "-"), given=_list(documents)
        )
        assert answer.code in (0, 1), answer.err
        return answer.out

    def get(self, *words: str) -> Any:
        """An answer in JSON."""
        return json.loads(self.do("get", *words, "-o", "json"))

    def install_kinds(self) -> None:
        """The operators' definitions, and for Strimzi's kinds our own. Waits until they are known."""
        definitions = [*custom_resources.definitions(), *_of_strimzi()]
        for definition in definitions:
            assert (answer := self.apply([definition])).code == 0, answer.err
        names = [f"crd/{one['metadata']['name']}" for one in definitions]
        self.do("wait", "--for=condition=Established", f"--timeout={ESTABLISHED_S:.0f}s", *names)

    def nodes(self) -> int:
        """How many are ready to run pods, real or fake."""
        ready = 0
        for node in self.get("nodes")["items"]:
            conditions = {one["type"]: one["status"] for one in node["status"].get("conditions", [])}
            ready += conditions.get("Ready") == "True"
        return ready

    def until(self, what: str, *words: str, patience_s: float = 120) -> str:
        """Asks again until the answer is `what`; answers the last one."""
        end = time.monotonic() + patience_s
        while (said := self.ask(*words).out.strip()) != what and time.monotonic() < end:
            time.sleep(1)
        return said


def _list(documents: Sequence[Document]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}, default=str)


def _of_strimzi() -> list[Document]:
    """Definitions that take what our schema takes: the operator's own are in no registry."""
    made = []
    for (api, kind), schema in strimzi.SCHEMAS.items():
        group, _, version = api.partition("/")
        plural = f"{kind.lower()}s"
        free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        made.append(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"{plural}.{group}"},
                "spec": {
                    "group": group,
                    "scope": "Namespaced",
                    "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                    "versions": [
                        {
                            "name": version,
                            "served": True,
                            "storage": True,
                            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": free}}},
                        }
                    ],
                },
            }
        )
        assert schema["properties"]["kind"] == {"const": kind}
    return made
