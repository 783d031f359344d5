"""The page of the kinds of fault: what `valuecheck --explain` says, and the report each gives."""

from __future__ import annotations

import re
import tempfile
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.report.explain import Explained, id_of, kinds
from valuecheck.report.text import fault_block

if TYPE_CHECKING:
    from valuecheck.diagnosis.finding import Finding

_MARK = "<!-- kinds -->"
_TEXTS = {
    "en": ("Wrong", "Right", "To mend it", "The report"),
    "es": ("Mal", "Bien", "Cómo se arregla", "El informe"),
}
_SOLUTION = Path(__file__).resolve().parents[1] / "course" / "solution" / "my_scalar.py"


@cache
def finding_of(kind: str, found: Explained) -> Finding:
    """Return what is told of the solution with the wrong line of a kind in it.

    Raises `LookupError` where that kind is not told.
    """
    source = _SOLUTION.read_text(encoding="utf-8").replace(found.right, found.wrong, 1)
    required = ("tanh",) if kind == "missing operation" else ()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "my_scalar.py"
        file.write_text(source, encoding="utf-8")
        settings = Settings(examples=10, time_limit=3.0, require=required)
        checked = check(str(file), settings, lambda *_: None)
    for finding in (*checked.causes, *checked.warnings):
        if finding.kind == kind:
            return finding
    raise LookupError(f"no {kind} is found in the engine that is made to have it")


def _report(kind: str, found: Explained) -> str:
    text = fault_block(finding_of(kind, found), 90)
    return re.sub(r"\S*/my_scalar\.py", "my_scalar.py", text)


def _literal(text: str) -> str:
    """Return text in which names such as __rsub__ stand as code."""
    return re.sub(r"__\w+__", r"`\g<0>`", text)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put every kind in place of the mark."""
    if _MARK not in markdown:
        return markdown
    language = "es" if page.file.dest_uri.startswith("es/") else "en"
    wrong, right, mend, report = _TEXTS[language]
    parts = []
    for kind, found in kinds().items():
        told = _literal(found.es if language == "es" else found.en)
        parts.append(f"## {kind} {{#{id_of(kind)}}}\n\n{told}\n")
        if found.wrong:
            for title, code in ((wrong, found.wrong), (right, found.right)):
                parts.append(f'```python title="{title}"\n{textwrap.dedent(code)}\n```\n')
        mending = found.mend_es if language == "es" else found.mend_en
        parts.append(f"**{mend}.** {_literal(mending)}\n")
        if found.wrong:
            block = textwrap.indent(f"```text\n{_report(kind, found)}\n```", "    ")
            parts.append(f'??? note "{report}"\n\n{block}\n')
    return markdown.replace(_MARK, "\n".join(parts))
