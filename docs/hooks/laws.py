"""The page of the laws: their docstrings, and what the kill matrix knows of each."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.suite.families import every_law

if TYPE_CHECKING:
    from valuecheck.suite.law import Law

_MARK = "<!-- laws -->"
_ROOT = Path(__file__).resolve().parents[2]
_MATRIX = _ROOT / "experiments" / "detection-power" / "kill-matrix.json"
_SPANISH = Path(__file__).with_name("laws.es.toml")
_FAMILIES = {
    "primitives": "Primitivas",
    "agreement": "Acuerdo",
    "sharing": "Nodos compartidos",
    "calculus": "Cálculo",
    "independent": "Independientes de nuestras reglas",
    "kinks": "Picos",
    "linearity": "Linealidad",
    "machine": "Una máquina de estados",
    "state": "Estado",
    "sweeps": "Pasadas",
}
_CATCHES = {
    "en": "Catches {} of {} mutants by itself",
    "es": "Por sí sola detecta {} de {} mutantes",
}
_ALONE = {"en": "; no other law catches: {}", "es": "; ninguna otra detecta: {}"}


def told(law: Law, language: str) -> tuple[str, str]:
    """Return what a law claims, and why it is true."""
    if language == "es":
        found = tomllib.loads(_SPANISH.read_text(encoding="utf-8"))[law.name]
        return found["claim"], found["why"]
    claim, _, why = inspect.cleandoc(law.claim.__doc__ or "").partition("\n\n")
    claim = claim.removeprefix("Claims: ")
    return claim[0].upper() + claim[1:], " ".join(why.split())


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put every law in place of the mark."""
    if _MARK not in markdown:
        return markdown
    language = "es" if page.file.dest_uri.startswith("es/") else "en"
    caught: dict[str, list[str]] = json.loads(_MATRIX.read_text(encoding="utf-8"))
    parts, family = [], ""
    for law in dict.fromkeys(task.law for task in every_law()):
        if law.family != family:
            family = law.family
            title = _FAMILIES[family] if language == "es" else family.capitalize()
            parts.append(f"## {title} {{#{family}}}\n")
        claim, why = told(law, language)
        own = [name for name, laws in caught.items() if law.name in laws]
        alone = [f"*{name}*" for name in own if caught[name] == [law.name]]
        line = _CATCHES[language].format(len(own), len(caught))
        line += _ALONE[language].format(", ".join(alone)) if alone else ""
        parts.append(f"### {_spelled(law.name)} {{#{law.name}}}\n")
        parts.append(f"**{_literal(claim)}** {_literal(why)}\n\n`{law.name}` · {line}.\n")
    return markdown.replace(_MARK, "\n".join(parts))


def _spelled(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ").capitalize()


def _literal(text: str) -> str:
    """Return text in which no star or underscore outside of code is taken for a mark."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([*_<|\[])", r"\\\1", p) for p in parts)
