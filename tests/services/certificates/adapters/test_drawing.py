"""Certificates as they leave the printer: every line readable, the same bytes for the same data, nothing invented."""

from __future__ import annotations

import io
import json
import pickle
import unicodedata
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context

import pikepdf
import pytest
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from services.certificates.adapters.drawing import Printed, UndrawableError, draw, papers, preview, problems
from services.certificates.adapters.drawing.layout import place_and_date, width_bound
from services.certificates.adapters.drawing.printed import ALPHABET, LONGEST

SAMPLE = Printed(
    number="0001/2021/GCN-HVQLGD",
    register_number="00001",
    kind_title="GIẤY CHỨNG NHẬN",
    kind_subtitle="Hoàn thành khóa bồi dưỡng",
    full_name="Nguyễn Thị Mẫu Đơn",
    birth_date=date(1980, 5, 2),
    unit_name="Trường Tiểu học Mẫu, huyện Tân Trụ",
    position="Phó hiệu trưởng",
    course_title="Mô đun 1: Quản trị hoạt động dạy học trong trường tiểu học",
    programme="Chương trình bồi dưỡng cán bộ quản lý cơ sở giáo dục phổ thông",
    periods=40,
    starts_on=date(2020, 12, 28),
    ends_on=date(2021, 1, 28),
    result="Đạt",
    score="57,55/100",
    parent_body="Bộ Giáo dục và Đào tạo",
    issuer="Học viện Quản lý giáo dục",
    place="Long An",
    issued_on=date(2021, 2, 5),
    signer_authority="KT. GIÁM ĐỐC",
    signer_title="PHÓ GIÁM ĐỐC",
    signer_name="Trần Văn Mẫu",
    verify_url="https://bdtx.example.vn/verify/7Q2M4KXWZ5T3HJ9NRB6VYDPCEA",
    list_title="Danh sách hoàn thành Mô đun 1, đợt 1",
    recognised_on=date(2021, 2, 3),
)


def lines_of(paper: bytes) -> str:
    reader = PdfReader(io.BytesIO(paper))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


def test_every_line_can_be_read_back_from_the_paper() -> None:
    text = lines_of(draw([SAMPLE])[0])
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BỘ GIÁO DỤC VÀ ĐÀO TẠO",
        "HỌC VIỆN QUẢN LÝ GIÁO DỤC",
        "GIẤY CHỨNG NHẬN",
        "Hoàn thành khóa bồi dưỡng",
        "Nguyễn Thị Mẫu Đơn",
        "Ngày sinh: 02/05/1980",
        "Chức vụ: Phó hiệu trưởng",
        "Đơn vị công tác: Trường Tiểu học Mẫu, huyện Tân Trụ",
        SAMPLE.course_title,
        SAMPLE.programme,
        "Thời lượng: 40 tiết",
        "28/12/2020 – 28/01/2021",
        "Kết quả: Đạt (57,55/100)",
        "Số hiệu: 0001/2021/GCN-HVQLGD",
        "Số vào sổ: 00001",
        "Danh sách hoàn thành Mô đun 1, đợt 1, công nhận ngày 03/02/2021",
        "Long An, ngày 05 tháng 02 năm 2021",
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "Trần Văn Mẫu",
        "Quét mã để kiểm tra",
        "bdtx.example.vn/verify/7Q2M4KXWZ5T3HJ9NRB6VYDPCEA",
    ):
        assert line in text


def test_a_line_without_content_leaves_no_label() -> None:
    bare = replace(SAMPLE, birth_date=None, position="", unit_name="", score=None, list_title="", signer_name="")
    text = lines_of(draw([bare])[0])
    assert "Kết quả: Đạt" in text
    for label in ("Ngày sinh", "Chức vụ", "Đơn vị", "công nhận ngày", "(57", "Trần Văn Mẫu"):
        assert label not in text


def test_the_paper_claims_no_digital_signature() -> None:
    paper = draw([SAMPLE])[0]
    text = lines_of(paper).lower()
    assert "ký số" not in text
    assert "chữ ký" not in text
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert "/AcroForm" not in pdf.Root


def test_the_qr_code_leads_to_the_verification_page() -> None:
    with Image.open(io.BytesIO(preview(SAMPLE))) as picture:
        codes = zxingcpp.read_barcodes(picture.convert("L"))
    assert [code.text for code in codes] == [SAMPLE.verify_url]
    corner = codes[0].position.bottom_left
    assert corner.x < picture.width / 4
    assert corner.y > picture.height * 3 / 4


names = st.lists(st.text(ALPHABET, min_size=1, max_size=9), min_size=1, max_size=6).map(" ".join)


@settings(max_examples=8, deadline=None)
@given(st.lists(names, min_size=1, max_size=6))
def test_a_paper_has_the_same_bytes_whatever_its_neighbours(drawn: list[str]) -> None:
    batch = [replace(SAMPLE, full_name=name, position=name[::-1].strip()) for name in drawn]
    together = draw(batch)
    assert together == [draw([one])[0] for one in batch]
    assert draw(batch[::-1]) == together[::-1]


@pytest.mark.parametrize("line", ["Quỳnh fi ffl Thư", "AVATAR Tý To L'Y", "H'Hen Niê Kđăm", "Ñ č ĕ ĭ ŏ ŭ"])
def test_letters_that_fonts_like_to_join_do_not_change_a_neighbour(line: str) -> None:
    joined = replace(SAMPLE, full_name=line, unit_name=line, programme=line, list_title=line)
    assert draw([joined, SAMPLE])[1] == draw([SAMPLE])[0]
    assert line in lines_of(draw([joined])[0])


def test_another_process_draws_the_same_bytes() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(draw, [SAMPLE]).result(timeout=60) == draw([SAMPLE])


def test_more_than_one_batch_keeps_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "BATCH", 2)
    batch = [replace(SAMPLE, number=f"{n:04d}/2021/GCN") for n in range(5)]
    drawn = draw(batch)
    assert [f"Số hiệu: {one.number}" in lines_of(paper) for one, paper in zip(batch, drawn, strict=True)] == [True] * 5
    assert draw([]) == []


def test_composed_and_decomposed_names_give_the_same_paper() -> None:
    decomposed = replace(SAMPLE, full_name=unicodedata.normalize("NFD", f" {SAMPLE.full_name}\u00a0"))
    assert draw([decomposed]) == draw([SAMPLE])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Nguyễn 漢", "U+6F22 CJK UNIFIED IDEOGRAPH-6F22"),
        ("An\u200bBình", "U+200B ZERO WIDTH SPACE"),
        ("Y Thô̆ng", "U+0306 COMBINING BREVE"),
        ("An\x07", "U+0007 unnamed"),
    ],
)
def test_a_character_without_a_glyph_is_named_and_nothing_is_drawn(name: str, said: str) -> None:
    strange = replace(SAMPLE, full_name=name)
    with pytest.raises(UndrawableError, match="0001/2021/GCN-HVQLGD") as refused:
        draw([SAMPLE, strange])
    assert said in str(refused.value)
    assert problems(strange) == list(refused.value.problems)


def test_a_refusal_survives_the_way_back_from_a_process_pool() -> None:
    refused = pickle.loads(pickle.dumps(UndrawableError("7", ["a", "b"])))  # noqa: S301 (our own bytes)
    assert (refused.number, refused.problems, str(refused)) == ("7", ("a", "b"), "certificate 7: a; b")


def test_every_character_of_the_alphabet_is_shown_and_read_back() -> None:
    for start in range(0, len(ALPHABET), 60):
        part = ALPHABET[start : start + 60]
        assert part in lines_of(draw([replace(SAMPLE, full_name=part)])[0])


def test_no_face_is_wider_than_the_bound_that_saves_measuring() -> None:
    source = """#set text(font: "Libertinus Serif", size: 100pt, ligatures: false, fallback: false)
        #let wide(..s, c) = measure(text(..s, c)).width / 100pt
        #context [#metadata(sys.inputs.alphabet.clusters().map(c => (
          c, calc.max(wide(c), wide(weight: "bold", c), wide(style: "italic", c)),
        ))) <widths>]"""
    fonts = typst.Fonts(include_system_fonts=False)
    found = typst.query(
        source.encode(), "<widths>", field="value", one=True, font_paths=fonts, sys_inputs={"alphabet": ALPHABET + " "}
    )
    assert [(c, ems) for c, ems in json.loads(found) if ems > width_bound(c)] == []


def test_a_name_of_sixty_letters_shrinks_and_stays_whole_on_its_line() -> None:
    name = "Hoàng Phủ Công Tằng Tôn Nữ Nguyễn Thị Thùy Phương Quỳnh Hương"
    assert len(name) >= 60
    paper = draw([replace(SAMPLE, full_name=name)])[0]
    assert name in lines_of(paper)
    with Image.open(io.BytesIO(preview(replace(SAMPLE, full_name=name), 72))) as page:
        inside = page.convert("L").crop((58, 245, page.width - 58, 285))
        left, _, right, _ = inside.point(lambda grey: 255 if grey < 90 else 0).getbbox() or (0, 0, 0, 0)
    assert left > 5
    assert right < inside.width - 5


def test_the_longest_lines_allowed_still_fit() -> None:
    word = "Trường "
    longest = {n: (word * 60)[: size - 1] + "g" for n, size in LONGEST.items() if n != "verify_url"}
    full = replace(SAMPLE, **longest, unit_name=(word * 60)[:119] + "g", position=(word * 60)[:80] + "g")  # type: ignore[arg-type]
    text = lines_of(draw([full])[0])
    assert longest["full_name"] in text
    assert longest["course_title"] in text
    assert longest["kind_title"] in PdfReader(io.BytesIO(draw([full])[0])).pages[0].extract_text().splitlines()
    with pytest.raises(UndrawableError, match="course_title has 301 letters, more than 300"):
        draw([replace(full, course_title=longest["course_title"] + "h")])


def test_a_line_of_the_widest_letters_is_refused_by_number_rather_than_overflow() -> None:
    wide = replace(SAMPLE, number="W" * 50)
    with pytest.raises(UndrawableError, match=r"certificate W+: .*does not fit"):
        draw([SAMPLE, wide])


@pytest.mark.parametrize(
    "text",
    [
        '#panic("no") #{1+1}',
        '"] #read("/etc/passwd") [',
        "$x^2$ *b* _i_ `c` = H",
        "\\u{41} \\n // c /* d */",
        "<label> @ref https://x.vn",
        '{"a": 1}',
        "-- --- ... 'a' \"b\"",
    ],
)
def test_markup_in_a_name_is_printed_as_it_is(text: str) -> None:
    paper = draw([replace(SAMPLE, full_name=text, unit_name=text, course_title=text, number=text[:50])])[0]
    assert lines_of(paper).count(text) >= 3


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a b", "https://kiểm.vn/x", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    assert "verify_url is not a web address in ASCII" in problems(replace(SAMPLE, verify_url=url))


def test_the_file_is_pdf_a_of_its_own_with_the_day_of_issue() -> None:
    marked = replace(SAMPLE, number='1 & <2> "3"')
    with pikepdf.open(io.BytesIO(draw([marked])[0])) as pdf:
        xmp = pdf.open_metadata()
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("2", "B")
        assert xmp["dc:title"] == 'GIẤY CHỨNG NHẬN 1 & <2> "3"'
        assert xmp["xmp:CreateDate"] == "2021-02-05T00:00:00+07:00"
        assert str(pdf.Root.Lang) == "vi"
        assert len(pdf.Root.OutputIntents) == 1
        fonts = pdf.pages[0].Resources.Font
        assert all("/FontFile3" in font.DescendantFonts[0].FontDescriptor for font in fonts.values())
        assert [round(float(edge) / 72 * 25.4) for edge in pdf.pages[0].MediaBox] == [0, 0, 297, 210]


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (date(2021, 2, 5), "Long An, ngày 05 tháng 02 năm 2021"),
        (date(2021, 1, 31), "Long An, ngày 31 tháng 01 năm 2021"),
        (date(2026, 9, 9), "Long An, ngày 09 tháng 9 năm 2026"),
        (date(2026, 12, 10), "Long An, ngày 10 tháng 12 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_take_a_zero(day: date, line: str) -> None:
    assert place_and_date("Long An", day) == line
