"""The main job end to end: a scaled Long An played by one command, recomputed by others' lines, disturbed, compared."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.journeys.end_state import OFFICER, OPERATOR, differing, end_state
from tests.journeys.recompute import disagreements, events
from tests.support.whole_stack import WholeStack, whole_stack

PEOPLE = "400"
COUNTING = (
    "enrolments",
    "studying",
    "submitted",
    "graded",
    "lms_met",
    "core_team_met",
    "institution_met",
    "approved",
    "certified",
    "missing",
)


@pytest.fixture(scope="module")
def course() -> Iterator[WholeStack]:
    with whole_stack("course", DEMO_PEOPLE=PEOPLE) as stack:
        stack.wait_for("COURSE COMPLETE", 300)
        yield stack


def test_every_result_is_what_the_two_record_files_say(course: WholeStack) -> None:
    results = course.every(OFFICER, "/api/v1/results")
    offerings = course.every(OFFICER, "/api/v1/offerings")
    assert len(results) == course.get(OFFICER, "/api/v1/reports/progress")["figures"]["enrolments"]
    assert {one["status"] for one in results} >= {"recognised", "studying", "not_started", "refused"}
    assert sum(len(mine) for mine in events(course.paths.vendor_events).values()) > 10_000
    assert disagreements(results, offerings, course.paths.root) == []


def test_at_every_node_the_counting_figures_equal_the_sum_of_the_children(course: WholeStack) -> None:
    nodes = [course.get(OFFICER, "/api/v1/reports/progress")]
    seen = 0
    while nodes:
        node = nodes.pop()
        seen += 1
        if not node["children"]:
            continue
        for figure in COUNTING:
            below = sum(child["figures"][figure] for child in node["children"])
            assert node["figures"][figure] == below, (node["unit"]["name"], figure)
            by_subject = sum(row["figures"][figure] for row in node["by_subject"])
            assert node["figures"][figure] == by_subject, (node["unit"]["name"], figure)
        districts = [child for child in node["children"] if child["unit"]["kind"] == "district"]
        nodes += [course.get(OFFICER, "/api/v1/reports/progress", unit=child["unit"]["id"]) for child in districts]
    assert seen == 16


def test_the_days_of_the_report_tell_the_course_s_story(course: WholeStack) -> None:
    days = ["2020-08-01", "2020-09-15", "2020-11-15", "2020-12-20", "2021-01-10"]
    figures = [course.get(OFFICER, "/api/v1/reports/progress", as_of=day)["figures"] for day in days]
    for figure in ("logged_in", "studying", "submitted", "approved", "certified"):
        counts = [one[figure] for one in figures]
        assert counts == sorted(counts), figure
        assert counts[0] == 0 < counts[-1], figure


def test_the_register_has_no_gap_and_every_paper_is_drawn_and_verifies(course: WholeStack) -> None:
    register = course.get(OFFICER, "/api/v1/register", year=2020)["items"]
    register += course.get(OFFICER, "/api/v1/register", year=2021)["items"]
    numbers: dict[tuple[str, int], list[int]] = {}
    for one in register:
        numbers.setdefault((one["issuer_code"], one["register_year"]), []).append(one["register_number"])
    assert numbers
    for given in numbers.values():
        assert sorted(given) == list(range(1, len(given) + 1))
    assert len({one["enrolment_id"] for one in register}) == len(register)
    assert all(one["drawn"] for one in register)
    sample = register[0]
    paper = course.call(OFFICER, "GET", f"/api/v1/certificates/{sample['id']}.pdf")
    assert paper.content.startswith(b"%PDF-")
    page = course.call(None, "GET", f"/verify/{sample['token']}", headers={"accept": "application/json"})
    assert page.json()["state"] == "valid"
    assert page.json()["number"] == sample["number"]
    by_paper = course.call(None, "POST", "/verify", content=paper.content, headers={"accept": "application/json"})
    assert by_paper.json() == page.json()
    changed = paper.content[:-9] + b"X" + paper.content[-8:]
    assert course.call(None, "POST", "/verify", content=changed).status_code == 404


def test_a_school_head_sees_her_school_and_a_learner_herself(course: WholeStack) -> None:
    accounts = course.call(None, "GET", "/local/accounts").json()["items"]
    head = next(one for one in accounts if one["role"] == "school_head")
    mine = course.every(head["account"], "/api/v1/results")
    everyone = course.every(OFFICER, "/api/v1/results")
    assert 0 < len(mine) < len(everyone)
    assert len({one["unit"] for one in mine}) == 1
    foreign = next(one for one in everyone if one["unit"] != mine[0]["unit"])
    assert course.call(head["account"], "GET", f"/api/v1/results/{foreign['enrolment_id']}").status_code == 404
    learner = next(one for one in accounts if one["role"] == "learner")
    hers = course.every(learner["account"], "/api/v1/results")
    assert {one["account"] for one in hers} == {learner["account"]}


def test_no_log_holds_an_error(course: WholeStack) -> None:
    assert course.faults() == []


@pytest.fixture(scope="module")
def disturbed() -> Iterator[WholeStack]:
    """The same course, with the broker and each service killed while it plays."""
    chance = random.Random(3)
    with whole_stack("disturbed", DEMO_PEOPLE=PEOPLE) as stack:
        stack.wait_for("READY", 120)
        for percent, victim in zip(
            range(10, 95, 15), ["broker", "grading", "roster", "reporting", "certificates", "broker"], strict=True
        ):
            stack.wait_for(f"played {percent} %", 200)
            stack.kill(victim)
            if chance.random() < 0.5:
                stack.kill("postgres")
        stack.wait_for("COURSE COMPLETE", 300)
        yield stack


def test_kills_in_mid_course_change_nothing_of_its_end(course: WholeStack, disturbed: WholeStack) -> None:
    assert differing(end_state(course), end_state(disturbed)) == []
    assert (
        disagreements(
            disturbed.every(OFFICER, "/api/v1/results"),
            disturbed.every(OFFICER, "/api/v1/offerings"),
            disturbed.paths.root,
        )
        == []
    )
    assert disturbed.get(OPERATOR, "/api/v1/grading/parked")["total"] == 0


def test_no_log_holds_an_error_where_the_broker_and_each_service_were_killed(disturbed: WholeStack) -> None:
    assert disturbed.faults() == []


def test_a_second_start_keeps_all_and_says_both_lines_again() -> None:
    with whole_stack("twice", DEMO_PEOPLE="60") as stack:
        first = stack.wait_for("COURSE COMPLETE", 240)
        figures = first.split(" events=")[0]
        again = WholeStack(stack.paths, stack.port, {"DEMO_PEOPLE": "60"})
        assert stack.stop() == 0
        again.start()
        try:
            again.wait_for("READY", 120)
            assert again.wait_for("COURSE COMPLETE", 240).split(" events=")[0] == figures
        finally:
            assert again.stop() == 0
