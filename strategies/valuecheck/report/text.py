"""A fault as a block of plain text, for whoever has to mend it."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from valuecheck.program.expression import Expression
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.report.wires import wires
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.checking.record import TargetReport
    from valuecheck.diagnosis.finding import Finding, JsonNumber

__all__ = [
    "count",
    "fault_block",
    "from_here",
    "headline",
    "misconceptions",
    "printable",
    "title_of",
]

WIDTH: Final = 80
_LEAST_DRAWN: Final = 3
"""Nodes of a program below which a drawing of its graph says nothing."""

_MOST_LAWS: Final = 3
"""Laws named in a block; one cause may break them all."""


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 fault", "2 faults"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def title_of(kind: str, primitive: str | None, operand: int | None) -> str:
    """Return the headline of a fault: the kind, the primitive, the operand."""
    title = kind
    if primitive is not None:
        title += f" in {primitive}"
    row = PRIMITIVES.get(primitive or "")
    if operand is not None and (row is None or row.arity > 1):
        title += f", operand {operand + 1}"
    return title


def headline(finding: Finding) -> str:
    """Return the headline of a finding."""
    return title_of(finding.kind, finding.primitive, finding.operand)


def fault_block(finding: Finding, width: int = WIDTH) -> str:
    """Return a finding as text: the mistake, the program, the numbers, the laws it broke.

    Args:
        finding: a fault with its cause.
        width: columns for prose; programs are never broken.
    """
    lines = [headline(finding).upper()]
    lines += _wrapped(finding.message, width)
    if finding.where:
        lines.append(f"look at {finding.where}")
        lines += [f"  | {finding.line}"] if finding.line else []
    if finding.program:
        lines += ["", *(f"    {line}" for line in _program(finding, width - 4)), ""]
    if finding.expected is not None:
        lines += [
            f"{finding.quantity} of {finding.node}",
            f"    got       {finding.got!r}",
            f"    expected  {finding.expected!r} ± {_short(finding.allowed)}",
        ]
        present = oracle_versions()
        for name, vote in finding.oracles.items():
            if vote is None and present[name] is None:
                continue  # the head of the report says that it is not installed
            said = "no answer" if vote is None else repr(vote)
            lines.append(f"    {name.replace('_', ' '):<19}{said}")
    elif finding.evidence != finding.message:
        lines += _wrapped(finding.evidence, width)
    broken = finding.laws or ([finding.law] if finding.law else [])
    if broken:
        more = f" and {len(broken) - _MOST_LAWS} more" if len(broken) > _MOST_LAWS else ""
        lines += _wrapped(f"breaks {', '.join(broken[:_MOST_LAWS])}{more}", width, "       ")
    return "\n".join(lines)


def _program(finding: Finding, width: int) -> list[str]:
    """Return the lines of a program, with its graph beside them where there is one, and room."""
    lines = finding.program.splitlines()
    if finding.expression is None:
        return lines
    drawn = wires(Expression.from_json(finding.expression))
    widest = max(len(line) for line in lines[: len(drawn)])
    if len(drawn) < _LEAST_DRAWN or len(drawn) > len(lines) or widest + 2 + len(drawn[-1]) > width:
        return lines
    beside = [f"{line:<{widest}}  {wire}" for line, wire in zip(lines, drawn, strict=False)]
    return [*beside, *lines[len(drawn) :]]


def misconceptions(targets: Sequence[TargetReport]) -> list[tuple[int, str]]:
    """Return each kind of fault with the number of submissions that have it, commonest first."""
    found = Counter(
        told for target in targets for told in {headline(fault) for fault in target.faults}
    )
    return [(number, told) for told, number in sorted(found.items(), key=lambda i: (-i[1], i[0]))]


def printable(text: str) -> str:
    """Return a text in which nothing moves the cursor, whatever a stranger's engine says."""
    return "".join(c if c.isprintable() else "?" for c in text)


def from_here(text: str) -> str:
    """Shorten the paths of files below the current folder."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)


def _short(number: JsonNumber) -> str:
    return f"{number:.1g}" if isinstance(number, float) else str(number)
