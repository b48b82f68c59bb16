"""What counts as the first view."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from deploy.local.dashboard import budget

MANIFEST = {
    "index.html": {
        "file": "assets/index.js",
        "isEntry": True,
        "css": ["assets/index.css"],
        "imports": ["_shared.js"],
        "dynamicImports": ["src/pages/one/One.tsx", "src/pages/two/Two.tsx", "src/parts/Chart.tsx"],
    },
    "_shared.js": {"file": "assets/shared.js"},
    "src/pages/one/One.tsx": {
        "file": "assets/one.js",
        "imports": ["index.html", "_shared.js"],
        "dynamicImports": ["src/parts/Chart.tsx"],
    },
    "src/pages/two/Two.tsx": {"file": "assets/two.js", "css": ["assets/two.css"], "imports": ["index.html"]},
    "src/parts/Chart.tsx": {"file": "assets/chart.js"},
}


def test_a_page_weighs_what_it_loads_at_once_and_not_what_it_loads_later(tmp_path: Path) -> None:
    (tmp_path / ".vite").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / budget.MANIFEST).write_text(json.dumps(MANIFEST))
    chance = random.Random(1)
    sizes: dict[str, int] = {}
    for name in ("index.js", "index.css", "shared.js", "one.js", "two.js", "two.css", "chart.js"):
        content = chance.randbytes(1000 + len(sizes))
        (tmp_path / "assets" / name).write_bytes(content)
        sizes[name] = len(gzip.compress(content, 9))
    (tmp_path / "index.html").write_bytes(b"x")
    every = len(gzip.compress(b"x", 9)) + sizes["index.js"] + sizes["index.css"] + sizes["shared.js"]
    one, two = every + sizes["one.js"], every + sizes["two.js"] + sizes["two.css"]
    assert [(found.page, found.size) for found in budget.weights(tmp_path)] == [
        ("src/pages/two/Two.tsx", two),
        ("src/pages/one/One.tsx", one),
    ]
