"""What is missing is said in one sentence each, and nothing is said where nothing is."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import ports, preflight
from deploy.local.paths import LocalPaths
from deploy.local.sample.plan import PLAN, persons, scaled

SCRIPT = Path(preflight.__file__)


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    everything = {**os.environ, "GATEWAY_PORT": str(ports.free_port()), **environment}
    return subprocess.run(
        [sys.executable, str(SCRIPT)], env=everything, capture_output=True, text=True, check=False, timeout=30
    )


def test_nothing_is_said_where_all_is_well(tmp_path: Path) -> None:
    done = run(LOCAL_DIR=str(tmp_path / "not" / "made" / "yet"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_taken_port_is_named_in_one_sentence() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        done = run(GATEWAY_PORT=str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert done.stderr.count("\n") == 1


def test_each_missing_thing_is_a_line_of_its_own(tmp_path: Path) -> None:
    assert "no port" in preflight.port_problems("http")[0]
    assert "3.9 is too old" in preflight.python_problems(3, 9)[0]
    assert preflight.python_problems(3, 11) == preflight.python_problems(4, 0) == []
    assert "win32" in preflight.platform_problems("win32")[0]
    assert preflight.platform_problems("darwin") == []
    assert "module no_such_module is missing" in preflight.module_problems(("venv", "no_such_module"))[0]
    assert preflight.disk_problems([tmp_path]) == []
    assert "GiB are needed" in preflight.disk_problems([tmp_path, tmp_path / "below"], needed=2**60)[0]
    assert len(preflight.disk_problems([tmp_path, tmp_path / "below"], needed=2**60)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMO", "hanoi"),
        ("DEMO", "LONGAN"),
        ("DEMO_PEOPLE", "abc"),
        ("DEMO_PEOPLE", "0"),
        ("DEMO_PEOPLE", "-5"),
        ("DEMO_PEOPLE", "28"),
        ("DEMO_PEOPLE", "60.5"),
        ("DEMO_PEOPLE", "1e3"),
        ("DEMO_PEOPLE", "²"),
        ("DEMO_PEOPLE", "100000"),
        ("DEMO_PEOPLE", "9" * 5_000),
    ],
)
def test_a_setting_of_the_sample_that_means_nothing_is_named_before_anything_starts(
    tmp_path: Path, name: str, value: str
) -> None:
    environment = {**os.environ, "LOCAL_DIR": str(tmp_path / "stack"), "GATEWAY_PORT": str(ports.free_port())}
    for command in ([str(SCRIPT)], ["-m", "deploy.local.run"]):
        done = subprocess.run(
            [sys.executable, *command],
            env=environment | {name: value}, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"{name} is '{value}', which is no")
        assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_sizes_that_are_let_through_can_be_made() -> None:
    assert len(PLAN) == preflight.FEWEST_PEOPLE
    for people in (preflight.FEWEST_PEOPLE, preflight.MOST_PEOPLE):
        assert preflight.demo_problems("longan", str(people)) == []
        assert sum(course.learners for course in scaled(people)) >= people
    assert preflight.demo_problems("", "") == preflight.demo_problems("none", "") == []


@pytest.mark.parametrize("day", ["2020-02-30", "20201120", "2020-W47-5", "heute", "2020-11-2", "2020-11-20T00:00"])
def test_a_day_that_is_none_is_told_of(day: str) -> None:
    assert repr(day) in " ".join(preflight.until_problems(day))


def test_a_day_or_none_is_taken() -> None:
    assert preflight.until_problems("") == preflight.until_problems("2020-11-20") == []


def test_an_old_python_gets_as_far_as_its_sentence() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = {
        name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in (alias.name for alias in node.names)
    } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"os", "pathlib", "shutil", "socket", "sys", "time"}


@pytest.mark.parametrize(("kept", "people"), [(60, "80"), (80, "60"), (60, ""), (preflight.PLANNED_PEOPLE, "60")])
def test_a_sample_of_another_size_than_the_folder_holds_is_named_before_anything_starts(
    tmp_path: Path, kept: int, people: str
) -> None:
    (tmp_path / preflight.SAMPLE_PEOPLE).write_text(f"{kept}\n")
    environment = {**os.environ, "LOCAL_DIR": str(tmp_path), "GATEWAY_PORT": str(ports.free_port())}
    for command in ([str(SCRIPT)], ["-m", "deploy.local.run"]):
        done = subprocess.run(
            [sys.executable, *command],
            env=environment | {"DEMO_PEOPLE": people}, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(
            f"{tmp_path} holds a sample of {kept} people and this run asks for {people or 9935}:"
        )
        assert f"DEMO_PEOPLE={kept}" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_folder_is_gone_on_with_where_the_size_is_the_same_or_nothing_is_played(tmp_path: Path) -> None:
    (tmp_path / preflight.SAMPLE_PEOPLE).write_text("60\n")
    assert preflight.sample_problems(tmp_path, "", "60") == []
    assert preflight.sample_problems(tmp_path, "longan", "060") == []
    assert preflight.sample_problems(tmp_path, "none", "") == []
    assert preflight.sample_problems(tmp_path / "new", "", "80") == []


def test_the_folder_remembers_the_size_where_the_check_looks_for_it(tmp_path: Path) -> None:
    assert LocalPaths.of(tmp_path).sample_people == tmp_path / preflight.SAMPLE_PEOPLE
    assert persons(PLAN) == preflight.PLANNED_PEOPLE
