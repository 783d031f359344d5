"""One primitive used twice in a program: an engine may keep what both rules need in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.measure import every_form, forms_of
from valuecheck.diagnosis.patterns import Pattern, trials
from valuecheck.program.form import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression

__all__ = ["saved_in_one_place"]

_OTHERS: Final = 3
"""How many other primitives are asked whether they go together with the one that may be guilty."""


def saved_in_one_place(subject: Subject, expression: Expression) -> Diagnosis | None:
    """Conclude that a rule finds what the latest use of its primitive left, not its own.

    So it is when two uses of a primitive that share no node are wrong, and one use beside any other
    primitive is right.
    """
    forms = forms_of(expression)
    guilty = {form.symbol for form in forms if _errs_when_used_twice(subject, form, forms)}
    if not guilty:
        return None
    symbol = guilty.pop() if len(guilty) == 1 else None
    return Diagnosis(
        "stale state",
        f"two uses of {symbol or 'an operation'} in one program are wrong, though one is right: "
        "the rule finds what the latest use saved; each result must keep what its own rule needs",
        symbol,
    )


def _errs_when_used_twice(subject: Subject, form: Form, forms: Sequence[Form]) -> bool:
    made_of = subject.engine.hello.made_of
    own = {form.symbol, *made_of.get(form.symbol, ())}
    strangers = [
        other
        for other in every_form(subject, forms)
        if own.isdisjoint((other.symbol, *made_of.get(other.symbol, ())))
    ]
    join = next((symbol for symbol in subject.joins if symbol not in own), None)
    others = [other for other in strangers if other.symbol != join][:_OTHERS]
    if join is None or not others:
        return False

    def right(one: Form, two: Form) -> set[bool]:
        def build(p: Pattern) -> None:
            p.step(Form(join), p.step(one), p.step(two))

        return {outcome.right() for outcome in trials(subject, build)}

    pairs = [pair for other in others for pair in ((form, other), (other, form))]
    return right(form, form) == {False} and all(right(*pair) == {True} for pair in pairs)
