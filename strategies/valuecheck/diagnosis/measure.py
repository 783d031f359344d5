"""Small controlled experiments on an engine, from which the diagnosis concludes.

Each experiment is an expression built for one question, on numbers that are unlikely to make two
different mistakes look alike.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from valuecheck.engines.protocol import Question, to_number
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.builder import Program
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import in_domain, with_factor
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import midpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuecheck.engines.protocol import Number
    from valuecheck.judging.subject import Subject

__all__ = [
    "GENERIC",
    "Contribution",
    "Edge",
    "Measurement",
    "alone",
    "apart",
    "close",
    "every_form",
    "forms_of",
    "measure",
    "measure_edge",
    "one_step",
    "precision",
    "reads_grad_for_data",
    "samples",
    "takes_an_operands_gradient",
]

GENERIC: Final = (0.7, 1.3, 1.9, 0.45, 2.3, 0.85, -0.6, -1.7, 2.9, -2.2)
"""Numbers without relations between them; the first ones are in every domain."""

EXPONENTS: Final = (3, 2, -1, 0.5, -2, 2.5, 1, 4)

FACTORS: Final = (1.0, 4.0, -0.5)
"""What makes upstreams: powers of two, so that multiplying and dividing by them loses nothing."""


_MOST: Final = 24
"""About as many single steps are enough to tell formulas apart."""


def forms_of(expression: Expression) -> list[Form]:
    """Return the forms of the steps of an expression, each once, in the order of building."""
    return list(dict.fromkeys(map(Form.of, expression.steps)))


def every_form(subject: Subject, forms: Sequence[Form] = ()) -> list[Form]:
    """Return the forms given and one of each further primitive that the engine has."""
    given = {form.symbol for form in forms}
    return [*forms, *(Form.plainest(s) for s in subject.sound if s not in given)]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an engine made of an expression, beside what is right.

    Attributes:
        expression: the expression.
        primals: what the engine computed; None in place of what is not a number.
        adjoints: what its sweep left.
        true_primals: the centres of the balls.
        true_adjoints: the centres of the balls.
        primal_right: for each node whether the primal lies in its ball.
        adjoint_right: for each node whether the adjoint lies in its ball.
        rough: whether some numbers are right but for lost digits.
        data_changed: whether the sweep changed a primal.
    """

    expression: Expression
    primals: list[float | None]
    adjoints: list[float | None]
    true_primals: list[float]
    true_adjoints: list[float]
    primal_right: list[bool]
    adjoint_right: list[bool]
    rough: bool
    data_changed: bool

    def right(self) -> bool:
        """Return whether every number is right."""
        return all(self.primal_right) and all(self.adjoint_right)

    def operands_of(self, step: Step) -> list[float]:
        """Return the numbers that a step of the expression is applied to, as they should be."""
        return [
            self.true_primals[o] if isinstance(o, int) else float(o.value) for o in step.operands
        ]


def precision(subject: Subject) -> float:
    """Return how far apart, of their size, numbers of an engine may be that are called the same."""
    return max(1e-9, subject.ruler.slack * 2.0**10)


def close(subject: Subject, one: float, two: float) -> bool:
    """Return whether two numbers are the same to within the precision of an engine."""
    return math.isclose(one, two, rel_tol=precision(subject))


def _numbers(given: Sequence[Number]) -> list[float | None]:
    numbers: list[float | None] = []
    for number in given:
        try:
            numbers.append(read_number(number))
        except NotANumberError:
            numbers.append(None)
    return numbers


def measure(subject: Subject, expression: Expression) -> Measurement | None:
    """Run an expression and compare all its numbers with the balls; None when it raises."""
    then = (("read",), ("backward", expression.output), ("read",))
    answer = subject.engine.ask_one(Question(expression, then))
    if answer.error is not None:
        return None
    before, after = answer.got
    same = {node: first for node, first in after.same if node >= len(expression.leaves)}
    balls = subject.ruler.enclose(expression, same=same)
    primals = _numbers([to_number(number) for number in before.data])
    adjoints = _numbers([to_number(number) for number in after.grad])

    def hits(numbers: list[float | None], centres: Sequence[Any]) -> list[bool]:
        return [n is not None and agrees(n, ball) for n, ball in zip(numbers, centres, strict=True)]

    primal_right, adjoint_right = hits(primals, balls.primals), hits(adjoints, balls.adjoints)
    tight = [*primal_right, *adjoint_right]
    if not all(tight):  # lost digits are no mistake
        loose = subject.ruler.enclose(expression, same=same, loose=True)
        primal_right = [
            a or b for a, b in zip(primal_right, hits(primals, loose.primals), strict=True)
        ]
        adjoint_right = [
            a or b for a, b in zip(adjoint_right, hits(adjoints, loose.adjoints), strict=True)
        ]
    for node in same:
        adjoint_right[node] = True
    first = len(expression.leaves)
    if not subject.keeps_interior:
        adjoint_right[first:] = [True] * len(expression.steps)
    elif all(adjoint_right[:first]):  # as the judge has it: the leaves tell
        adjoint_right[first:-1] = [adjoint is not None for adjoint in adjoints[first:-1]]
    return Measurement(
        expression,
        primals,
        adjoints,
        [midpoint(ball) for ball in balls.primals],
        [midpoint(ball) for ball in balls.adjoints],
        primal_right,
        adjoint_right,
        [*primal_right, *adjoint_right] != tight,
        before.data != after.data and all(map(math.isfinite, filter(None, primals))),
    )


def alone(outcome: Measurement, index: int) -> Expression:
    """Return a step of an expression on leaves with the primals that its operands have there."""
    return apart(outcome.expression.steps[index], outcome.true_primals)


def apart(step: Step, primals: Sequence[float]) -> Expression:
    """Return a step on leaves of its own, with the primals that its operands have."""
    constants = [o.value for o in step.operands if isinstance(o, Constant)]
    return one_step(
        Form.of(step),
        [primals[o] for o in step.operands if isinstance(o, int)],
        constants[0] if constants else 2.0,
    )


@dataclass(frozen=True, slots=True)
class Edge:
    """One operand of one step: the way along which a contribution travels."""

    form: Form
    position: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution along one edge, as it should be and as it came.

    Attributes:
        operands: the primals of the step's operands.
        result: the primal of the step.
        partials: the partials by every operand.
        upstream: the adjoint of the step.
        got: what arrived at the operand.
        right: whether that lies in the ball.
    """

    operands: tuple[float, ...]
    result: float
    partials: tuple[float, ...]
    upstream: float
    got: float
    right: bool


def one_step(form: Form, numbers: Sequence[float], constant: float = 2.0) -> Expression:
    """Return a step of a form on leaves of its own."""
    return Expression(tuple(numbers[: form.nodes]), (form.step(range(form.nodes), constant),))


def samples(subject: Subject, form: Form) -> list[Expression]:
    """Return steps of a form on generic leaves of their own, all in domain and distinct."""
    candidates = [e for e in dict.fromkeys(_candidates(subject, form)) if in_domain(e)]
    step, constants = max(1, len(candidates) // _MOST), len({e.steps for e in candidates})
    while math.gcd(step, constants) > 1:
        step += 1  # a step in time with the constants would never meet some of them
    return candidates[::step]


def _candidates(subject: Subject, form: Form) -> Iterator[Expression]:
    constants: Sequence[float] = (1.9, 3, -0.6, 2.3, -2)
    if form.symbol == "**":
        constants = list(filter(subject.engine.takes_exponent, EXPONENTS))
    for shift, constant in product(range(len(GENERIC)), constants):
        numbers = [GENERIC[(shift + 3 * i) % len(GENERIC)] for i in range(2)]
        yield one_step(form, numbers, constant)


def carrier(subject: Subject, symbol: str) -> str | None:
    """Return a primitive that makes an upstream correctly: * or /, but not the one under study."""
    for candidate in "*/":
        if candidate != symbol and candidate in subject.sound:
            probe = Expression((GENERIC[0], 0.5), (Step(candidate, (0, 1)),))
            outcome = measure(subject, probe)
            if outcome is not None and outcome.right():
                return candidate
    return None


def scaled(expression: Expression, factor: float, by: str | None) -> Expression | None:
    """Return the expression times, or divided by, a factor: its adjoint is that, or its inverse.

    None where a factor other than 1 is asked for and nothing makes it.
    """
    if factor == 1.0:
        return expression
    return None if by is None else with_factor(expression, factor, by)


def measure_edge(
    subject: Subject, edge: Edge, seen: Sequence[Expression] = ()
) -> list[Contribution]:
    """Measure what travels along an edge when nothing else is going on: one step, one use.

    Args:
        subject: the engine.
        edge: which operand of what step.
        seen: further one-step expressions of that form to measure on, such as the step of a
            counterexample.
    """
    table = []
    by = carrier(subject, edge.form.symbol)
    for expression in (*seen, *samples(subject, edge.form)):
        for factor in FACTORS:
            program = scaled(expression, factor, by)
            row = None if program is None else _measured(subject, program, edge, expression)
            if row is not None:
                table.append(row)
    return table


def takes_an_operands_gradient(subject: Subject, edge: Edge) -> bool:
    """Return whether an edge on which nothing arrives alone takes an operand's gradient for out's.

    Then it hands on the partial times that, as soon as the operand has a gradient.
    """
    # Not by a sum: there the operand and the result have the same gradient.
    by = next((s for s in "*/" if s in subject.sound and s != edge.form.symbol), None)
    return by is not None and any(
        all(
            _arrives(subject, single, edge, by, operand)
            for single in samples(subject, edge.form)[:3]
        )
        for operand in range(edge.form.nodes)
    )


def reads_grad_for_data(subject: Subject, edge: Edge) -> bool:
    """Return whether something arrives along an edge as soon as an operand has a gradient.

    And nothing without: a sweep finds gradients of 0 at the leaves.
    """
    verdicts = []
    for single in samples(subject, edge.form)[:3]:
        (step,) = single.steps
        target = step.operands[edge.position]
        assert isinstance(target, int)
        given = [("set", "grad", node, 5.0) for node in range(len(single.leaves)) if node != target]
        sweep = (("backward", single.output), ("read",))
        before, after = (
            None if answer.error is not None else answer.number_of(0, "grad", target)
            for answer in subject.engine.ask([Question(single, (*s, *sweep)) for s in ((), given)])
        )
        verdicts.append(not before and isinstance(after, float) and after != 0.0)
    return bool(verdicts) and all(verdicts)


def _arrives(subject: Subject, single: Expression, edge: Edge, by: str, operand: int) -> bool:
    """Return whether an operand's gradient times the partial arrives once it is used again.

    Args:
        subject: the engine.
        single: one step.
        edge: which of its operands is looked at.
        by: what joins the step to the operand.
        operand: the node that is used again.
    """
    program = Program.of(single)
    program.add(by, program.expression.output, operand)
    outcome = measure(subject, program.expression)
    if outcome is None:
        return False
    (step,) = single.steps
    target = step.operands[edge.position]
    assert isinstance(target, int)
    result, output = outcome.true_primals[-2:]
    theirs = partials_at(by, output, (result, outcome.true_primals[operand]))[1]
    own = outcome.operands_of(step)
    predicted = partials_at(edge.form.symbol, result, own)[edge.position] * theirs
    if target == operand:
        predicted += theirs
    got = outcome.adjoints[target]
    return got is not None and close(subject, got, predicted)


def _measured(
    subject: Subject, program: Expression, edge: Edge, single: Expression
) -> Contribution | None:
    outcome = measure(subject, program)
    if outcome is None:
        return None
    node = single.steps[0].operands[edge.position]
    assert isinstance(node, int)
    got = outcome.adjoints[node]
    if got is None:
        return None
    step = len(program.leaves)
    primals = tuple(outcome.operands_of(single.steps[0]))
    result = outcome.true_primals[step]
    return Contribution(
        primals,
        result,
        partials_at(edge.form.symbol, result, primals),
        outcome.true_adjoints[step],
        got,
        outcome.adjoint_right[node],
    )


def partials_at(symbol: str, result: float, operands: Sequence[float]) -> tuple[float, ...]:
    """Return the partials of a primitive in floats; nan for one that cannot be computed."""
    return tuple(
        attempt(functools.partial(partial, FLOATS, result, *operands))
        for partial in PRIMITIVES[symbol].partials
    )


def attempt(compute: Callable[[], float]) -> float:
    """Return what a float computation gives, nan where it raises."""
    try:
        return float(compute())
    except (ArithmeticError, ValueError, TypeError):
        return float("nan")
