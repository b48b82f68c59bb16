"""`python -m deploy.k8s.check`: exit 0 where every combination is as it should be, 1 with findings, 2 where a tool or
a definition could not be had."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

from deploy.k8s.check import combinations, custom_resources, sources
from deploy.k8s.check.checking import Checker
from deploy.k8s.check.documents import parse
from deploy.k8s.check.kustomize import K8S, RenderError, UnavailableError
from deploy.k8s.check.schemas import NEWEST, OLDEST


def main() -> int:
    """Checks everything, a line a combination."""
    try:
        checker = Checker(custom_resources.strict())
        faults = [f"{one.where}: {one.what}" for one in sources.check(K8S)]
        every = list(combinations.all_of_them())
        pool = ThreadPoolExecutor(2)
        rendering = {one: pool.submit(one.render) for one in every}
        for combination in every:
            began = monotonic()
            try:
                documents = parse(rendering[combination].result())
            except RenderError as fault:
                faults.append(f"{combination}: {fault}")
                continue
            found = checker.check(documents)
            faults += [f"{combination}: {one}" for one in found]
            said = "as it should be" if not found else f"{len(found)} findings"
            sys.stdout.write(f"{combination}: {len(documents)} documents, {said} ({monotonic() - began:.1f} s)\n")
            sys.stdout.flush()
    except UnavailableError as fault:
        sys.stderr.write(f"the manifests could not be checked: {fault}\n")
        return 2
    for fault_line in faults:
        sys.stderr.write(f"{fault_line}\n")
    if not faults:
        sys.stdout.write(f"all hold against Kubernetes {OLDEST} and {NEWEST}, the operators' kinds and the rules\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
