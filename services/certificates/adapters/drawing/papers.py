"""Sets and splits: typst makes one document of a batch, pikepdf makes one PDF/A-2b of each page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path

import pikepdf
import typst

from services.certificates.adapters.drawing.layout import layout
from services.certificates.adapters.drawing.printed import ALPHABET, Printed, UndrawableError, problems, texts

BATCH = 100
"""Certificates in one typst document: 345/s a process, where one at a time gives 60 and 300 no more."""

TEMPLATE = Path(__file__).parent.with_name("certificate.typ")


def draw(certificates: Sequence[Printed]) -> list[bytes]:
    """One PDF for each certificate, in their order. Raises UndrawableError for the first that cannot be printed."""
    for printed in certificates:
        if found := problems(printed):
            raise UndrawableError(printed.number, found)
    batches = (certificates[start : start + BATCH] for start in range(0, len(certificates), BATCH))
    return [paper for batch in batches for paper in _drawn(batch)]


def _drawn(batch: Sequence[Printed]) -> list[bytes]:
    try:
        return list(_split(batch, _compiled("papers", batch)))
    except typst.TypstError as fault:
        if len(batch) == 1:
            raise UndrawableError(batch[0].number, [fault.message]) from None
        # The template says what does not fit, but not whose it is: alone, each says so itself.
        return [paper for one in batch for paper in _drawn([one])]


def preview(printed: Printed, pixels_per_inch: float = 110) -> bytes:
    """The same page as a PNG, for screens. Raises UndrawableError."""
    if found := problems(printed):
        raise UndrawableError(printed.number, found)
    return _compiled("preview", [printed], pixels_per_inch)


@cache
def _engine() -> typst.Compiler:
    """One engine a process, with the bundled fonts alone: the machine's fonts must not change a paper."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _compiled(part: str, certificates: Sequence[Printed] = (), pixels_per_inch: float | None = None) -> bytes:
    """A part of the template with its data, as PDF/A-2b, or as a PNG where a resolution is given.

    "papers" is the page of the alphabet, then a page for each certificate. Untagged: the structure tree would span
    the batch and not survive its split.
    """
    data = json.dumps([layout(c) for c in certificates], ensure_ascii=False)
    inputs = {"part": part, "alphabet": ALPHABET, "certificates": data}
    if pixels_per_inch is None:
        made = _engine().compile(
            TEMPLATE, sys_inputs=inputs, format="pdf", pdf_standards=["a-2b"], timestamp=0, pdf_tags=False
        )
    else:
        made = _engine().compile(TEMPLATE, sys_inputs=inputs, format="png", ppi=pixels_per_inch)
    # The engine remembers what its last ten documents were made of (350 MB of papers that never come again): ten
    # empty ones, 0.4 ms each, make it forget.
    for _ in range(10):
        _engine().compile(b"", format="pdf")
    if not isinstance(made, bytes):
        raise TypeError(f"the part {part} is not one document")
    return made


@cache
def _frame() -> bytes:
    return _compiled("frame")


def _split(certificates: Sequence[Printed], document: bytes) -> Iterator[bytes]:
    """Each certificate's page over the frame, as PDF/A-2b of its own: output intent, language and XMP go along."""
    with pikepdf.open(io.BytesIO(document)) as whole, pikepdf.open(io.BytesIO(_frame())) as framed:
        if len(whole.pages) != len(certificates) + 1:
            raise UndrawableError(certificates[0].number, ["a page overflowed in its batch"])
        frame = _form(framed)
        for printed, source in zip(certificates, list(whole.pages)[1:], strict=True):
            with pikepdf.new() as paper:
                paper.pages.append(source)
                page = paper.pages[0]
                page.add_resource(paper.copy_foreign(frame), pikepdf.Name.XObject, pikepdf.Name.frame)
                page.obj.Contents = pikepdf.Array([paper.make_stream(b"q /frame Do Q"), page.obj.Contents])
                paper.Root.OutputIntents = paper.copy_foreign(whole.Root.OutputIntents)
                paper.Root.Lang = pikepdf.String("vi")
                paper.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
                paper.Root.Metadata = _metadata(paper, printed)
                out = io.BytesIO()
                paper.save(
                    out,
                    deterministic_id=True,
                    fix_metadata_version=False,
                    object_stream_mode=pikepdf.ObjectStreamMode.generate,
                )
                yield out.getvalue()


def _form(framed: pikepdf.Pdf) -> pikepdf.Object:
    """The frame's page as a form, its stream as compressed by the engine: compressing it again for each paper would
    take longer than all the rest of the split."""
    drawn = framed.pages[0].obj
    form = pikepdf.Stream(framed, drawn.Contents.read_raw_bytes(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    form.Filter = drawn.Contents.Filter
    form.BBox = drawn.MediaBox
    form.Resources = drawn.Resources
    return framed.make_indirect(form)


def _metadata(paper: pikepdf.Pdf, printed: Printed) -> pikepdf.Stream:
    """XMP with title and the day of issue in Vietnam; nothing about the person beyond what the title needs."""
    title = escape(f"{printed.kind_title} {texts(printed)['number']}")
    when = f"{printed.issued_on.isoformat()}T00:00:00+07:00"
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        "<dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language>"
        f"<xmp:CreateDate>{when}</xmp:CreateDate><xmp:ModifyDate>{when}</xmp:ModifyDate>"
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )
    return pikepdf.Stream(paper, packet.encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
