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

from valuecheck.engine import DetachedResultError, EngineError
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import Program, in_domain, with_factor
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.ruler import enclose, midpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuecheck.trial import Trial

__all__ = [
    "Edge",
    "Form",
    "Measured",
    "Outcome",
    "alone",
    "apart",
    "every_form",
    "form_of",
    "forms_of",
    "join_of",
    "joins_of",
    "measure",
    "measure_edge",
    "one_step",
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


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in a step: the symbol, and which operands are plain numbers."""

    symbol: str
    constants: tuple[bool, ...]

    def step(self, nodes: Sequence[int], constants: Sequence[float]) -> Step:
        """Return a step of this form on the nodes and constants, each taken in turn."""
        next_node, next_constant = iter(nodes), iter(constants)
        return Step(
            self.symbol,
            tuple(
                Constant(next(next_constant)) if constant else next(next_node)
                for constant in self.constants
            ),
        )

    @property
    def nodes(self) -> int:
        """The number of operands that are nodes."""
        return self.constants.count(False)


def form_of(step: Step) -> Form:
    """Return the form of a step."""
    return Form(step.symbol, tuple(isinstance(operand, Constant) for operand in step.operands))


def forms_of(expression: Expression) -> list[Form]:
    """Return the forms of the steps of an expression, each once, in the order of building."""
    return list(dict.fromkeys(map(form_of, expression.steps)))


def every_form(trial: Trial, forms: Sequence[Form] = ()) -> list[Form]:
    """Return the forms given and one of each further primitive that the engine has."""
    given = {form.symbol for form in forms}
    more = [
        Form(s, tuple(kind == "number" for kind in PRIMITIVES[s].operands))
        for s in trial.sound
        if s not in given
    ]
    return [*forms, *more]


def joins_of(trial: Trial) -> list[str]:
    """Return the operators that can join two nodes, the plainest first."""
    return [s for s in "+*-/" if s in trial.sound]


def join_of(symbol: str) -> Form:
    """Return the form of a binary primitive on two nodes."""
    return Form(symbol, (False, False))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an engine made of an expression, beside what is right.

    Attributes:
        expression: the expression.
        primals: what the engine computed; None in place of what is no number.
        adjoints: what its sweep left.
        true_primals: the centres of the balls.
        true_adjoints: the centres of the balls.
        primal_right: for each node whether the primal lies in its ball.
        adjoint_right: for each node whether the adjoint lies in its ball.
        data_changed: whether the sweep changed a primal.
    """

    expression: Expression
    primals: list[float | None]
    adjoints: list[float | None]
    true_primals: list[float]
    true_adjoints: list[float]
    primal_right: list[bool]
    adjoint_right: list[bool]
    data_changed: bool

    def right(self) -> bool:
        """Say whether every number is right."""
        return all(self.primal_right) and all(self.adjoint_right)

    def operands_of(self, step: Step) -> list[float]:
        """Return the numbers that a step of the expression is applied to, as they should be."""
        return [
            self.true_primals[o] if isinstance(o, int) else float(o.value) for o in step.operands
        ]


def _numbers(given: Sequence[Any]) -> list[float | None]:
    numbers: list[float | None] = []
    for number in given:
        try:
            numbers.append(read_number(number))
        except NotANumberError:
            numbers.append(None)
    return numbers


def measure(trial: Trial, expression: Expression) -> Outcome | None:
    """Run an expression and compare all its numbers with the balls; None when it raises."""
    try:
        replayed = trial.engine.run(expression)
    except (EngineError, DetachedResultError):
        return None
    balls = enclose(expression)
    primals, adjoints = _numbers(replayed.primals), _numbers(replayed.adjoints)

    def hits(numbers: list[float | None], centres: Sequence[Any]) -> list[bool]:
        return [n is not None and agrees(n, ball) for n, ball in zip(numbers, centres, strict=True)]

    try:
        after = [trial.engine.data(node) for node in replayed.nodes]
    except EngineError:
        return None
    adjoint_right = hits(adjoints, balls.adjoints)
    for node in replayed.aliases():
        adjoint_right[node] = True
    if not trial.keeps_interior:
        first = len(expression.leaves)
        adjoint_right[first:] = [True] * len(expression.steps)
    return Outcome(
        expression,
        primals,
        adjoints,
        [midpoint(ball) for ball in balls.primals],
        [midpoint(ball) for ball in balls.adjoints],
        hits(primals, balls.primals),
        adjoint_right,
        _numbers(after) != primals and all(map(math.isfinite, filter(None, primals))),
    )


def alone(outcome: Outcome, index: int) -> Expression:
    """Return a step of an expression on leaves with the primals that its operands have there."""
    return apart(outcome.expression.steps[index], outcome.true_primals)


def apart(step: Step, primals: Sequence[float]) -> Expression:
    """Return a step on leaves of its own, with the primals that its operands have."""
    return one_step(
        form_of(step),
        [primals[o] for o in step.operands if isinstance(o, int)],
        [o.value for o in step.operands if isinstance(o, Constant)],
    )


@dataclass(frozen=True, slots=True)
class Edge:
    """One operand of one step: the way along which a contribution travels."""

    form: Form
    position: int


@dataclass(frozen=True, slots=True)
class Measured:
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


def one_step(form: Form, numbers: Sequence[float], constants: Sequence[float]) -> Expression:
    """Return a step of a form on leaves of its own."""
    return Expression(tuple(numbers[: form.nodes]), (form.step(range(form.nodes), constants),))


def samples(trial: Trial, form: Form) -> list[Expression]:
    """Return steps of a form on generic leaves of their own, all in domain and distinct."""
    candidates = [e for e in dict.fromkeys(_candidates(trial, form)) if in_domain(e)]
    step, constants = max(1, len(candidates) // _MOST), len({e.steps for e in candidates})
    while math.gcd(step, constants) > 1:
        step += 1  # a step in time with the constants would never meet some of them
    return candidates[::step]


def _candidates(trial: Trial, form: Form) -> Iterator[Expression]:
    constants: Sequence[float] = (1.9, 3, -0.6, 2.3, -2)
    if form.symbol == "**":
        constants = list(filter(trial.engine.takes_exponent, EXPONENTS))
    for shift, constant in product(range(len(GENERIC)), constants):
        numbers = [GENERIC[(shift + 3 * i) % len(GENERIC)] for i in range(2)]
        yield one_step(form, numbers, [constant])


def carrier(trial: Trial, symbol: str) -> str | None:
    """Return a primitive that makes an upstream rightly: * or /, but not the one under study."""
    for candidate in "*/":
        if candidate != symbol and candidate in trial.sound:
            probe = Expression((GENERIC[0], 0.5), (Step(candidate, (0, 1)),))
            outcome = measure(trial, probe)
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


def measure_edge(trial: Trial, edge: Edge, seen: Sequence[Expression] = ()) -> list[Measured]:
    """Measure what travels along an edge when nothing else is going on: one step, one use.

    Args:
        trial: the engine on trial.
        edge: which operand of what step.
        seen: further one-step expressions of that form to measure on, such as the step of a
            counterexample.
    """
    table = []
    by = carrier(trial, edge.form.symbol)
    for expression in (*seen, *samples(trial, edge.form)):
        for factor in FACTORS:
            program = scaled(expression, factor, by)
            row = None if program is None else _measured(trial, program, edge, expression)
            if row is not None:
                table.append(row)
    return table


def takes_an_operands_gradient(trial: Trial, edge: Edge) -> bool:
    """Say whether an edge on which nothing arrives alone takes an operand's gradient for out's.

    Then it hands on the partial times that, as soon as the operand has a gradient.
    """
    # Not by a sum: there the operand and the result have the same gradient.
    by = next((s for s in "*/" if s in trial.sound and s != edge.form.symbol), None)
    return by is not None and any(
        all(_arrives(trial, single, edge, by, operand) for single in samples(trial, edge.form)[:3])
        for operand in range(edge.form.nodes)
    )


def _arrives(trial: Trial, single: Expression, edge: Edge, by: str, operand: int) -> bool:
    """Say whether the partial times an operand's gradient arrives once the operand is used again.

    Args:
        trial: the engine on trial.
        single: one step.
        edge: which of its operands is looked at.
        by: what joins the step to the operand.
        operand: the node that is used again.
    """
    program = Program.of(single)
    program.add(by, program.expression.output, operand)
    outcome = measure(trial, program.expression)
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
    return got is not None and math.isclose(got, predicted, rel_tol=1e-9)


def _measured(trial: Trial, program: Expression, edge: Edge, single: Expression) -> Measured | None:
    outcome = measure(trial, program)
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
    return Measured(
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
