"""Points for a submission: so many for each operation, so many for each family of laws.

A fault costs the operation that it is in, once, whatever else it breaks. A fault that is in no
operation costs the family of the law that found it. What could not be judged because of such a
fault is neither won nor lost: it is left out of the maximum. What could not be judged because a
submission hung, died or took too long is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from valuecheck.checking.require import form_of
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuecheck.checking.record import TargetReport
    from valuecheck.diagnosis.finding import Finding

__all__ = ["FAMILIES_WITH_POINTS", "Point", "points_of", "total"]

FAMILIES_WITH_POINTS: Final = tuple(family for family in FAMILIES if family != "primitives")
"""Laws about single primitives count for the operation that they are about."""


class Point(NamedTuple):
    """What one operation or family of laws is worth, and what was won.

    Attributes:
        name: the operation as it was required, or the family of laws.
        won: points.
        most: points at most.
        status: "passed", "failed", or "not judged", which counts neither way.
        why: what it failed by.
    """

    name: str
    won: float
    most: float
    status: Literal["passed", "failed", "not judged"]
    why: str


def points_of(target: TargetReport, worth: Mapping[str, float]) -> list[Point]:
    """Return the points of a target.

    Args:
        target: its record.
        worth: points by operation or family; 1 for what is not named.
    """
    operations = target.required or target.supported
    blamed = dict.fromkeys(operations, "")
    lost = dict.fromkeys(FAMILIES_WITH_POINTS, "")
    family_of = {law.law: law.family for law in target.laws}
    for fault in target.faults:
        name = _operation_of(fault, operations)
        if name is not None:
            blamed[name] = blamed[name] or fault.message
        elif fault.primitive is None:
            family = family_of.get(fault.law, "")
            lost[family if family in lost else "agreement"] = fault.message
    families = {law.family for law in target.laws if law.outcome in {"held", "broken"}}
    failed = target.error or "the check itself failed"
    nothing = failed if target.verdict == "error" else ""
    stopped = target.error or _lost(target)
    found = [
        _point(name, worth, nothing or blamed[name], _is_judged(name, target), stopped)
        for name in operations
    ]
    found += [
        _point(name, worth, nothing or why, name in families, stopped) for name, why in lost.items()
    ]
    return found


def _lost(target: TargetReport) -> str:
    """Return why laws were left out, where that is the submission's own doing."""
    ended = [law.law for law in target.laws if law.outcome in {"timed out", "crashed"}]
    return f"not judged, since no answer came to {ended[0]}" if ended else ""


def _is_judged(name: str, target: TargetReport) -> bool:
    """Return whether an operation was judged: a law about it alone held, or its own values did."""
    form = form_of(name)
    symbol = form.symbol if form is not None else name
    alone = {law.law: law.outcome for law in target.laws if law.law.endswith(f"[{symbol}]")}
    if symbol not in PRIMITIVES and symbol not in target.supported:
        return not target.error and name not in {left["name"] for left in target.not_checked}
    return "held" in alone.values()


def _point(name: str, worth: Mapping[str, float], why: str, judged: bool, stopped: str) -> Point:  # noqa: FBT001
    most = worth.get(name, 1.0)
    if not why and not judged:
        if not stopped:
            return Point(name, 0.0, most, "not judged", "rests on what is broken or missing")
        why = stopped
    return Point(name, 0.0 if why else most, most, "failed" if why else "passed", why)


def _operation_of(fault: Finding, operations: Sequence[str]) -> str | None:
    """Return the operation that a fault costs, None where it costs none of those."""
    if fault.kind == "missing operation":
        told = [name for name in operations if fault.message.startswith(f"{name} is required")]
        return told[0] if told else None
    forms = _forms_of(fault)
    if len(forms) == 1 and forms <= set(operations):
        return next(iter(forms))
    if fault.primitive in operations:
        return fault.primitive
    for name in operations:
        form = form_of(name)
        if form is not None and form.symbol == fault.primitive:
            return name
    return None


def _forms_of(fault: Finding) -> set[str]:
    """Return the forms with a plain number, "2 - x", in which the program has the primitive."""
    steps = (fault.expression or {}).get("steps", [])
    ours = [step[1:] for step in steps if step[0] == fault.primitive]
    found = {
        str(Form(fault.primitive or "", side)) if isinstance(operand, dict) else ""
        for operands in ours
        if len(operands) == len(SIDES)
        for side, operand in zip(SIDES, operands, strict=True)
        if isinstance(operand, dict) or not any(isinstance(each, dict) for each in operands)
    }
    return found if "" not in found else set()


def total(points: Sequence[Point]) -> tuple[float, float]:
    """Return what was won, and the maximum of what was judged."""
    counted = [point for point in points if point.status != "not judged"]
    return sum(point.won for point in counted), sum(point.most for point in counted)
