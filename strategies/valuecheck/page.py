"""A check inside a page: what the Web Worker of `valuecheck.html` calls."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck.checking.record import record_of
from valuecheck.checking.require import required
from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.here import open_here, protect_the_stack
from valuecheck.program.expression import Expression
from valuecheck.report.explain import kinds
from valuecheck.report.picture import dot
from valuecheck.report.text import headline

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.checking.outcome import Checked
    from valuecheck.diagnosis.finding import Finding

__all__ = ["check_source"]

FILE: Final = "/home/value/value.py"
"""Where the text of the editor stands."""

_PATIENCE: Final = 5.0
"""Seconds that one program may take."""


def check_source(source: str, tell: Callable[[str], Any], require: str = "") -> None:
    """Check the text of a file, and tell everything as JSON, one document at a time.

    Told are {"law", "number", "of"} as each law begins, {"faults"} when one was found, and in the
    end {"done": the record of the target, "faults", "warnings", "summary"}, or {"error"}.

    Args:
        source: the text.
        tell: takes a document.
        require: what must be there, as for --require.
    """
    protect_the_stack()
    file = Path(FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    sys.modules.pop(file.stem, None)

    def say(**document: Any) -> None:
        tell(msgspec.json.encode(document).decode())

    told = 0

    def progress(checked: Checked, law: str) -> None:
        nonlocal told
        number = checked.laws.index(law) if law in checked.laws else len(checked.laws)
        say(law=law, number=number, of=len(checked.laws))
        if len(checked.findings) != told:
            told = len(checked.findings)
            say(faults=[_shown(finding) for finding in checked.causes])

    try:
        settings = Settings(require=required(require))
        engine = open_here(FILE, _PATIENCE)
    except (CannotCheckError, ValueError) as error:
        say(error=str(error).replace(f"{FILE}: ", "").replace(FILE, "value.py"))
        return
    checked = check(FILE, settings, progress, engine)
    record = record_of(checked, strict=False)
    say(
        done=record,
        faults=[_shown(finding) for finding in checked.causes],
        warnings=[_shown(finding) for finding in checked.warnings],
        summary={
            "verdict": record.verdict,
            "laws": sum(law.outcome == "held" for law in record.laws),
            "judged": record.judged,
            "offered": record.offered,
            "programs": sum(law.examples for law in record.laws),
            "seconds": record.seconds,
            "error": record.error.replace(f"{FILE}: ", "").replace(FILE, "value.py"),
        },
    )


def _shown(finding: Finding) -> dict[str, Any]:
    """Return a finding with what the page shows of it: headline, line, picture, explanation."""
    graph = ""
    if finding.nodes:
        graph = dot(Expression.from_json(finding.expression), finding.nodes, finding)
    file, _, line = (finding.where or "").rpartition(":")
    explained = kinds()[finding.kind]
    return {
        "kind": finding.kind,
        "headline": headline(finding),
        "message": finding.message,
        "line": int(line) if file == FILE else None,
        "quoted": finding.line,
        "program": finding.program,
        "quantity": finding.quantity,
        "node": finding.node,
        "got": finding.got,
        "expected": finding.expected,
        "allowed": finding.allowed,
        "evidence": finding.evidence,
        "reproducer": finding.reproducer.replace(
            f"import sys\n\nsys.path.insert(0, '{Path(FILE).parent}')\n", ""
        ),
        "dot": graph,
        "en": explained.en,
        "es": explained.es,
    }
