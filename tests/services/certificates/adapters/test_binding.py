"""Many papers in one file: each as it was drawn, what they have alike kept once."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pypdf
import pytest

from services.certificates.adapters.binding import Binder
from services.certificates.adapters.drawing import draw
from tests.services.certificates.adapters.test_drawing import SAMPLE

MANY = 40


@pytest.fixture(scope="module")
def papers() -> list[bytes]:
    ones = [
        replace(SAMPLE, number=f"{place:05d}/2020/GCN", full_name=f"Nguyễn Thị Mẫu {place}") for place in range(MANY)
    ]
    return [*draw(ones[:7]), *draw(ones[7:])]


def bound(papers: list[bytes]) -> bytes:
    binder = Binder()
    assert binder.add(papers[:3]) + binder.add(papers[3:]) == len(papers)
    return binder.whole()


def test_each_page_is_its_paper(papers: list[bytes]) -> None:
    whole = pypdf.PdfReader(io.BytesIO(bound(papers)))
    alone = [pypdf.PdfReader(io.BytesIO(paper)).pages[0].extract_text() for paper in papers]
    assert [page.extract_text() for page in whole.pages] == alone
    assert len(set(alone)) == MANY
    with pikepdf.open(io.BytesIO(bound(papers))) as file:
        assert file.check_pdf_syntax() == []


def test_what_is_alike_is_kept_once_and_the_same_papers_are_the_same_bytes(papers: list[bytes]) -> None:
    whole = bound(papers)
    assert len(whole) < sum(map(len, papers)) / 8
    assert whole == bound(papers)


def test_what_is_no_pdf_is_left_out(papers: list[bytes]) -> None:
    binder = Binder()
    assert binder.add([papers[0], b"not a PDF", papers[1]]) == 2
    assert len(pypdf.PdfReader(io.BytesIO(binder.whole())).pages) == 2
