"""Nodes of equal value: an engine that compares nodes by value takes two of them for one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import every_form, forms_of
from valuecheck.diagnosis.patterns import Pattern, trials
from valuecheck.program.form import Form

if TYPE_CHECKING:
    from valuecheck.diagnosis.measure import Measurement
    from valuecheck.judging.subject import Subject

__all__ = ["conflated"]

_TIMES: Final = 3
"""How often an engine must do the same: one that errs by chance may do it once."""


def conflated(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for conflated nodes when the engine errs on twins, and never on strangers."""
    joins = subject.joins
    unary = [form for form in every_form(subject, forms_of(outcome.expression)) if form.nodes == 1]
    for join in joins[:2]:
        for form in (None, *unary):
            if all(_errs_on_twins_alone(subject, form, join, joins[-1]) for _ in range(_TIMES)):
                return Diagnosis(
                    "conflated nodes",
                    "two nodes of equal value are taken for one node: compare nodes by identity "
                    "(is), not by value, and keep no dictionary or set of values",
                )
    return None


def _errs_on_twins_alone(subject: Subject, form: Form | None, join: str, scale: str) -> bool:
    """Ask about two leaves, or the results of a form on them, that are equal or nearly so."""

    def build(p: Pattern, off: float) -> None:
        left = p.leaf()
        right = p.twin(left, off)
        if form is not None:
            left, right = p.step(form, left), p.step(form, right)
        p.step(Form(join), p.step(Form(scale), left), right)

    twins, strangers = (trials(subject, partial(build, off=off)) for off in (0.0, 2.0**-20))
    return {o.right() for o in twins} == {False} and {o.right() for o in strangers} == {True}
