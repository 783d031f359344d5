"""Two languages: a switch on every page, and a search that finds only the reader's own.

The i18n plug-in puts all languages into one index. After the build that is parted: one index for
each language, and the pages of the other language are told where theirs stands.
"""

from __future__ import annotations

import json
import posixpath
import re
import unicodedata
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

_BASE = re.compile(
    r'(<script id="__config" type="application/json">\{"annotate": [^{]*?"base": ")([^"]*)(")'
)
_ALTERNATE = re.compile(r'\s*<link rel="alternate" href="[^"]*" hreflang="[^"]*">')
_OTHER = "es"


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Begin a page with the switch."""
    here = page.file.dest_uri
    english = here.removeprefix(f"{_OTHER}/")
    spanish = f"{_OTHER}/{english}"
    there = spanish if here == english else english
    link = posixpath.relpath(there, posixpath.dirname(here) or ".")
    names = ("English", f'<a href="{link}" hreflang="es" lang="es">Español</a>')
    if here == spanish:
        names = (f'<a href="{link}" hreflang="en" lang="en">English</a>', "Español")
    return f'<p class="switch">{" · ".join(names)}</p>\n{content}'


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Tell a Spanish page where its index is; take out what offline reading only warns of."""
    output = _ALTERNATE.sub("", output)
    parts = page.file.dest_uri.split("/")
    if parts[0] != _OTHER:
        return output
    base = "/".join([".."] * (len(parts) - 2)) or "."
    output, count = _BASE.subn(lambda m: m.group(1) + base + m.group(3), output)
    if count != 1:
        raise SystemExit(f"{page.file.dest_uri}: the theme keeps its base elsewhere now")
    return output


@event_priority(-200)  # after the plug-ins that write the index
def on_post_build(config: Any, **_: Any) -> None:
    """Part the index."""
    site = Path(config.site_dir)
    index = json.loads((site / "search/search_index.json").read_text("utf-8"))
    prefix = f"{_OTHER}/"
    spanish = [
        {**entry, "location": entry["location"].removeprefix(prefix)}
        for entry in index["docs"]
        if entry["location"].startswith(prefix)
    ]
    english = [entry for entry in index["docs"] if not entry["location"].startswith(prefix)]
    for folder, language, entries in (
        (site / prefix / "search", _OTHER, spanish),
        (site / "search", "en", english),
    ):
        whole = {
            **index,
            "config": {**index["config"], "lang": [language]},
            "docs": [_folded(entry) for entry in entries],
        }
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "search_index.json").write_text(text, "utf-8")
        (folder / "search_index.js").write_text(f"var __index = {text}", "utf-8")
    for leftover in site.rglob("*.map"):
        leftover.unlink()


def _folded(entry: dict[str, str]) -> dict[str, str]:
    """Return an entry of the index with its accented words once more without accents."""
    text = re.sub(r"<[^>]*>", " ", entry["text"])
    words = set(re.findall(r"\w+", f"{entry['title']} {text}".lower()))
    plain = {
        "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        for word in words
    }
    more = "".join(f"<p>{word}</p>" for word in sorted(plain - words) if word.isascii())
    return {**entry, "text": entry["text"] + more}
