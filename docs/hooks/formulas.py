"""Formulas: `$...$` and `$$...$$` become MathML when the site is built: pages need no script.

Temml, from npm, runs inside the build in V8 (mini-racer). A formula that it cannot read is a
warning, which stops a strict build.
"""

from __future__ import annotations

import html
import json
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer

_LOG = logging.getLogger("mkdocs.hooks.formulas")
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
_TEMML = Path(__file__).parents[1] / "node_modules/temml/dist/temml.min.js"


@cache
def _engine() -> Any:
    engine = MiniRacer()
    engine.eval(_TEMML.read_text("utf-8"))
    return engine


@cache
def _mathml(tex: str, *, block: bool) -> str:
    options = {"displayMode": block, "throwOnError": True}
    called = f"temml.renderToString({json.dumps(tex)}, {json.dumps(options)})"
    return str(_engine().eval(called))


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Put MathML in place of every formula of a page."""

    def rendered(match: re.Match[str], *, block: bool) -> str:
        tex = html.unescape(match.group(1)).strip()
        try:
            return _mathml(tex, block=block)
        except Exception as error:  # noqa: BLE001 - whatever the library raises
            _LOG.warning("%s: formula %r: %s", page.file.src_uri, tex, str(error).split("\n")[0])
            return match.group(0)

    content = _INLINE.sub(lambda m: rendered(m, block=False), content)
    return _BLOCK.sub(lambda m: f'<div class="formula">{rendered(m, block=True)}</div>', content)
