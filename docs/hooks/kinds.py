"""The page of the kinds of fault: made from what `valuecheck --explain` says."""

from __future__ import annotations

import textwrap
from typing import Any

from valuecheck.report.explain import id_of, kinds

_MARK = "<!-- kinds -->"
_TEXTS = {"en": ("Wrong", "Right", "To mend it"), "es": ("Mal", "Bien", "Cómo se arregla")}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put every kind in place of the mark."""
    if _MARK not in markdown:
        return markdown
    language = "es" if page.file.dest_uri.startswith("es/") else "en"
    wrong, right, mend = _TEXTS[language]
    parts = []
    for kind, found in kinds().items():
        parts.append(
            f"## {kind} {{#{id_of(kind)}}}\n\n{found.es if language == 'es' else found.en}\n"
        )
        if found.wrong:
            for title, code in ((wrong, found.wrong), (right, found.right)):
                parts.append(f'```python title="{title}"\n{textwrap.dedent(code)}\n```\n')
        mending = found.mend_es if language == "es" else found.mend_en
        parts.append(f"**{mend}.** {mending}\n")
    return markdown.replace(_MARK, "\n".join(parts))
