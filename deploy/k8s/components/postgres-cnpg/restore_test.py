"""`restore_test.py <service>`: the newest backup as a cluster of its own, its audit verified, the cluster deleted.

Runs in a pod with the account `restore-test`; asks the API server by the standard library alone. Exit 0 where the
restored database proves its audit, 1 otherwise; the cluster goes either way.
"""

from __future__ import annotations

import copy
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
PATIENCE_S = 3000
_SOURCE = "backup"


def call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call to the API server. Raises urllib.error.HTTPError, OSError."""
    server = f"https://{os.environ.get('KUBERNETES_SERVICE_HOST', 'kubernetes.default.svc')}"
    request = urllib.request.Request(  # noqa: S310  # the address is ours
        f"{server}/apis/postgresql.cnpg.io/v1/namespaces/{os.environ['NAMESPACE']}/clusters{path}",
        data=json.dumps(body).encode() if body is not None else None,
        method=method,
        headers={
            "authorization": f"Bearer {(ACCOUNT / 'token').read_text(encoding='utf-8')}",
            "content-type": "application/json",
        },
    )
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, context=context, timeout=30) as answer:  # noqa: S310
        said: dict[str, Any] = json.loads(answer.read())
    return said


def restored(original: dict[str, Any], name: str) -> dict[str, Any]:
    """The manifest of one small instance, recovered from where the original keeps its backups."""
    spec = original["spec"]
    store = copy.deepcopy(spec["backup"]["barmanObjectStore"])
    store["serverName"] = original["metadata"]["name"]
    return {
        "apiVersion": original["apiVersion"],
        "kind": "Cluster",
        "metadata": {"name": name},
        "spec": {
            "instances": 1,
            "storage": spec["storage"],
            "resources": spec["resources"],
            "postgresql": {"parameters": spec["postgresql"].get("parameters", {})},
            "bootstrap": {"recovery": {"source": _SOURCE}},
            "externalClusters": [{"name": _SOURCE, "barmanObjectStore": store}],
        },
    }


def verified(service: str, name: str) -> bool:
    """Whether the restored database's chain of hashes holds."""
    address = f"postgresql://{service}_worker:{os.environ['DATABASE_PASSWORD']}@{name}-rw/{service}"
    # The restored cluster has an authority of its own, which nobody has mounted: encrypted, its name unproved.
    env = {**os.environ, f"{service.upper()}_WORKER_DATABASE_URL": address, "PGSSLMODE": "require"}
    env.pop("PGSSLROOTCERT", None)
    argv = [sys.executable, "-m", f"services.{service}", "verify-audit"]
    return subprocess.run(argv, env=env, check=False, cwd="/app").returncode == 0


def delete(name: str) -> None:
    """Deletes the cluster, if it is there."""
    try:
        call("DELETE", f"/{name}")
    except urllib.error.HTTPError as fault:
        if fault.code != 404:
            raise


def main(service: str) -> int:
    """Restores, verifies, deletes."""
    name = f"{service}-db-restored"
    delete(name)
    call("POST", "", restored(call("GET", f"/{service}-db"), name))
    try:
        until = time.monotonic() + PATIENCE_S
        while not call("GET", f"/{name}").get("status", {}).get("readyInstances"):
            if time.monotonic() > until:
                sys.stderr.write(f"{name} is not ready after {PATIENCE_S} s\n")
                return 1
            time.sleep(10)
        return 0 if verified(service, name) else 1
    finally:
        delete(name)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
