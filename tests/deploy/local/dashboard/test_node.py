"""Which Node builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.dashboard import node


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.18.9", False), ("v20.19.0", True), ("v21.9.0", False), ("v22.11.0", False), ("v22.12.0", True),
        ("v18.20.1", False), ("v23.0.0", True), ("v24.19.0", True), ("", False), ("nothing", False),
    ],
)  # fmt: skip
def test_vite_s_own_demand_decides(version: str, enough: bool) -> None:
    assert node.new_enough(version) is enough


def test_without_a_node_on_the_path_the_packaged_one_builds(tmp_path: Path) -> None:
    found = node.find(str(tmp_path))
    assert found.version.startswith("v24.")
    assert found.npm[0] == found.node
    assert Path(found.npm[1]).is_file()


def test_one_that_is_too_old_or_broken_is_passed_over(tmp_path: Path) -> None:
    for name, said in (("node", "echo v18.20.1"), ("npm", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n")
        (tmp_path / name).chmod(0o755)
    assert node.find(str(tmp_path)).version.startswith("v24.")
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.12.0\n")
    assert node.find(str(tmp_path)).node == str(tmp_path / "node")
