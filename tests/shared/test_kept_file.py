"""A file that is read again when it changes, whichever way it does, and that may be wrong for a while."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shared.kept_file import KeptFile


def number_in(file: Path) -> int:
    """What the tests' files say."""
    return int(json.loads(file.read_bytes())["number"])


def write(folder: Path, name: str, number: int) -> Path:
    """A folder with the file, as Kubernetes makes one for each version of a Secret."""
    (folder / name).mkdir()
    (folder / name / "file").write_text(json.dumps({"number": number}))
    return folder / name


def turn(link: Path, to: Path) -> None:
    """The link shows the other folder from one moment to the next."""
    beside = link.with_name("..data_tmp")
    beside.symlink_to(to.name)
    os.replace(beside, link)  # noqa: PTH105  # the system call itself is what Kubernetes does


def test_a_mounted_secret_is_read_again_when_its_link_is_turned(tmp_path: Path) -> None:
    first, second = write(tmp_path, "..1", 1), write(tmp_path, "..2", 2)
    data = tmp_path / "..data"
    data.symlink_to(first.name)
    (tmp_path / "file").symlink_to("..data/file")
    os.utime(second / "file", ns=((first / "file").stat().st_mtime_ns,) * 2)
    kept = KeptFile("THE_FILE", tmp_path / "file", number_in)
    assert (kept.value, kept.generation) == (1, 0)
    turn(data, second)
    assert (kept.value, kept.generation) == (2, 1), "of the same size and time, so by its inode"
    assert (kept.value, kept.generation) == (2, 1)


def test_a_file_that_cannot_be_used_keeps_what_was_said_and_is_told_once_without_its_content(tmp_path: Path) -> None:
    file = write(tmp_path, "one", 1) / "file"
    kept = KeptFile("THE_FILE", file, number_in)
    with capture_logs() as logs:
        file.write_text('{"number": "whsec_secret"}')
        assert [kept.value for _ in range(3)] == [1, 1, 1]
        file.unlink()
        assert [kept.value for _ in range(3)] == [1, 1, 1]
        file.write_text('{"number": 3}')
        assert kept.value == 3
    errors = [one for one in logs if one["log_level"] == "error"]
    assert [(one["event"], one["setting"], one["fault"]) for one in errors] == [
        ("file_unusable", "THE_FILE", "ValueError"),
        ("file_unusable", "THE_FILE", "FileNotFoundError"),
    ]
    assert "secret" not in str(logs)
    assert kept.generation == 1


def test_a_file_that_was_never_good_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KeptFile("THE_FILE", tmp_path / "none", number_in)
