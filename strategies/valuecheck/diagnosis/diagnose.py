"""From a wrong number to its cause.

A fault is a program and a node whose number is wrong. The diagnosis does not guess from that one
case: it makes controlled experiments, and names a cause only when they all speak for it. Otherwise
it says "unexplained": a wrong explanation is worse than none.

The order of the questions:

1. Did the engine raise, or give what is not a node or not a number? Then that is the cause.
2. Is it a primal? The primitive is known: its operands are right and its result is not.
3. Does the same program give other numbers each time? Then state was left behind.
4. Does it err on nodes of equal value, and never otherwise? Then it takes them for one.
5. One primitive alone, one use: is a partial wrong? Which formula predicts what came?
6. One primitive twice, on nodes of their own: does a rule find what another use saved?
7. One primitive on the result of another, still without sharing: is a rule attached incorrectly?
8. One node used twice, thrice, by one step or by several, a leaf or a result: what is lost?
"""

from __future__ import annotations

import itertools
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.equal_values import conflated
from valuecheck.diagnosis.inspection import forgotten_operands
from valuecheck.diagnosis.known_mistakes import explain
from valuecheck.diagnosis.measure import (
    Contribution,
    Edge,
    Measurement,
    alone,
    apart,
    forms_of,
    measure,
    measure_edge,
    precision,
    reads_grad_for_data,
    samples,
    takes_an_operands_gradient,
)
from valuecheck.diagnosis.patterns import fails, trials
from valuecheck.diagnosis.regions import around
from valuecheck.diagnosis.shared_nodes import conclude, varies_by_order
from valuecheck.diagnosis.shared_storage import saved_in_one_place
from valuecheck.diagnosis.whole_sweep import (
    clipped,
    negative,
    repeated,
    rounded,
    seed,
    steady,
    stops_early,
)
from valuecheck.diagnosis.wrong_values import at_a_border, leaf, primal
from valuecheck.engines.engine import EngineLostError
from valuecheck.engines.protocol import Question
from valuecheck.judging.faults import (
    AtTheKinkError,
    ChangedError,
    DeepError,
    InconstantError,
    LostError,
    NotANumberFault,
    RaisedError,
    SpecialValueError,
    WrongNumberError,
)
from valuecheck.program.expression import Constant, Expression
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.ruler import DOUBLE, midpoint

if TYPE_CHECKING:
    from valuecheck.judging.faults import Fault
    from valuecheck.judging.subject import Subject

__all__ = ["diagnose"]


def diagnose(subject: Subject, fault: Fault) -> Diagnosis:
    """Find the cause of a fault by experiments on the engine."""
    if isinstance(fault, LostError):
        return _lost(subject, fault)
    if isinstance(fault, RaisedError):
        return _raised(subject, fault)
    if isinstance(fault, DeepError):
        return Diagnosis(
            "missing gradient" if not fault.got else "wrong order",
            f"{fault.message}: from about that depth on the sweep goes wrong and says nothing, as "
            "where a RecursionError is caught",
        )
    return _numbers(subject, fault)


def _lost(subject: Subject, fault: LostError) -> Diagnosis:
    kind = "hang" if fault.hangs else "crash"
    if fault.question is None:
        return Diagnosis(kind, fault.message)
    try:
        subject.engine.ask_one(Question(fault.question.expression, (("read",),)))
    except EngineLostError:
        # With one primitive at work it must be that one; with several it may be any.
        symbols = {step.symbol for step in fault.question.expression.steps}
        return Diagnosis(kind, fault.message, symbols.pop() if len(symbols) == 1 else None)
    return Diagnosis(kind, f"the sweep: {fault.message}")


def _numbers(subject: Subject, fault: Fault) -> Diagnosis:
    """Explain numbers that are wrong, or vary."""
    expression = fault.expression
    stateful = isinstance(fault, (ChangedError, InconstantError))
    measured = None if expression is None else measure(subject, expression)
    if isinstance(fault, NotANumberFault):
        varies = measured is not None and _state(subject, fault.expression, measured)
        return varies or Diagnosis("wrong type", fault.message, _symbol_at(fault))
    if expression is None or measured is None:
        return Diagnosis("stale state" if stateful else "unexplained", fault.message)
    if isinstance(fault, WrongNumberError) and fault.rough:
        return _inaccurate(subject, fault)
    found = (
        stops_early(subject, measured)
        or _state(subject, expression, measured)
        or (leaf(subject, expression.leaves) if subject.ruler.width == DOUBLE else None)
        or primal(subject, measured)
        or _inconstant(subject, fault, measured)
    )
    if found is not None:
        return found
    if isinstance(fault, (SpecialValueError, AtTheKinkError)):
        return at_a_border(subject, fault, expression.steps[0].symbol)
    if measured.right():
        # The program is right when it is run by itself: what was wrong came from before.
        if stateful or isinstance(fault, WrongNumberError):
            return Diagnosis("stale state", fault.message if stateful else _STALE)
        return Diagnosis("unexplained", fault.message)
    for question in (seed, repeated, conflated, clipped, _rounded, negative, _edges):
        answer = question(subject, measured)
        if answer is not None:
            return answer
    return (
        saved_in_one_place(subject, expression)
        or conclude(subject, expression)
        or Diagnosis("unexplained", fault.message)
    )


_unseen: Final = itertools.count()
"""Makes numbers that no engine has seen before."""

_STALE: Final = (
    "the same program gives right numbers when it is run again: something is left over from "
    "earlier expressions or sweeps"
)


def _state(subject: Subject, expression: Expression, outcome: Measurement) -> Diagnosis | None:
    """Run the program, and a like one on numbers never seen before, several times over."""
    if outcome.data_changed:
        return Diagnosis("stale state", "the sweep changes values: after it, data is another")
    unseen = Expression(
        tuple(leaf * (1.0 + 2.0**-30 * (1 + next(_unseen) % 97)) for leaf in expression.leaves),
        expression.steps,
    )
    for program in (expression, unseen):
        runs = [measure(subject, program) for _ in range(4)]
        adjoints = [run.adjoints for run in runs if run is not None]
        if any(not _alike(one, two) for one, two in pairwise(adjoints)):
            if varies_by_order(subject, program):
                return None  # operands kept in a set come in any order, and here that matters
            answer = conclude(subject, program) if steady(subject) else None
            if answer is not None and answer.kind != "unexplained":
                return answer
            return Diagnosis(
                "stale state",
                "the same program gives other gradients each time it is built and run: something "
                "is left over from one time to the next",
            )
    return None


def _inconstant(subject: Subject, fault: Fault, outcome: Measurement) -> Diagnosis | None:
    """Explain gradients that vary, where that is for the order in which nodes are swept."""
    comes_and_goes = isinstance(fault, InconstantError) or (
        isinstance(fault, WrongNumberError) and outcome.right()
    )
    if not comes_and_goes or not varies_by_order(subject, outcome.expression):
        return None
    return conclude(subject, outcome.expression) or Diagnosis("unexplained", fault.message)


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


def _symbol_at(fault: NotANumberFault) -> str | None:
    expression = fault.expression
    index = fault.node - len(expression.leaves)
    return expression.steps[index].symbol if index >= 0 else None


# 1. What was raised


def _raised(subject: Subject, fault: RaisedError) -> Diagnosis:
    # A leaf that lost its number may be why: too small a one becomes 0, and 1/0 raises.
    lost = leaf(subject, fault.expression.leaves) if fault.expression is not None else None
    known = fault.expression is not None and all(map(subject.ruler.holds, fault.expression.leaves))
    if lost is not None and not (subject.ruler.width < DOUBLE and known):
        return lost
    primitive = fault.operation if fault.operation in PRIMITIVES else None
    primitive = primitive or _symbol_of_form(fault.operation)
    if fault.detached:
        if fault.error.plain:
            return Diagnosis(
                "detached result",
                f"{fault.message.removesuffix(', not a node')}, which knows nothing of its "
                "operands: return a node",
                primitive,
            )
        return Diagnosis("wrong type", fault.message, primitive)
    if fault.error.type in {"hang", "lost"}:  # it did not survive its first use
        kind = "hang" if fault.error.type == "hang" else "crash"
        return Diagnosis(kind, f"{fault.operation} {fault.error.message}", primitive)
    hint = ": it calls itself without end" if fault.error.type == "RecursionError" else ""
    if primitive is None and fault.expression is not None:
        primitive = _raising_alone(subject, fault.expression, fault.error.type)
    return Diagnosis("crash", f"{fault.message}{hint}", primitive)


def _symbol_of_form(name: str) -> str | None:
    """Return the primitive of a form with a plain number, as `2 - x`."""
    return next(
        (
            symbol
            for symbol, row in PRIMITIVES.items()
            if "either" in row.operands and name in {str(Form(symbol, side)) for side in SIDES}
        ),
        None,
    )


def _raising_alone(subject: Subject, expression: Expression, error: str) -> str | None:
    """Return the one primitive of an expression that raises the same when it is alone."""
    guilty = []
    leaves = len(expression.leaves)
    for form in forms_of(expression):
        seen = [
            apart(step, expression.leaves)
            for step in expression.steps
            if Form.of(step) == form
            and all(isinstance(o, Constant) or o < leaves for o in step.operands)
        ]
        singles = [*seen, *samples(subject, form)]
        answers = subject.engine.ask([Question(e, (("backward", e.output),)) for e in singles])
        guilty += [form.symbol for answer in answers if answer.error and answer.error.type == error]
    return guilty[0] if len(set(guilty)) == 1 else None


# Lost digits


def _rounded(subject: Subject, _measured: Measurement) -> Diagnosis | None:
    return rounded(subject)


def _inaccurate(subject: Subject, fault: WrongNumberError) -> Diagnosis:
    """Explain a number that is right but for lost digits; that says nothing of any rule."""
    elsewhere = leaf(subject, fault.expression.leaves) or rounded(subject)
    if elsewhere is not None:
        return elsewhere
    measured = measure(subject, fault.expression)
    guilty = set()
    for index, step in enumerate(fault.expression.steps if measured is not None else ()):
        assert measured is not None
        by_itself = measure(subject, alone(measured, index))
        if by_itself is not None and by_itself.rough:
            guilty.add(step.symbol)
    primitive = guilty.pop() if len(guilty) == 1 else None
    got = fault.got if isinstance(fault.got, float) else 0.0
    want = midpoint(fault.ball)
    digits = -math.log10(abs(got - want) / abs(want)) if want and got != want else 0.0
    told = f"{fault.message}: only {max(digits, 0.0):.0f} digits are right"
    if primitive in subject.ruler.lossy:
        told += ", since numbers that are nearly equal are subtracted"
    return Diagnosis("inaccurate", told, primitive)


# 5. One primitive alone


def _edges(subject: Subject, outcome: Measurement) -> Diagnosis | None:
    """Look for a wrong rule among all primitives of the expression, each alone."""
    expression = outcome.expression
    found: list[Diagnosis] = []
    forms = forms_of(expression)
    both_nodes = [Form.plainest(f.symbol) for f in forms if "either" in f.row.operands]
    for form in dict.fromkeys((*both_nodes, *forms)):
        if _parts_fail_below_each_other(subject, form.symbol):
            continue
        seen = [
            alone(outcome, index)
            for index, step in enumerate(expression.steps)
            if Form.of(step) == form
        ]
        guilty: list[tuple[int, str, str]] = []
        for position in form.positions:
            edge = Edge(form, position)
            table = _table(subject, edge, seen)
            if all(m.right for m in table):
                continue
            mistake = explain(edge, table, precision(subject))
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
            if kind == "missing gradient" and takes_an_operands_gradient(subject, edge):
                kind = "upstream ignored"
                sentence = (
                    "the partial is multiplied by the gradient of an operand, not by out.grad"
                )
            elif kind == "missing gradient" and reads_grad_for_data(subject, edge):
                kind = "wrong partial"
                sentence = "it is multiplied by the other operand's grad where data belongs"
            guilty.append((position, kind, sentence))
        if guilty:
            found.append(_of_edges(subject, form, guilty))
    # Of several the first: each is real, and each primitive has a law of its own.
    return found[0] if found else None


def _table(subject: Subject, edge: Edge, seen: list[Expression]) -> list[Contribution]:
    """Measure an edge; where only what was seen is wrong, around that as well."""
    table = measure_edge(subject, edge, seen)
    if all(m.right for m in table) or not all(m.right for m in measure_edge(subject, edge)):
        return table
    return measure_edge(subject, edge, [*seen, *around(subject, edge, seen)])


def _parts_fail_below_each_other(subject: Subject, symbol: str) -> bool:
    """Return whether a primitive is made of others that fail as soon as one follows the other.

    Then it is no matter of its rule: it has none.
    """
    parts = [Form.plainest(part) for part in subject.engine.hello.made_of.get(symbol, ())]
    return any(
        fails(trials(subject, lambda p, a=outer, b=inner: p.step(a, p.step(b))))  # type: ignore[misc]
        for outer, inner in itertools.permutations(parts, 2)
    ) and not any(fails(trials(subject, lambda p, a=part: p.step(a))) for part in parts)  # type: ignore[misc]


def _of_edges(subject: Subject, form: Form, guilty: list[tuple[int, str, str]]) -> Diagnosis:
    """Put together what was found for the operands of one form."""
    positions = [position for position, _, _ in guilty]
    kinds = {kind for _, kind, _ in guilty}
    if (
        kinds == {"missing gradient"}
        and len(guilty) == form.nodes
        and len(forgotten_operands(subject, form)) == form.nodes
    ):
        return Diagnosis(
            "detached result",
            f"{_called(form)} returns a new leaf that knows nothing of its operands",
            form.symbol,
        )
    sides = ("left operand", "right operand") if form.row.arity > 1 else ("operand",)
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
    return "x ** n" if form.symbol == "**" else form.written
