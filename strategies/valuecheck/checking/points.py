"""Points for a submission: so many for each operation, so many for each family of laws.

A fault costs the operation that it is in, once, whatever else it breaks. A fault that is in no
operation costs the family of the law that found it. What could not be judged because of such a
fault is neither won nor lost: it is left out of the maximum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from valuecheck.checking.require import form_of
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
    judged = {law.family for law in target.laws if law.outcome in {"held", "broken"}}
    nothing = target.error if target.verdict == "error" else ""
    found = [_point(name, worth, nothing or blamed[name], judged=True) for name in operations]
    found += [
        _point(name, worth, nothing or why, judged=name in judged or bool(nothing or why))
        for name, why in lost.items()
    ]
    return found


def _point(name: str, worth: Mapping[str, float], why: str, *, judged: bool) -> Point:
    most = worth.get(name, 1.0)
    if not judged:
        return Point(name, 0.0, most, "not judged", "rests on what is broken or missing")
    return Point(name, 0.0 if why else most, most, "failed" if why else "passed", why)


def _operation_of(fault: Finding, operations: Sequence[str]) -> str | None:
    """Return the operation that a fault costs, None where it costs none of those."""
    if fault.kind == "missing operation":
        told = [name for name in operations if fault.message.startswith(f"{name} is required")]
        return told[0] if told else None
    if fault.primitive in operations:
        return fault.primitive
    for name in operations:
        form = form_of(name)
        if form is not None and form.symbol == fault.primitive:
            return name
    return None


def total(points: Sequence[Point]) -> tuple[float, float]:
    """Return what was won, and the maximum of what was judged."""
    counted = [point for point in points if point.status != "not judged"]
    return sum(point.won for point in counted), sum(point.most for point in counted)
