"""What counts as an address of somebody else in the built pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.dashboard.addresses import Foreign, addresses, foreign


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js">',
        "<link href=//fonts.example/css>",
        "@import url(//fonts.example/css)",
        "src:url('http://fonts.example/f.woff2')",
        'new WebSocket("wss://live.example/feed")',
        'fetch("//api.example/track")',
        "`https://maps.example/${z}`",
        'fetch("http://localhost:8080/api")',
    ],
)
def test_what_a_browser_would_fetch_is_found(text: str) -> None:
    assert len(list(addresses(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        'createElementNS("http://www.w3.org/2000/svg","path")',
        '"https://react.dev/errors/"+code',
        "/assets/index.js // a comment",
        'a?"//":b',
        "/^https?:$/",
        'x="/app//y"',
        'new URL(x,"http://localhost")',
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"',
    ],
)
def test_what_none_would_is_not(text: str) -> None:
    assert list(addresses(text)) == []


def test_every_file_that_a_browser_reads_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "assets/a.js", "assets/b.css", "assets/c.svg"):
        (tmp_path / name).write_text(f'"https://{name.rpartition("/")[2]}.example/x"')
    (tmp_path / "assets" / "a.js.br").write_bytes(b"\xff\x00")
    found = foreign(tmp_path)
    assert Foreign("assets/b.css", "https://b.css.example/x") in found
    assert [one.file for one in found] == ["assets/a.js", "assets/b.css", "assets/c.svg", "index.html"]
