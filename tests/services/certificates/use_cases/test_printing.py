"""Print runs: all valid papers of a class or a unit in one file, whoever dies in between."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pypdf
import pytest

from services.certificates.store import print_runs
from services.certificates.use_cases import printing
from services.certificates.use_cases.printing import bind_next
from shared.clock import utc_now
from shared.identity import Role
from tests.services.certificates.conftest import ISSUER, MANAGERS, Certificates
from tests.services.certificates.kills import Way, death
from tests.services.certificates.said import OTHER_SCHOOL, SCHOOL, group, passes
from tests.support.states import OTHER_PROVINCE, PROVINCE, number

_RUN = "SELECT * FROM print_run ORDER BY id DESC LIMIT 1"


@pytest.fixture
async def drawn(certificates: Certificates) -> Certificates:
    """Five teachers' papers of one school, two of another, and a manager's there."""
    await certificates.put_issuers(ISSUER, MANAGERS)
    await certificates.hear(passes(range(1, 6)))
    await certificates.hear(passes({6, 7}, school=OTHER_SCHOOL))
    await certificates.hear(passes({8}, school=OTHER_SCHOOL, audience="managers"))
    await certificates.issue()
    assert await certificates.draw() == 8
    return certificates


async def asked(certificates: Certificates, token: str | None = None, **of: UUID) -> Any:
    body = {name: str(value) for name, value in of.items()}
    return await certificates.done("POST", "/certificates/print", body, token=token)


async def bind(certificates: Certificates) -> int:
    handled = 0
    while done := await bind_next(certificates.worker, certificates.objects, utc_now):
        handled += done
    return handled


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


async def numbers(certificates: Certificates, school: UUID) -> list[str]:
    rows = await certificates.rows(
        "SELECT number FROM certificate WHERE unit_path @> ARRAY[CAST(:school AS uuid)] AND state = 'valid'"
        " ORDER BY register_year, register_number, id",
        school=school,
    )
    return [row["number"] for row in rows]


async def test_the_papers_of_a_school_in_the_order_of_the_register(drawn: Certificates) -> None:
    run = await asked(drawn, unit_id=SCHOOL)
    assert (run["state"], run["papers"], run["undrawn"], run["bound"]) == ("waiting", 5, 0, 0)
    waiting = await drawn.call("GET", f"/certificates/print/{run['id']}.pdf")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (404, "5")
    assert await bind(drawn) == 1
    made = await drawn.done("GET", f"/certificates/print/{run['id']}")
    assert (made["state"], made["bound"], made["left_out"]) == ("made", 5, 0)
    file = await drawn.call("GET", f"/certificates/print/{run['id']}.pdf")
    assert file.headers["content-type"] == "application/pdf"
    expected = await numbers(drawn, SCHOOL)
    assert len(expected) == 5
    for text, one in zip(pages(file.content), expected, strict=True):
        assert one in text
    assert await bind(drawn) == 0


async def test_a_province_school_by_school_and_a_class(drawn: Certificates) -> None:
    run = await asked(drawn, unit_id=PROVINCE)
    await bind(drawn)
    file = await drawn.call("GET", f"/certificates/print/{run['id']}.pdf")
    by_school = [
        row["unit_path"][-1] for row in await drawn.rows("SELECT unit_path FROM certificate ORDER BY unit_path")
    ]
    expected = [one for school in dict.fromkeys(by_school) for one in await numbers(drawn, school)]
    for text, one in zip(pages(file.content), expected, strict=True):
        assert one in text
    of_class = await asked(drawn, class_id=group(1))
    held = await drawn.rows("SELECT id FROM certificate WHERE class_id = :id", id=group(1))
    assert of_class["papers"] == len(held) > 0


async def test_a_certificate_that_ended_meanwhile_and_a_lost_paper_are_left_out(drawn: Certificates) -> None:
    run = await asked(drawn, unit_id=SCHOOL)
    ids = (await drawn.rows("SELECT certificates FROM print_run"))[0]["certificates"]
    assert (await drawn.lead(f"/certificates/{ids[0]}/revoke", {"reason": "cấp sai"})).status_code == 200
    [lost] = await drawn.rows("SELECT paper FROM certificate WHERE id = :id", id=ids[1])
    (drawn.folder / lost["paper"]).unlink()
    await bind(drawn)
    made = await drawn.done("GET", f"/certificates/print/{run['id']}")
    assert (made["state"], made["papers"], made["bound"], made["left_out"]) == ("made", 5, 3, 2)


async def test_a_run_of_which_nothing_is_left_is_empty(drawn: Certificates) -> None:
    run = await asked(drawn, unit_id=OTHER_SCHOOL)
    for row in await drawn.rows(
        "SELECT id FROM certificate WHERE unit_path @> ARRAY[CAST(:s AS uuid)]", s=OTHER_SCHOOL
    ):
        await drawn.lead(f"/certificates/{row['id']}/revoke", {"reason": "cấp sai"})
    await bind(drawn)
    made = await drawn.done("GET", f"/certificates/print/{run['id']}")
    assert (made["state"], made["bound"], made["left_out"]) == ("empty", 0, 3)
    gone = await drawn.call("GET", f"/certificates/print/{run['id']}.pdf")
    assert (gone.status_code, "retry-after" in gone.headers) == (404, False)


async def test_what_is_not_drawn_yet_is_counted_and_not_bound(drawn: Certificates) -> None:
    await drawn.hear(passes({9, 10}))
    await drawn.issue()
    run = await asked(drawn, unit_id=SCHOOL)
    assert (run["papers"], run["undrawn"]) == (5, 2)


@pytest.mark.parametrize("way", get_args(Way))
async def test_a_binder_that_dies_leaves_its_run_to_the_next(drawn: Certificates, way: Way) -> None:
    run = await asked(drawn, unit_id=SCHOOL)
    now = utc_now()

    async def bind_once(engine: Any = None) -> int:
        return await bind_next(engine or drawn.worker, drawn.objects, lambda: now)

    deaths = 0
    for step in range(20):
        how = await death(drawn.worker, step, way, bind_once)
        if not how.died:
            break
        deaths += 1
        now += timedelta(seconds=61)  # the lease of the dead one is over
    assert deaths > 3
    await bind_once()
    made = await drawn.done("GET", f"/certificates/print/{run['id']}")
    assert (made["state"], made["bound"], made["left_out"]) == ("made", 5, 0)
    assert len([one for one in (drawn.folder / "print-runs").rglob("*") if one.is_file()]) == 1


async def test_two_binders_do_not_take_the_same_run(drawn: Certificates) -> None:
    await asked(drawn, unit_id=SCHOOL)
    await asked(drawn, unit_id=OTHER_SCHOOL)
    now = utc_now()
    async with drawn.worker.begin() as connection:
        first = await print_runs.take(connection, now, now + timedelta(seconds=60))
    async with drawn.worker.begin() as connection:
        second = await print_runs.take(connection, now, now + timedelta(seconds=60))
    async with drawn.worker.begin() as connection:
        third = await print_runs.take(connection, now, now + timedelta(seconds=60))
    assert first is not None
    assert second is not None
    assert first[0].id != second[0].id
    assert third is None


async def test_who_may_ask_and_for_what(drawn: Certificates) -> None:
    head = drawn.token(Role.SCHOOL_HEAD, unit_id=SCHOOL)
    lecturer = drawn.token(Role.INSTITUTION_LECTURER, audience="managers")
    assert (await asked(drawn, head, unit_id=SCHOOL))["papers"] == 5
    assert (await asked(drawn, lecturer, unit_id=OTHER_SCHOOL))["papers"] == 1
    stranger = drawn.token(Role.PROVINCE_OFFICER, OTHER_PROVINCE)
    for token, of in (
        (head, {"unit_id": OTHER_SCHOOL}),
        (head, {"unit_id": PROVINCE}),
        (head, {"unit_id": number(77)}),
        (lecturer, {"unit_id": SCHOOL}),
        (stranger, {"unit_id": SCHOOL}),
    ):
        body = {name: str(value) for name, value in of.items()}
        answer = await drawn.call("POST", "/certificates/print", body, token=token)
        assert answer.status_code == 404, (of, answer.text)
    for role in (Role.CORE_TEACHER, Role.LEARNER, Role.AUDITOR, Role.VENDOR):
        answer = await drawn.call("POST", "/certificates/print", {"unit_id": str(SCHOOL)}, token=drawn.token(role))
        assert answer.status_code == 403
    runs = {run["papers"] for run in (await drawn.done("GET", "/certificates/print", token=head))["items"]}
    assert runs == {5}
    runs = {run["papers"] for run in (await drawn.done("GET", "/certificates/print", token=lecturer))["items"]}
    assert runs == {1}
    assert (await drawn.done("GET", "/certificates/print", token=stranger))["items"] == []


async def test_one_aim_and_not_too_many(drawn: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in ({}, {"unit_id": str(SCHOOL), "class_id": str(group(1))}):
        answer = await drawn.call("POST", "/certificates/print", body)
        assert (answer.status_code, "một trong hai" in answer.text) == (422, True)
    monkeypatch.setattr(printing, "MOST", 4)
    answer = await drawn.call("POST", "/certificates/print", {"unit_id": str(SCHOOL)})
    assert (answer.status_code, "5 giấy, quá 4" in answer.text) == (422, True)
    assert await drawn.rows(_RUN) == []


async def test_asking_is_on_record(drawn: Certificates) -> None:
    run = await asked(drawn, unit_id=SCHOOL)
    [row] = await drawn.rows("SELECT object_id, details FROM audit WHERE action = 'certificate.print'")
    assert (row["object_id"], row["details"]) == (run["id"], {"unit": str(SCHOOL), "papers": 5})
