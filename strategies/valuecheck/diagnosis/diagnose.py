"""From a wrong number to its cause.

A fault is a program and a node whose number is wrong. The diagnosis does not guess from that one
case: it makes controlled experiments, and names a cause only when they all speak for it. Otherwise
it says "unexplained": a wrong explanation is worse than none.

The order of the questions:

1. Did the engine raise, or give something that is no node or no number? Then that is the cause.
2. Is it a primal? The primitive is known: its operands are right and its result is not.
3. Does the same program give other numbers each time? Then state was left behind.
4. Does it err on nodes of equal value, and never otherwise? Then it takes them for one.
5. One primitive alone, one use: is a partial wrong? Which formula predicts what came?
6. One primitive twice, on nodes of their own: does a rule find what another use saved?
7. One primitive on the result of another, still without sharing: is a rule attached wrongly?
8. One node used twice, thrice, by one step or by several, a leaf or a result: what is lost?
"""

from __future__ import annotations

import contextlib
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.equal_values import conflated
from valuecheck.diagnosis.inspection import forgotten_operands
from valuecheck.diagnosis.known_mistakes import explain
from valuecheck.diagnosis.measure import (
    Edge,
    Form,
    Outcome,
    alone,
    apart,
    form_of,
    forms_of,
    measure,
    measure_edge,
    samples,
    takes_an_operands_gradient,
)
from valuecheck.diagnosis.shared_nodes import conclude, varies_by_order
from valuecheck.diagnosis.shared_storage import saved_in_one_place
from valuecheck.diagnosis.whole_sweep import clipped, coarse, negative, seed, steady, stops_early
from valuecheck.diagnosis.wrong_values import DIGITS, at_a_border, leaf, primal
from valuecheck.engine import DetachedResultError, EngineError
from valuecheck.overtime import TimeIsUp
from valuecheck.program.expression import Constant, Expression
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import NotANumberError

if TYPE_CHECKING:
    from valuecheck.fault import Fault
    from valuecheck.trial import Trial

__all__ = ["diagnose"]


def diagnose(trial: Trial, fault: Fault) -> Diagnosis:
    """Find the cause of a fault by experiments on the engine."""
    try:
        return _diagnose(trial, fault)
    except (EngineError, DetachedResultError, NotANumberError) as error:
        return Diagnosis("unexplained", f"{fault.message}; looking for the cause, {error}")


def _diagnose(trial: Trial, fault: Fault) -> Diagnosis:
    expression = fault.expression
    if fault.error is not None:
        # A leaf that lost its number may be why: too small a one becomes 0, and 1/0 raises.
        lost = None
        with contextlib.suppress(EngineError, NotANumberError):
            lost = leaf(trial, expression.leaves) if expression is not None else None
        return lost or _raised(trial, fault, fault.error)
    stateful = fault.quantity in {"constancy", "state"}
    outcome = None if expression is None else measure(trial, expression)
    if fault.quantity == "type" or (fault.node is not None and fault.ball is None):
        varies = (
            expression is not None and outcome is not None and _state(trial, expression, outcome)
        )
        return varies or Diagnosis("wrong type", fault.message, *_symbol_at(fault))
    if expression is None or outcome is None:
        return Diagnosis("stale state" if stateful else "unexplained", fault.message)
    found = (
        stops_early(trial, outcome)
        or _state(trial, expression, outcome)
        or leaf(trial, expression.leaves)
        or (_inaccurate(trial, fault, outcome) if fault.rough else None)
        or primal(trial, outcome)
        or _inconstant(trial, fault, outcome)
    )
    if found is not None:
        return found
    if fault.quantity in {"special value", "kink"}:
        return at_a_border(trial, fault, expression.steps[0].symbol)
    if outcome.right():
        # The program is right when it is run by itself: what was wrong came from before.
        if stateful or fault.ball is not None:
            return Diagnosis("stale state", fault.message if stateful else _STALE)
        return Diagnosis("unexplained", fault.message)
    for question in (seed, conflated, clipped, negative, coarse, _edges):
        answer = question(trial, outcome)
        if answer is not None:
            return answer
    return (
        saved_in_one_place(trial, expression)
        or conclude(trial, expression)
        or Diagnosis("unexplained", fault.message)
    )


_STALE: Final = (
    "the same program gives right numbers when it is run again: something is left over from "
    "earlier expressions or sweeps"
)


def _state(trial: Trial, expression: Expression, outcome: Outcome) -> Diagnosis | None:
    """Run the program, and a like one on numbers never seen before, several times over."""
    if outcome.data_changed:
        return Diagnosis("stale state", "the sweep changes values: after it, data is another")
    unseen = Expression(
        tuple(
            leaf * (1.0 + 2.0**-30 * (trial.ledger.examples % 97 + 1)) for leaf in expression.leaves
        ),
        expression.steps,
    )
    for program in (expression, unseen):
        runs = [measure(trial, program) for _ in range(4)]
        adjoints = [run.adjoints for run in runs if run is not None]
        if any(not _alike(one, two) for one, two in pairwise(adjoints)):
            if varies_by_order(trial, program):
                return None  # operands kept in a set come in any order, and here that matters
            answer = conclude(trial, program) if steady(trial) else None
            if answer is not None and answer.kind != "unexplained":
                return answer
            return Diagnosis(
                "stale state",
                "the same program gives other gradients each time it is built and run: something "
                "is left over from one time to the next",
            )
    return None


def _inconstant(trial: Trial, fault: Fault, outcome: Outcome) -> Diagnosis | None:
    """Explain gradients that vary, where that is for the order in which nodes are swept."""
    comes_and_goes = fault.quantity == "constancy" or (fault.ball is not None and outcome.right())
    if not comes_and_goes or not varies_by_order(trial, outcome.expression):
        return None
    return conclude(trial, outcome.expression) or Diagnosis("unexplained", fault.message)


def _alike(one: list[float | None], two: list[float | None]) -> bool:
    return all(
        a == b
        or (
            a is not None
            and b is not None
            and (math.isclose(a, b, rel_tol=1e-9) or (math.isnan(a) and math.isnan(b)))
        )
        for a, b in zip(one, two, strict=True)
    )


def _symbol_at(fault: Fault) -> tuple[str | None, int | None]:
    expression, node = fault.expression, fault.node
    if expression is None or node is None or node < len(expression.leaves):
        return None, None
    return expression.steps[node - len(expression.leaves)].symbol, None


# 1. What was raised


def _raised(trial: Trial, fault: Fault, error: Exception) -> Diagnosis:
    if isinstance(error, DetachedResultError):
        if isinstance(error.result, (int, float)):
            return Diagnosis(
                "detached result",
                f"{error.symbol} returns the plain number {error.result!r}, which knows nothing of "
                "its operands: return a node",
                error.symbol,
            )
        return Diagnosis("wrong type", str(error), error.symbol)
    assert isinstance(error, EngineError)
    primitive = error.operation if error.operation in PRIMITIVES else None
    if isinstance(error.cause, TimeIsUp):
        return Diagnosis("hang", str(error), primitive)
    hint = ""
    if isinstance(error.cause, RecursionError):
        hint = ": it calls itself without end"
    if primitive is None and fault.expression is not None:
        primitive = _raising_alone(trial, fault.expression, error)
    return Diagnosis("crash", f"{error}{hint}", primitive)


def _raising_alone(trial: Trial, expression: Expression, error: EngineError) -> str | None:
    """Return the one primitive of an expression that raises the same when it is alone."""
    guilty = []
    leaves = len(expression.leaves)
    for form in forms_of(expression):
        seen = [
            apart(step, expression.leaves)
            for step in expression.steps
            if form_of(step) == form
            and all(isinstance(o, Constant) or o < leaves for o in step.operands)
        ]
        for single in (*seen, *samples(trial, form)):
            try:
                trial.engine.run(single)
            except (EngineError, DetachedResultError) as again:
                if type(getattr(again, "cause", None)) is type(error.cause):
                    guilty.append(form.symbol)
    return guilty[0] if len(set(guilty)) == 1 else None


# Lost digits


def _inaccurate(trial: Trial, fault: Fault, outcome: Outcome) -> Diagnosis | None:
    elsewhere = coarse(trial, outcome) or conflated(trial, outcome)
    if elsewhere is not None:
        return elsewhere
    # Where a gradient is tiny a wrong rule looks like lost digits. Elsewhere it shows.
    rule = _edges(trial, outcome)
    if rule is not None and rule.kind not in {"inaccurate", "unexplained"}:
        return rule
    guilty = []
    for index, step in enumerate(outcome.expression.steps):
        by_itself = measure(trial, alone(outcome, index))
        if by_itself is not None and not by_itself.right():
            guilty.append(step.symbol)
    primitive = guilty[0] if len(set(guilty)) == 1 else None
    return Diagnosis("inaccurate", f"{fault.message}: {DIGITS}", primitive)


# 5. One primitive alone


def _edges(trial: Trial, outcome: Outcome) -> Diagnosis | None:
    """Look for a wrong rule among all primitives of the expression, each alone."""
    expression = outcome.expression
    found: list[Diagnosis] = []
    forms = forms_of(expression)
    both_nodes = [
        Form(f.symbol, (False, False))
        for f in forms
        if PRIMITIVES[f.symbol].operands == ("either", "either")
    ]
    for form in dict.fromkeys((*both_nodes, *forms)):
        seen = [
            alone(outcome, index)
            for index, step in enumerate(expression.steps)
            if form_of(step) == form
        ]
        guilty: list[tuple[int, str, str]] = []
        for position, constant in enumerate(form.constants):
            if constant:
                continue
            edge = Edge(form, position)
            table = measure_edge(trial, edge, seen)
            if all(m.right for m in table):
                continue
            mistake = explain(edge, table)
            if mistake is None and all(m.right for m in table if m.upstream == 1.0):
                continue  # not wrong alone, but below another: not a matter of its rule
            if mistake is None:
                return Diagnosis(
                    "unexplained",
                    f"{form.symbol} alone gives wrong gradients, but no known mistake explains "
                    "what comes out",
                    form.symbol,
                )
            kind, sentence = mistake
            if kind == "missing gradient" and takes_an_operands_gradient(trial, edge):
                kind = "upstream ignored"
                sentence = (
                    "the partial is multiplied by the gradient of an operand, not by out.grad"
                )
            guilty.append((position, kind, sentence))
        if guilty:
            found.append(_of_edges(trial, form, guilty))
    # Of several the first: each is real, and each primitive has a law of its own.
    return found[0] if found else None


def _of_edges(trial: Trial, form: Form, guilty: list[tuple[int, str, str]]) -> Diagnosis:
    """Put together what was found for the operands of one form."""
    positions = [position for position, _, _ in guilty]
    kinds = {kind for _, kind, _ in guilty}
    if (
        kinds == {"missing gradient"}
        and len(guilty) == form.nodes
        and len(forgotten_operands(trial, form)) == form.nodes
    ):
        return Diagnosis(
            "detached result",
            f"{_called(form)} returns a new leaf that knows nothing of its operands",
            form.symbol,
        )
    sides = ("left operand", "right operand") if len(form.constants) > 1 else ("operand",)
    by_sentence: dict[str, list[str]] = {}
    for position, _, text in guilty:
        by_sentence.setdefault(text, []).append(sides[position])
    sentence = "; ".join(f"{' and '.join(who)}: {text}" for text, who in by_sentence.items())
    return Diagnosis(
        guilty[0][1],
        f"in the rule of {_called(form)}, {sentence}",
        form.symbol,
        positions[0] if len(positions) == 1 else None,
    )


def _called(form: Form) -> str:
    number = "n" if form.symbol == "**" else "2"
    names = [
        number if constant else name for constant, name in zip(form.constants, "xy", strict=False)
    ]
    return PRIMITIVES[form.symbol].spelling.format(*names)
