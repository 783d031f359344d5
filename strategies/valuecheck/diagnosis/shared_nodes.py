"""Experiments on shared nodes: what is lost when a node is used more than once."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import TYPE_CHECKING

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.inspection import forgotten_operands
from valuecheck.diagnosis.measure import (
    close,
    every_form,
    forms_of,
    measure,
    partials_at,
)
from valuecheck.diagnosis.patterns import Pattern, fails, trials
from valuecheck.program.form import Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import unshared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuecheck.diagnosis.measure import Measurement
    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression

__all__ = ["conclude", "overwrites", "varies_by_order"]


def conclude(subject: Subject, expression: Expression) -> Diagnosis | None:
    """Return the diagnosis that experiments on sharing speak for, None when they do not.

    Args:
        subject: the engine; no primitive of the expression is wrong alone.
        expression: where it failed.
    """
    forms = forms_of(expression)
    joins = subject.joins
    if not joins:
        return None
    for question in (
        _unshared,
        _one_step_twice,
        _leaf_twice,
        _depth,
        _third_use,
        _result_twice,
    ):
        answer = question(subject, forms, joins)
        if answer is not None:
            return answer
    return None


def varies_by_order(subject: Subject, expression: Expression) -> bool:
    """Return whether an engine whose gradients vary is right and steady when no result is shared.

    Then nothing is left over from one time to the next. What varies is the order in which nodes
    are swept, as with operands in a set, and that order is wrong at times.
    """
    if all(len(uses) < 2 for uses in expression.uses()[len(expression.leaves) :]):  # noqa: PLR2004
        return False
    apart = unshared(expression)
    return all(
        outcome is not None and outcome.right()
        for outcome in (measure(subject, apart) for _ in range(8))
    )


# Without any sharing, one primitive on the result of another


def _unshared(subject: Subject, forms: Sequence[Form], joins: Sequence[str]) -> Diagnosis | None:
    outer_forms = list(dict.fromkeys([*forms, *(Form(s) for s in joins[:2])]))
    failing: set[tuple[Form, Form]] = set()
    zero = True
    for outer, inner in product(outer_forms, repeat=2):
        for position in range(outer.nodes):

            def build(
                p: Pattern, outer: Form = outer, inner: Form = inner, at: int = position
            ) -> None:
                result = p.step(inner)
                p.step(outer, *([p.leaf()] if at else []), result)

            outcomes = trials(subject, build)
            if fails(outcomes):
                failing.add((outer, inner))
                zero = zero and all(_only_zeros_wrong(o) for o in outcomes)
    if not failing:
        return None
    for index, role in ((0, "used on a result"), (1, "used below another")):
        guilty = {pair[index].symbol for pair in failing}
        others = {pair[1 - index] for pair in failing}
        if len(guilty) == 1 and (len(others) > 1 or len(outer_forms) == 1):
            form = next(pair[index] for pair in failing)
            return _cut_off(subject, form, role) if zero else _wrong_when(form, role)
    if zero and len(failing) == len(outer_forms) ** 2:
        return Diagnosis(
            "wrong order",
            "nothing arrives below the last operation: the sweep reaches operands before the "
            "nodes that use them, or stops after one step",
        )
    return Diagnosis("unexplained", "wrong as soon as one operation is applied to another's result")


def _wrong_when(form: Form, role: str) -> Diagnosis:
    return Diagnosis(
        "unexplained", f"{form.symbol} is right alone, but wrong when {role}", form.symbol
    )


def _cut_off(subject: Subject, form: Form, role: str) -> Diagnosis:
    """Say why nothing arrives beyond the operands of a primitive."""
    cut = f"{form.symbol} is right alone, but {role} it cuts off the gradient"
    forgotten = forgotten_operands(subject, form)
    if forgotten:
        sides = " and ".join(("left", "right")[position] for position in forgotten)
        return Diagnosis(
            "missing gradient",
            f"{cut}: its result does not remember its {sides} operand, so the sweep never gets to "
            "what that operand was made of",
            form.symbol,
            forgotten[0] if len(forgotten) == 1 else None,
        )
    return Diagnosis(
        "missing gradient",
        f"{cut}, as if its rule were attached to an operand",
        form.symbol,
    )


def _only_zeros_wrong(outcome: Measurement) -> bool:
    leaves = len(outcome.expression.leaves)
    return all(
        right or got == 0.0
        for right, got in zip(
            outcome.adjoint_right[:leaves], outcome.adjoints[:leaves], strict=True
        )
    )


# One step that uses a node at both operands


def _one_step_twice(
    subject: Subject, forms: Sequence[Form], joins: Sequence[str]
) -> Diagnosis | None:
    guilty = []
    binary = [form for form in forms if form.nodes == 2]  # noqa: PLR2004 - two operands
    for form in binary:

        def build(p: Pattern, form: Form = form) -> None:
            x = p.leaf()
            p.step(form, x, x)

        outcomes = trials(subject, build)
        if fails(outcomes) and all(o.right() or o.adjoints[0] != 0.0 for o in outcomes):
            guilty.append(form.symbol)
    if not guilty or _fails_with_a_leaf_twice(subject, forms, joins):
        return None
    others = [s for s in joins if s not in guilty]
    guilty += [s for s in others if fails(trials(subject, lambda p, s=s: _square(p, s)))]  # type: ignore[misc]
    symbol = guilty[0] if len(set(guilty)) == 1 else None
    written = f"x {symbol or 'op'} x"
    return Diagnosis(
        "lost contribution",
        f"in {written} the node stands at both operands, but only one of its two contributions "
        "is counted: operands kept in a set, or `=` where `+=` belongs",
        symbol,
    )


def _square(p: Pattern, symbol: str) -> None:
    x = p.leaf()
    p.step(Form(symbol), x, x)


# A leaf used by two steps


def _two_uses(form: Form, position: int, join: str) -> Callable[[Pattern], None]:
    """Return what builds a step on a leaf, at some operand, and joins the result and the leaf.

    The join is swept before what it joins, whichever operand the leaf is.
    """

    def build(p: Pattern) -> None:
        x = p.leaf()
        result = p.step(form, *(p.leaf() for _ in range(position)), x)
        p.step(Form(join), result, x)

    return build


def _all_two_uses(forms: Sequence[Form], joins: Sequence[str]) -> list[Callable[[Pattern], None]]:
    return [
        _two_uses(form, position, join)
        for form in forms
        for position in range(form.nodes)
        for join in joins[:2]
    ]


def _fails_with_a_leaf_twice(subject: Subject, forms: Sequence[Form], joins: Sequence[str]) -> bool:
    return any(fails(trials(subject, build)) for build in _all_two_uses(forms, joins))


def _leaf_twice(subject: Subject, forms: Sequence[Form], joins: Sequence[str]) -> Diagnosis | None:
    """Look for `=` in place of `+=`: of two contributions one is kept, the other is gone."""
    everything = every_form(subject, forms)
    overwriting: set[tuple[str, int]] = set()
    failing = False
    for build in _all_two_uses(everything, joins):
        for outcome in trials(subject, build):
            if outcome.right():
                continue
            failing = True
            kept = _kept(subject, outcome)
            if kept is None:
                return None
            overwriting.add(kept)
    if not failing:
        return None
    sharers = {form.symbol for form in everything} | set(joins[:2])
    guilty = {symbol for symbol, _ in overwriting}
    # What is made of a guilty one does as that does.
    guilty = {s for s in guilty if guilty.isdisjoint(subject.engine.hello.made_of.get(s, ()))}
    if len(guilty) == 1 and len(sharers) > 1:
        (symbol,) = guilty
        positions = {position for name, position in overwriting if name == symbol}
        only = len(positions) == 1 and PRIMITIVES[symbol].operands == ("either", "either")
        operand = positions.pop() if only else None
        return overwrites(symbol, operand)
    return Diagnosis(
        "overwritten gradient",
        "gradients are set (`=`) where they must be added up (`+=`): of a node's uses only one "
        "counts",
    )


def overwrites(symbol: str, operand: int | None) -> Diagnosis:
    """Return the diagnosis of `=` in place of `+=`, at one operand, or None for no single one."""
    side = {None: "", 0: "left ", 1: "right "}[operand]
    return Diagnosis(
        "overwritten gradient",
        f"the rule of {symbol} sets the gradient of its {side}operand (`=`) where it must add "
        "to it (`+=`): what other uses of the operand contributed is lost",
        symbol,
        operand,
    )


def _kept(subject: Subject, outcome: Measurement) -> tuple[str, int] | None:
    """Return the primitive and operand whose contribution alone is the shared leaf's adjoint."""
    got = outcome.adjoints[0]
    if got is None or not all(outcome.adjoint_right[1:]):
        return None
    for symbol, position, contribution in _contributions(outcome, 0):
        if close(subject, got, contribution):
            return symbol, position
    return None


def _contributions(outcome: Measurement, node: int) -> list[tuple[str, int, float]]:
    """Return for each use of a node the primitive, the operand, and what it owes the node."""
    expression = outcome.expression
    leaves = len(expression.leaves)
    owed = []
    for user, position in expression.uses()[node]:
        step = expression.steps[user - leaves]
        operands = outcome.operands_of(step)
        partial = partials_at(step.symbol, outcome.true_primals[user], operands)[position]
        owed.append((step.symbol, position, partial * outcome.true_adjoints[user]))
    return owed


# Many steps, no sharing


def _depth(subject: Subject, forms: Sequence[Form], joins: Sequence[str]) -> Diagnosis | None:
    del forms
    for length in (2, 3, 4, 6, 8, 12, 16, 24, 32):

        def build(p: Pattern, length: int = length) -> None:
            node = p.leaf()
            for _ in range(length):
                node = p.step(Form(joins[0]), node)

        outcomes = trials(subject, build, most=1)
        if fails(outcomes):
            if all(_only_zeros_wrong(outcome) for outcome in outcomes):
                return Diagnosis(
                    "missing gradient", f"the gradient does not arrive below {length - 1} steps"
                )
            return Diagnosis("unexplained", f"gradients are wrong below about {length} steps")
    return None


# A node used three times and more


def _third_use(subject: Subject, forms: Sequence[Form], joins: Sequence[str]) -> Diagnosis | None:
    for uses in (3, 4, 5, 6):
        for form in every_form(subject, forms):

            def build(p: Pattern, form: Form = form, uses: int = uses) -> None:
                x = p.leaf()
                # Other leaves on each result, so that no two nodes have equal values.
                results = [p.step(Form(joins[-1]), p.step(form, x)) for _ in range(uses)]
                total = results[0]
                for result in results[1:]:
                    total = p.step(Form(joins[0]), total, result)

            outcomes = trials(subject, build)
            if fails(outcomes) and all(_some_are_lost(subject, outcome) for outcome in outcomes):
                return Diagnosis(
                    "lost contribution",
                    f"a node that is used {uses} times does not get all its contributions, though "
                    f"one used {uses - 1} times does",
                    None,
                )
    return None


def _some_are_lost(subject: Subject, outcome: Measurement) -> bool:
    """Return whether nothing is wrong but that the shared leaf lacks some of its contributions."""
    if outcome.right():
        return True
    if outcome.adjoint_right[0] or not all(outcome.adjoint_right[1:]):
        return False
    got = outcome.adjoints[0]
    owed = [contribution for *_, contribution in _contributions(outcome, 0)]
    sums = [math.fsum(some) for n in range(len(owed)) for some in combinations(owed, n)]
    return got is not None and any(close(subject, got, total) for total in sums)


# A result used twice


def _fails_unshared(subject: Subject, outcome: Measurement) -> bool:
    """Return whether the same program is wrong too when each use has a result of its own."""
    apart = measure(subject, unshared(outcome.expression))
    return apart is None or not apart.right()


def _keeps_one(subject: Subject, outcome: Measurement) -> bool:
    """Return whether the first result has one of the contributions due to it, and not their sum."""
    node = len(outcome.expression.leaves)
    got = outcome.adjoints[node]
    owed = [contribution for *_, contribution in _contributions(outcome, node)]
    return got is not None and any(close(subject, got, one) for one in owed)


def _result_twice(
    subject: Subject, forms: Sequence[Form], joins: Sequence[str]
) -> Diagnosis | None:
    everything = list(dict.fromkeys([*forms, *(Form(s) for s in joins[:2])]))
    for inner, outer, join in product(everything, everything, joins[:2]):
        for first in (True, False):

            def build(
                p: Pattern,
                inner: Form = inner,
                outer: Form = outer,
                join: str = join,
                *,
                first: bool = first,
            ) -> None:
                shared = p.step(inner)
                result = p.step(outer, shared)
                p.step(Form(join), *((result, shared) if first else (shared, result)))

            outcomes = trials(subject, build)
            if fails(outcomes) and not any(
                _fails_unshared(subject, outcome) for outcome in outcomes
            ):
                if all(o.right() or _keeps_one(subject, o) for o in outcomes):
                    return Diagnosis(
                        "overwritten gradient",
                        "leaves may be used twice, but of a result that is used twice only one "
                        "contribution counts: its gradient is set (`=`) where it must be added to "
                        "(`+=`)",
                    )
                return Diagnosis(
                    "wrong order",
                    "leaves may be used twice, but a result that is used twice hands its gradient "
                    "on before all of it has arrived, or more than once: sweep in reverse "
                    "topological order, each node once",
                )
    return None
