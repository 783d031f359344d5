"""Where a rule is wrong that is right at most numbers: experiments around one that is wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.measure import GENERIC, measure, one_step, samples
from valuecheck.program.expression import Constant
from valuecheck.program.transform import in_domain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from valuecheck.diagnosis.measure import Edge
    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression

__all__ = ["around"]

_SPECIAL: Final = {0.0, 1.0, -1.0}
_HALVINGS: Final = 30


def around(subject: Subject, edge: Edge, seen: Sequence[Expression]) -> list[Expression]:
    """Return single steps whose outcome tells where the rule of an edge goes wrong.

    Args:
        subject: the engine.
        edge: one operand of a form, right on generic numbers.
        seen: single steps of that form; those that are wrong are looked at.

    Between a number at which the rule is wrong and one at which it is right the threshold is found
    by halving, on a scale of logarithms; around 0, 1 and -1 the other operand and near numbers are
    tried.
    """
    found: list[Expression] = []
    for single in seen:
        if _is_wrong(subject, edge, single):
            found += _halved(subject, edge, single)
            found += _beside(edge, single)
    return [e for e in dict.fromkeys(found) if in_domain(e)]


def _is_wrong(subject: Subject, edge: Edge, single: Expression) -> bool:
    measured = measure(subject, single) if in_domain(single) else None
    return (
        measured is not None
        and not measured.adjoint_right[edge.form.positions.index(edge.position)]
    )


def _with(edge: Edge, single: Expression, place: int, number: float) -> Expression:
    leaves = [*single.leaves[:place], number, *single.leaves[place + 1 :]]
    constants = [o.value for o in single.steps[0].operands if isinstance(o, Constant)]
    return one_step(edge.form, leaves, constants[0] if constants else 2.0)


def _halved(subject: Subject, edge: Edge, single: Expression) -> Iterator[Expression]:
    right_at = [e.leaves for e in samples(subject, edge.form)]
    for place, wrong in enumerate(single.leaves):
        right = next((r[place] for r in right_at if r[place] * wrong > 0.0), None)
        if right is None or _is_wrong(subject, edge, _with(edge, single, place, right)):
            continue  # not for this operand
        low, high = math.log(abs(right)), math.log(abs(wrong))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            tried = _with(edge, single, place, math.copysign(math.exp(middle), wrong))
            yield tried
            if _is_wrong(subject, edge, tried):
                high = middle
            else:
                low = middle


def _beside(edge: Edge, single: Expression) -> Iterator[Expression]:
    (step,) = single.steps
    values = [single.leaves[o] if isinstance(o, int) else float(o.value) for o in step.operands]
    if _SPECIAL.isdisjoint(values):
        return
    for place, number in enumerate(single.leaves):
        if number in _SPECIAL:
            yield from (_with(edge, single, place, number + off) for off in (0.001, -0.001))
        else:
            yield from (_with(edge, single, place, other) for other in GENERIC)
