"""From a pass to a number and a paper: who gets one, who waits, and who must not."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

from pypdf import PdfReader

from tests.services.certificates.conftest import ISSUER, MANAGERS, PUBLIC, Certificates
from tests.services.certificates.said import APPROVED, Pass, enrolment, later, passes, raw

REFUSED = "Жанна Mẫu"


async def candidates(certificates: Certificates) -> dict[int, str]:
    rows = await certificates.rows("SELECT enrolment_id, state FROM candidate ORDER BY 1")
    numbers = {enrolment(n): n for n in range(20)}
    return {numbers[row["enrolment_id"]]: row["state"] for row in rows}


async def test_a_pass_becomes_a_number_then_a_paper_by_the_jobs_of_the_work_process(
    certificates: Certificates,
) -> None:
    await certificates.put_issuers()
    await certificates.hear([raw(Pass(n=1).before(), 1), *passes([2])])
    assert await candidates(certificates) == {2: "waiting"}
    jobs = {job.name: job for job in certificates.parts.jobs}
    assert [await jobs["issue"].run(), await jobs["issue"].run()] == [1, 0]
    assert [await jobs["draw"].run(), await jobs["draw"].run()] == [1, 0]
    assert await candidates(certificates) == {2: "issued"}
    [row] = await certificates.rows("SELECT * FROM certificate")
    assert row["number"] == "00001/2021/GCN-ĐHSP"
    [(key, paper)] = certificates.papers().items()
    assert (row["paper"], row["paper_hash"]) == (key, hashlib.sha256(paper).digest())
    text = " ".join(PdfReader(io.BytesIO(paper)).pages[0].extract_text().split())
    assert "Nguyễn Thị Mẫu" in text
    assert row["number"] in text
    [(event, state)] = await certificates.said()
    assert (event, state["state"], state["number"]) == ("issued", "valid", row["number"])
    assert state["issued_at"] == "2021-02-03T03:00:00Z"
    assert row["printed"]["verify_url"] == f"{PUBLIC}/verify/{row['token']}"
    assert "Nguyễn" not in str(state)
    await certificates.assert_sound()


async def test_without_an_issuer_a_pass_waits_and_is_numbered_once_there_is_one(certificates: Certificates) -> None:
    await certificates.hear(passes([1, 2]))
    await certificates.put_issuers(MANAGERS, ISSUER | {"valid_from": "2021-02-04"})
    assert await certificates.issue() == 0
    due = await certificates.done("GET", "/certificates/due")
    assert (due["total"], {item["state"] for item in due["items"]}) == (2, {"waiting"})
    await certificates.put_issuers(ISSUER | {"valid_from": "2021-02-03"})
    assert await certificates.issue() == 2
    assert (await certificates.done("GET", "/certificates/due"))["total"] == 0
    await certificates.assert_sound()


async def test_a_name_without_glyphs_takes_no_number_and_says_why(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]) + passes([2], name=REFUSED) + passes([3]))
    await certificates.issue()
    assert await candidates(certificates) == {1: "issued", 2: "unprintable", 3: "issued"}
    assert [row[2] for row in await certificates.register()] == [1, 2]
    [due] = (await certificates.done("GET", "/certificates/due"))["items"]
    assert due["enrolment_id"] == str(enrolment(2))
    assert "CYRILLIC CAPITAL LETTER ZHE" in due["problem"]
    # A list with the name as it can be printed replaces the withdrawn one.
    mended = Pass(n=2, list_number=2, approved_at=later(5))
    await certificates.hear([raw(mended.result(), 3)])
    await certificates.issue()
    assert await candidates(certificates) == {1: "issued", 2: "issued", 3: "issued"}
    assert await certificates.rows("SELECT 1 FROM candidate WHERE problem IS NOT NULL") == []
    await certificates.assert_sound()


async def test_an_issuer_put_again_gives_the_unprintable_of_its_audience_another_try(
    certificates: Certificates,
) -> None:
    await certificates.put_issuers(ISSUER, MANAGERS)
    await certificates.hear(passes([1], name=REFUSED) + passes([2], name=REFUSED, audience="managers"))
    assert await certificates.issue() == 2
    await certificates.put_issuers()
    assert await candidates(certificates) == {1: "waiting", 2: "unprintable"}
    assert await certificates.issue() == 1
    assert await candidates(certificates) == {1: "unprintable", 2: "unprintable"}


async def test_an_issuer_whose_lines_cannot_be_printed_is_refused(certificates: Certificates) -> None:
    for member, value in (
        ("issuer", "Trường №1"),
        ("issuer", "A" * 61),
        ("number_pattern", "№ {number}/{year}"),
        ("number_pattern", "{number}/{year}/" + "A" * 50),
        ("number_pattern", "{number}"),
        ("number_pattern", "{number}/{year}/{x}"),
    ):
        assert (await certificates.lead("/issuers", ISSUER | {member: value})).status_code == 422, value
    assert await certificates.rows("SELECT 1 FROM issuer") == []


async def test_a_year_begins_a_new_register_at_midnight_in_vietnam(certificates: Certificates) -> None:
    await certificates.put_issuers(ISSUER, MANAGERS)
    last_second = datetime(2020, 12, 31, 16, 59, 59, tzinfo=UTC)
    first = datetime(2020, 12, 31, 17, tzinfo=UTC)
    await certificates.hear(
        passes([1, 2], approved_at=last_second)
        + passes([3, 4], approved_at=first)
        + passes([5], approved_at=first, audience="managers")
    )
    await certificates.issue()
    assert [row[:3] for row in await certificates.register()] == [
        ("HVQLGD", 2021, 1), ("ĐHSP", 2020, 1), ("ĐHSP", 2020, 2), ("ĐHSP", 2021, 1), ("ĐHSP", 2021, 2)
    ]  # fmt: skip
    await certificates.assert_sound()


async def test_a_number_follows_the_pattern_of_its_own_day_within_one_batch(certificates: Certificates) -> None:
    newer = {"valid_from": "2021-02-10", "number_pattern": "{number}/{year}/MỚI"}
    await certificates.put_issuers(ISSUER, ISSUER | newer)
    await certificates.hear(passes([1]) + passes([2], approved_at=later(20)))
    await certificates.issue()
    rows = await certificates.rows("SELECT number FROM certificate ORDER BY register_number")
    assert [row["number"] for row in rows] == ["00001/2021/GCN-ĐHSP", "2/2021/MỚI"]


async def test_what_was_issued_keeps_its_words_when_the_issuer_changes(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    before = await certificates.rows("SELECT printed FROM certificate")
    await certificates.put_issuers(ISSUER | {"issuer": "Trường Đại học Mới"})
    await certificates.issue()
    assert await certificates.rows("SELECT printed FROM certificate") == before
    assert before[0]["printed"]["issued_on"] == APPROVED.date().isoformat()
