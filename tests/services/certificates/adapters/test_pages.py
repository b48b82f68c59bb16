"""The page that the public sees: says the state in words, hides what is nobody's business, is safe against its data."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from html.parser import HTMLParser

import pytest

from services.certificates.adapters.pages import LOOKS, WORDS, Language, State, VerificationView, verification_page

VALID = VerificationView(
    state="valid",
    number="0001/2021/GCN-HVQLGD",
    kind="Giấy chứng nhận hoàn thành khóa bồi dưỡng",
    name="Nguyễn Thị Mẫu Đơn",
    result="Đạt",
    issuer="Học viện Quản lý giáo dục",
    issued_on=date(2021, 2, 5),
)
REPLACED = replace(
    VALID, state="replaced", ended_on=date(2021, 3, 1), replaced_by_number="0214/2021", replaced_by_url="/verify/NEW"
)
REVOKED = replace(VALID, state="revoked", ended_on=date(2021, 3, 1))
UNKNOWN = VerificationView(state="unknown")
ALL = (VALID, REPLACED, REVOKED, UNKNOWN)


class Page(HTMLParser):
    """Text, tags and attributes of a page; every element closed in order."""

    VOID = frozenset({"meta", "link", "path", "circle", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text.append(" ".join(data.split()))

    @property
    def words(self) -> str:
        return " ".join(filter(None, self.text))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("view", ALL, ids=lambda view: view.state)
def test_each_state_is_said_in_words_and_in_its_language(view: VerificationView, lang: Language) -> None:
    page = Page(verification_page(view, lang))
    assert WORDS[lang][view.state] in page.words
    assert WORDS[lang][f"{view.state}_meaning"] in page.words
    assert page.tags[0] == ("html", {"lang": lang})
    assert [name for name in ("script", "img", "iframe", "form") if name in dict(page.tags)] == []


def test_a_valid_certificate_shows_what_the_paper_says() -> None:
    words = Page(verification_page(VALID, "vi")).words
    for value in (VALID.number, VALID.kind, VALID.name, "Kết quả Đạt", VALID.issuer, "Ngày cấp 05/02/2021"):
        assert value in words
    assert "Issued on 5 February 2021" in Page(verification_page(VALID, "en")).words


def test_a_replaced_one_links_to_the_newer() -> None:
    page = Page(verification_page(REPLACED, "vi"))
    assert ("a", {"href": "/verify/NEW"}) in page.tags
    assert "Giấy thay thế 0214/2021" in page.words
    assert "Ngày thay thế 01/03/2021" in page.words
    assert "không còn giá trị" in page.words


def test_a_revoked_one_says_when() -> None:
    words = Page(verification_page(REVOKED, "vi")).words
    assert "Ngày thu hồi 01/03/2021" in words


def test_an_unknown_one_shows_no_certificate_at_all() -> None:
    page = Page(verification_page(replace(UNKNOWN, number="9", name="Nguyễn Văn Mẫu"), "vi"))
    assert "Nguyễn Văn Mẫu" not in page.words
    assert "dl" not in dict(page.tags)


def test_the_view_has_no_place_for_birth_date_or_unit() -> None:
    assert {field.name for field in fields(VerificationView)} == {
        *("state", "number", "kind", "name", "result", "issuer", "issued_on", "ended_on"),
        *("replaced_by_number", "replaced_by_url"),
    }


def test_states_differ_in_more_than_colour() -> None:
    icons = {re.search(r"<svg.*?</svg>", verification_page(view), re.S)[0] for view in ALL}  # type: ignore[index]
    assert len({re.sub(r"#\w+", "", icon) for icon in icons}) == 4
    assert len({look["line"] for look in LOOKS.values()}) == 4
    assert len({WORDS["vi"][view.state] for view in ALL}) == 4


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("state", list(LOOKS))
def test_text_stands_out_as_wcag_aa_asks(state: State) -> None:
    look = LOOKS[state]
    pairs = [(look["colour"], look["tint"]), ("#1d1d1b", look["tint"]), ("#55524a", "#f4f0e6"), ("#14407a", "#f4f0e6")]
    for text, ground in pairs:
        light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_page_asks_no_other_host() -> None:
    for view in ALL:
        html = verification_page(view)
        assert re.findall(r"(?:src|url\(|@import|https?:)", html.replace('a[href^="http"]', "")) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_markup_in_the_data_is_text(lang: Language) -> None:
    attack = '"><script>alert(1)</script>{{ 7*7 }}'
    page = Page(verification_page(replace(REVOKED, name=attack, issuer=attack, number=attack), lang))
    assert "script" not in dict(page.tags)
    assert page.words.count("<script>alert(1)</script>{{ 7*7 }}") == 3


def test_an_address_that_is_a_program_is_refused() -> None:
    with pytest.raises(ValueError, match="not a web address"):
        replace(REPLACED, replaced_by_url="javascript:alert(1)")
