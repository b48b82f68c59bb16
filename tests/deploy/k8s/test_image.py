"""The image of `deploy/k8s/Containerfile`, built and looked at (`make test-image`); not part of `make test`.

It takes a podman or docker and a base image that one of them has or can fetch; with `make image-offline` before, the
build has no network.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from pypdf import PdfReader

from services.certificates.adapters.drawing import draw
from tests.deploy.k8s.image import ROOT, Image, NoBuilderError, build
from tests.services.certificates.adapters.test_drawing import SAMPLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("IMAGE") != "1", reason="needs podman or docker: `make test-image`"),
]
INSIDE = Path(__file__).with_name("inside")
ADDED_MIB = 320
"""What we put on the base, at most: 275 MiB when it was measured, 81 of them typst with its fonts."""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Built once."""
    try:
        yield build()
    except NoBuilderError as fault:
        pytest.skip(f"THE IMAGE IS NOT BUILT: {fault}")


@pytest.fixture(scope="module")
def found(image: Image) -> dict[str, Any]:
    """What is inside."""
    looked: dict[str, Any] = image.python(INSIDE / "looks.py")
    return looked


def test_it_runs_as_a_number_that_is_not_root_and_may_do_nothing(found: dict[str, Any]) -> None:
    assert set(found["ids"]) == {10001}
    assert found["capabilities"] == 0
    assert found["writes"] == ["/tmp"]  # noqa: S108  # an emptyDir of its pod
    assert found["privileged"] == []


def test_nothing_in_it_builds_or_installs(found: dict[str, Any]) -> None:
    assert (found["tools"], found["installers"], found["caches"]) == ([], [], [])


def test_it_holds_the_locked_packages_and_no_other(found: dict[str, Any]) -> None:
    locked = set()
    for line in (ROOT / "requirements.runtime.lock").read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z0-9]", line):
            one = Requirement(line.rstrip(" \\"))
            if one.marker is None or one.marker.evaluate():
                locked.add(f"{one.name.lower()}{one.specifier}")
    assert {_plain(one) for one in found["packages"]} == {_plain(one) for one in locked}
    assert found["python"] == [3, 11]


def test_it_holds_the_product_compiled_and_the_built_pages(found: dict[str, Any]) -> None:
    assert (found["foreign"], found["uncompiled"]) == ([], [])
    assert "index.html" in found["pages"]
    assert [one for one in found["pages"] if one.endswith(".js")]
    assert [one for one in found["pages"] if one.endswith((".ts", ".tsx", ".json"))] == []


def test_every_process_starts_and_names_what_it_is_not_told(image: Image) -> None:
    ended = image.python(INSIDE / "starts.py")
    assert len(ended) == 20
    for code, said in ended.values():
        assert (code, "setting KAFKA_BOOTSTRAP: Field required" in said) == (2, True), said


def test_its_command_is_a_process(image: Image) -> None:
    """As a pod says it: `args: [services.roster, migrate]`; without any it is the gateway."""
    assert "setting ROSTER_PORT: Field required" in image.run("services.roster", "migrate").err
    assert "setting GATEWAY_SIGNING_KEY_FILE: Field required" in image.run().err


def test_the_gateway_serves_the_pages_and_ends_when_told_to(image: Image) -> None:
    served = image.python(INSIDE / "serves.py")
    assert {status for status, _ in served["answers"].values()} == {200}, served
    kinds = {path: kind for path, (_, kind) in served["answers"].items() if path.startswith("/assets/")}
    assert [kind for path, kind in kinds.items() if path.endswith(".js") and "javascript" in kind], kinds
    assert [kind for path, kind in kinds.items() if path.endswith(".css") and "text/css" in kind], kinds
    assert served["exit"] == 0


def test_a_paper_drawn_in_it_is_the_paper_drawn_here(image: Image) -> None:
    """By the fonts of typst alone: an image has none of its own."""
    drawn = image.python(
        "import base64, datetime, json\n"
        "from services.certificates.adapters.drawing import Printed, draw\n"
        f"paper = draw([Printed(**{asdict(SAMPLE)!r})])[0]\n"
        "print(json.dumps(base64.b64encode(paper).decode()))\n"
    )
    paper = base64.b64decode(drawn)
    assert "Nguyễn Thị Mẫu Đơn" in " ".join(PdfReader(io.BytesIO(paper)).pages[0].extract_text().split())
    assert paper == draw([SAMPLE])[0]


def test_what_it_says_of_itself(image: Image) -> None:
    said = image.inspect()
    assert said["Config"]["User"] == "10001:10001"
    assert said["Config"]["Entrypoint"] == ["python", "-m"]
    assert not [one for one in said["Config"]["Env"] if re.search(r"SECRET|PASSWORD|INDEX|PROXY", one.upper())]
    added = (said["Size"] - image.inspect(image.base)["Size"]) / 2**20
    print(f"{said['Size'] / 2**20:.0f} MiB, {added:.0f} of them ours")  # pytest shows it with -s
    assert added < ADDED_MIB


def _plain(name: str) -> str:
    """PEP 503: `Typing_Extensions` and `typing-extensions` are one."""
    package, _, version = name.partition("==")
    return f"{re.sub(r'[-_.]+', '-', package)}=={version}"
