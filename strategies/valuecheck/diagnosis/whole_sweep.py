"""Mistakes of the sweep that look like one of every rule: none of the rules is to blame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import carrier, every_form, measure, samples, scaled
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuecheck.diagnosis.measure import Measurement
    from valuecheck.judging.subject import Subject

__all__ = ["clipped", "negative", "repeated", "rounded", "seed", "steady", "stops_early"]

_WITHIN: Final = 1e-9

_SEVERAL: Final = 3
"""Primitives that must all err in one way before it is put down to the sweep."""


def seed(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for a sweep that does not start from 1."""
    if not subject.keeps_interior or outcome.adjoint_right[-1]:
        return None
    start = outcome.adjoints[-1]
    if start is not None and abs(start - 1.0) < _WITHIN:
        return Diagnosis(
            "inaccurate",
            f"the grad of the output is {start!r}, not exactly 1.0: something is added to "
            "gradients, or they are rounded",
        )
    return Diagnosis(
        "wrong partial",
        f"the sweep starts from {outcome.adjoints[-1]!r} at the output, but the derivative of the "
        "output with respect to itself is 1.0",
    )


def repeated(subject: Subject, _outcome: Measurement) -> Diagnosis | None:
    """Look for a sweep that runs the output's rule several times, whichever operation it is."""
    times: dict[int, set[int]] = {}
    symbols = set()
    for single in _some_of_each(subject):
        measured = measure(subject, single)
        if measured is None or not all(measured.primal_right):
            return None
        for leaf in range(len(single.leaves)):
            got, want = measured.adjoints[leaf], measured.true_adjoints[leaf]
            ratio = got / want if got is not None and want else math.nan
            if not math.isfinite(ratio) or abs(ratio - round(ratio)) > _WITHIN:
                return None
            times.setdefault(len(single.leaves), set()).add(round(ratio))
        symbols.add(single.steps[0].symbol)
    several = all(len(each) == 1 and min(each) > 1 for each in times.values())
    if len(symbols) == 1 or not several:  # one operation alone cannot tell
        return None
    told = " and ".join(
        f"{min(each)} times what is due with {count} operand{'s' * (count > 1)}"
        for count, each in sorted(times.items())
    )
    return Diagnosis(
        "wrong order",
        f"whichever operation stands alone, its operands get {told}: the sweep runs the rule of "
        "one node more than once, as where a node is entered in the order again and again",
    )


def clipped(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for clipping when ever larger gradients come out alike, and smaller ones are right.

    Only for expressions with a gradient that is large enough to be clipped there.
    """
    if "*" not in subject.engine.hello.primitives:
        return None

    def product(factor: float) -> Measurement | None:
        return measure(subject, Expression((0.5, factor), (Step("*", (0, 1)),)))

    large = [product(factor) for factor in (1e10, 1e11, 1e12)]
    caps = {None if each is None else each.adjoints[0] for each in large}
    cap = caps.pop()
    if caps or not cap or cap >= 1e10 or max(map(abs, outcome.true_adjoints)) <= cap:  # noqa: PLR2004
        return None
    below = product(cap / 2.0)
    if below is None or not below.right():
        return None
    return Diagnosis("wrong partial", f"gradients are clipped: none comes out above {cap:g}")


def _some_of_each(
    subject: Subject, *, arity: int | None = None, most: int = 1
) -> Iterator[Expression]:
    """Yield single steps of each primitive that is sound, on generic leaves."""
    for form in every_form(subject):
        if arity in {None, PRIMITIVES[form.symbol].arity}:
            yield from samples(subject, form)[:most]


def rounded(subject: Subject) -> Diagnosis | None:
    """Look for gradients that are rounded to some decimals, whichever operation made them."""
    decimals: set[int] = set(range(13))
    symbols: set[str] = set()
    for single in _some_of_each(subject, most=3):
        measured = measure(subject, single)
        if measured is None or not all(measured.primal_right):
            continue
        for leaf in range(len(single.leaves)):
            got, want = measured.adjoints[leaf], measured.true_adjoints[leaf]
            if got is None:
                return None
            if abs(got - want) > 1e-12 * abs(want):
                symbols.add(single.steps[0].symbol)
            decimals = {d for d in decimals if math.isclose(got, round(want, d), rel_tol=1e-12)}
    if len(symbols) < _SEVERAL or not decimals:
        return None
    return Diagnosis(
        "inaccurate",
        f"gradients are rounded to {min(decimals)} decimals, whichever operation hands them on: in "
        "the sweep, or where they are kept",
    )


def negative(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for a sweep that goes no further where a gradient is negative."""
    if all(adjoint >= 0.0 for adjoint in outcome.true_adjoints):
        return None
    verdicts = []
    for single in _some_of_each(subject):
        by = carrier(subject, single.steps[0].symbol)
        pair = [scaled(single, factor, by) for factor in (4.0, -4.0)]
        measured = [None if e is None else measure(subject, e) for e in pair]
        if measured[0] is None or measured[1] is None:
            continue
        leaves = range(len(single.leaves))
        verdicts.append(
            measured[0].right() and all(measured[1].adjoints[leaf] == 0.0 for leaf in leaves)
        )
    if len(verdicts) < _SEVERAL or not all(verdicts):
        return None
    return Diagnosis(
        "missing gradient",
        "a node whose gradient is negative hands nothing on, whichever operation made it: the "
        "sweep leaves such nodes out",
    )


def stops_early(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for a sweep that does not get to the leaves of any operation of one operand."""
    if outcome.right():
        return None
    measured = [measure(subject, single) for single in _some_of_each(subject, arity=1)]
    if len(measured) < _SEVERAL or any(m is None or m.adjoints[0] != 0.0 for m in measured):
        return None
    return Diagnosis(
        "missing gradient",
        "whichever operation stands alone on a leaf, nothing arrives at the leaf: the sweep stops "
        "before it has called the last rules",
    )


def steady(subject: Subject) -> bool:
    """Return whether every primitive alone is right, time after time: nothing is left over then."""
    singles = [
        e for e in _some_of_each(subject) if e.steps[0].symbol not in subject.engine.hello.made_of
    ]
    outcomes = [measure(subject, single) for single in singles * 3]
    return all(outcome is not None and outcome.right() for outcome in outcomes)
