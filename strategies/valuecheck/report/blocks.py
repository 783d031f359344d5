"""A fault as a block of plain text, 80 columns wide, for whoever has to mend it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["fault_block", "title_of"]

_WIDTH: Final = 80
_MOST_LAWS: Final = 5
"""Laws named in a block; one cause may break them all."""


def title_of(kind: str, primitive: str | None, operand: int | None) -> str:
    """Return the headline of a fault: the kind, the primitive, the operand."""
    title = kind
    if primitive is not None:
        title += f" in {primitive}"
    if operand is not None and primitive is not None and PRIMITIVES[primitive].arity > 1:
        title += f", operand {operand + 1}"
    return title


def fault_block(finding: Mapping[str, Any], laws: Sequence[str] = ()) -> str:
    """Return a finding as text: the mistake, the program, the numbers, the laws it broke.

    Args:
        finding: a `verdict.Finding` as JSON data.
        laws: all laws that this cause broke, when there are more than the finding's own.
    """
    lines = [title_of(finding["kind"], finding["primitive"], finding["operand"]).upper()]
    lines += textwrap.wrap(finding["message"], _WIDTH - 2, break_on_hyphens=False)
    if finding["where"]:
        lines.append(f"look at {finding['where']}")
    if finding["program"]:
        lines += ["", *(f"    {line}" for line in finding["program"].splitlines()), ""]
    if finding["expected"] is not None:
        lines += [
            f"{finding['quantity']} of {finding['node']}",
            f"    got       {finding['got']!r}",
            f"    expected  {finding['expected']!r} ± {_short(finding['allowed'])}",
        ]
        present = oracle_versions()
        for name, vote in finding["oracles"].items():
            absent = "abstains" if present[name] is not None else "is not installed"
            lines.append(f"    {name:<19}{absent if vote is None else repr(vote)}")
    elif finding["evidence"] != finding["message"]:
        lines += textwrap.wrap(finding["evidence"], _WIDTH - 2, break_on_hyphens=False)
    broken = laws or ((finding["law"],) if finding["law"] else ())
    if broken:
        more = f" and {len(broken) - _MOST_LAWS} more" if len(broken) > _MOST_LAWS else ""
        lines += textwrap.wrap(
            f"breaks {', '.join(broken[:_MOST_LAWS])}{more}",
            _WIDTH - 2,
            subsequent_indent="       ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    return "\n".join(lines)


def _short(number: Any) -> str:
    return f"{number:.1g}" if isinstance(number, float) else str(number)
