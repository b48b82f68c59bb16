"""What anyone may learn of a paper without a log-in: number, kind, name, result, issuer, date, state (CER-5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.clock import new_token
from tests.services.certificates.conftest import Certificates
from tests.services.certificates.said import passes

SHOWN = {"state", "number", "kind", "name", "result", "issuer", "issued_on"}
HIDDEN = ("1980", "02/05", "Trường Tiểu học Mẫu", "Giáo viên", "Bí mật")
JSON = {"accept": "application/json"}


@pytest.fixture
async def valid(certificates: Certificates) -> dict[str, Any]:
    """One valid certificate whose paper is drawn."""
    await certificates.put_issuers()
    await certificates.hear(passes([1]))
    await certificates.issue()
    await certificates.draw()
    [found] = await certificates.ids()
    shown: dict[str, Any] = await certificates.done("GET", f"/certificates/{found}")
    return shown


async def asked(certificates: Certificates, token: str) -> tuple[httpx.Response, httpx.Response]:
    """The page and the JSON of one token, without a log-in; nothing in them that must not be."""
    page = await certificates.http.get(f"/verify/{token}", headers={"accept": "text/html,*/*;q=0.8"})
    data = await certificates.http.get(f"/verify/{token}", headers=JSON)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert data.headers["content-type"] == "application/json"
    assert page.status_code == data.status_code
    for answer in (page, data):
        assert answer.headers["cache-control"] == "no-store"
        assert [word for word in HIDDEN if word in answer.text] == []
    return page, data


async def test_a_valid_one_is_said_to_be_valid(certificates: Certificates, valid: dict[str, Any]) -> None:
    page, data = await asked(certificates, valid["token"])
    assert data.status_code == 200
    assert set(data.json()) == SHOWN
    assert data.json() == {
        "state": "valid",
        "number": valid["number"],
        "kind": "GIẤY CHỨNG NHẬN Hoàn thành khóa bồi dưỡng",
        "name": "Nguyễn Thị Mẫu",
        "result": "Đạt",
        "issuer": valid["issuer"],
        "issued_on": "2021-02-03",
    }
    assert "Có hiệu lực" in page.text
    assert "Valid" in (await certificates.http.get(f"/verify/{valid['token']}?lang=en")).text
    assert (await certificates.http.get(f"/verify/{valid['token']}?lang=fr")).status_code == 422


async def test_a_revoked_one_says_so_and_when_and_never_why(certificates: Certificates, valid: dict[str, Any]) -> None:
    await certificates.lead(f"/certificates/{valid['id']}/revoke", {"reason": "Bí mật"})
    page, data = await asked(certificates, valid["token"])
    assert data.status_code == 200
    assert data.json()["state"] == "revoked"
    assert set(data.json()) == SHOWN | {"ended_on"}
    assert "Đã bị thu hồi" in page.text


async def test_a_replaced_one_leads_to_the_newer(certificates: Certificates, valid: dict[str, Any]) -> None:
    await certificates.lead(f"/certificates/{valid['id']}/replace", {"reason": "Bí mật", "full_name": "Trần Văn Mẫu"})
    page, data = await asked(certificates, valid["token"])
    assert set(data.json()) == SHOWN | {"ended_on", "replaced_by_number", "replaced_by_url"}
    assert data.json()["state"] == "replaced"
    assert data.json()["replaced_by_url"] in page.text
    newer = data.json()["replaced_by_url"].rpartition("/")[2]
    _, data = await asked(certificates, newer)
    assert (data.json()["state"], data.json()["name"]) == ("valid", "Trần Văn Mẫu")


async def test_an_unknown_one_is_404_in_both_forms(certificates: Certificates, valid: dict[str, Any]) -> None:
    for token in (new_token(), "x", "0" * 22, "a" * 31, "'; SELECT 1; --", "%", "\u1ee7" * 22, "00001"):
        page, data = await asked(certificates, token)
        assert data.status_code == 404
        assert data.json() == {"state": "unknown"}
        assert "Không tìm thấy" in page.text
    assert (await asked(certificates, valid["token"]))[0].status_code == 200


async def test_every_certificate_has_a_long_random_token_of_its_own(certificates: Certificates) -> None:
    await certificates.put_issuers()
    await certificates.hear(passes(range(200)))
    await certificates.issue()
    tokens = [row["token"] for row in await certificates.rows("SELECT token FROM certificate ORDER BY register_number")]
    assert len(set(tokens)) == 200
    assert {len(token) for token in tokens} == {22}
    assert len({token[:4] for token in tokens}) > 190
    assert tokens != sorted(tokens)


async def test_the_paper_itself_is_known_and_with_one_byte_changed_it_is_not(
    certificates: Certificates, valid: dict[str, Any]
) -> None:
    [paper] = certificates.papers().values()
    raw = await certificates.http.post("/verify", content=paper, headers=JSON | {"content-type": "application/pdf"})
    form = await certificates.http.post("/verify", files={"file": ("a.pdf", paper, "application/pdf")}, headers=JSON)
    for answer in (raw, form):
        assert (answer.status_code, answer.json()["state"]) == (200, "valid")
        assert answer.json()["number"] == valid["number"]
    for at in (0, len(paper) // 2, len(paper) - 1):
        changed = bytearray(paper)
        changed[at] ^= 1
        answer = await certificates.http.post("/verify", content=bytes(changed), headers=JSON)
        assert (answer.status_code, answer.json()) == (404, {"state": "unknown"})
    longer = await certificates.http.post("/verify", content=paper + b"\n", headers=JSON)
    assert longer.status_code == 404
    await certificates.lead(f"/certificates/{valid['id']}/revoke", {"reason": "x"})
    answer = await certificates.http.post("/verify", content=paper, headers=JSON)
    assert (answer.status_code, answer.json()["state"]) == (200, "revoked")


async def test_what_is_no_paper_is_refused_before_it_is_read_whole(certificates: Certificates) -> None:
    for content, status in ((b"", 400), (b"x" * (1024 * 1024 + 1), 413)):
        assert (await certificates.http.post("/verify", content=content)).status_code == status
    missing = await certificates.http.post("/verify", files={"paper": ("a.pdf", b"x")})
    assert missing.status_code == 400
