"""Nodes of equal value: an engine that compares nodes by value takes two of them for one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import Form, every_form, forms_of, join_of, joins_of
from valuecheck.diagnosis.patterns import Pattern, trials

if TYPE_CHECKING:
    from valuecheck.diagnosis.measure import Outcome
    from valuecheck.trial import Trial

__all__ = ["conflated"]

_TIMES: Final = 3
"""How often an engine must do the same: one that errs by chance may do it once."""


def conflated(trial: Trial, outcome: Outcome) -> Diagnosis | None:
    """Conclude on conflated nodes when the engine errs on twins, and never on strangers."""
    joins = joins_of(trial)
    unary = [form for form in every_form(trial, forms_of(outcome.expression)) if form.nodes == 1]
    for join in joins[:2]:
        for form in (None, *unary):
            if all(_errs_on_twins_alone(trial, form, join, joins[-1]) for _ in range(_TIMES)):
                return Diagnosis(
                    "conflated nodes",
                    "two nodes of equal value are taken for one node: compare nodes by identity "
                    "(is), not by value, and keep no dictionary or set of values",
                )
    return None


def _errs_on_twins_alone(trial: Trial, form: Form | None, join: str, scale: str) -> bool:
    """Ask about two leaves, or the results of a form on them, that are equal or nearly so."""

    def build(p: Pattern, off: float) -> None:
        left = p.leaf()
        right = p.twin(left, off)
        if form is not None:
            left, right = p.step(form, left), p.step(form, right)
        p.step(join_of(join), p.step(join_of(scale), left), right)

    twins, strangers = (trials(trial, partial(build, off=off)) for off in (0.0, 2.0**-20))
    return {o.right() for o in twins} == {False} and {o.right() for o in strangers} == {True}
