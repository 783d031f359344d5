"""The page of the quiz: the items as data, which assets/quiz.js asks and scores."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

_MARK = "<!-- quiz -->"
_FILE = Path(__file__).parents[2] / "quiz" / "questions.py"


def _quiz() -> Any:
    spec = importlib.util.spec_from_file_location("questions", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["questions"] = module
    spec.loader.exec_module(module)
    return module


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Put the quiz in place of the mark."""
    if _MARK not in content:
        return content
    language = "es" if page.file.dest_uri.startswith("es/") else "en"
    data = [
        {
            "id": item.id,
            "kind": item.kind,
            "page": f"{item.page}.html",
            "text": item.text[language],
            "code": item.code,
            "answer": item.answer,
            "variables": item.variables,
            "choices": [
                {"text": c.text[language], "right": c.right, "why": c.why.get(language, "")}
                for c in item.choices
            ],
        }
        for item in _quiz().items()
    ]
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    base = "../" if language == "es" else ""
    return content.replace(
        _MARK,
        f'<div id="quiz"></div><script type="application/json" id="quiz-items">{text}</script>'
        f'<script src="{base}assets/quiz.js" defer></script>',
    )
