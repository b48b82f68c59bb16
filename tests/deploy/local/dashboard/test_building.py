"""The pages are built once for each state of their sources, and put whole where the gateway serves from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from deploy.local.dashboard import building
from deploy.local.dashboard.building import BuildError, Step


def script(folder: Path) -> str:
    """The one script that the index names, as it is and as it is packed."""
    [file] = [path for path in (folder / "assets").iterdir() if path.suffix == ".js"]
    assert f"/assets/{file.name}" in (folder / "index.html").read_text()
    assert gzip.decompress(file.with_name(file.name + ".gz").read_bytes()) == file.read_bytes()
    return file.read_text()


def test_it_is_built_once_and_again_where_a_source_changed(sources: Path, tmp_path: Path) -> None:
    into, said = tmp_path / "served", list[Step]()
    assert building.build(into, say=said.append) is True
    assert "one" in script(into)
    assert said == ["bundle"]
    assert building.build(into, say=said.append) is False
    assert said == ["bundle"]
    (sources / "src" / "main.ts").write_text("document.title = 'two';")
    assert building.build(into, say=said.append) is True
    assert "two" in script(into), "and nothing of the older build is left"
    assert said == ["bundle", "bundle"]


def test_a_second_folder_gets_what_was_built_for_the_first(sources: Path, tmp_path: Path) -> None:
    building.build(tmp_path / "one")
    assert building.build(tmp_path / "other") is False
    assert script(tmp_path / "other") == script(tmp_path / "one")


def test_a_failing_build_says_so_and_the_next_one_goes_well(
    sources: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (sources / "src" / "main.ts").write_text("import './nowhere'; const =")
    with pytest.raises(BuildError, match="vite build ended with 1"):
        building.build(tmp_path / "served")
    assert "main.ts" in capfd.readouterr().err
    assert not (tmp_path / "served").exists()
    (sources / "src" / "main.ts").write_text("document.title = 'mended';")
    assert building.build(tmp_path / "served") is True
    assert "mended" in script(tmp_path / "served")


def test_each_step_is_told_where_the_gateway_reads_it(tmp_path: Path) -> None:
    say = building.progress(tmp_path / "served")
    for step in ("packages", "bundle", "ready"):
        say(step)
        assert json.loads((tmp_path / "served" / "progress.json").read_bytes()) == {"step": step}
