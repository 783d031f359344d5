"""The judge: runs a program on an engine and holds every number to its ball."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.protocol import Answer, NotNumber, Number, Question, Raised, to_number
from valuecheck.judging.faults import (
    ChangedError,
    LostError,
    NotANumberFault,
    NotJudged,
    Quantity,
    RaisedError,
    UndecidedError,
    WrongNumberError,
    asserted,
)
from valuecheck.judging.ledger import Ledger
from valuecheck.truth.agreement import Agreement, agrees, judge, read_number
from valuecheck.truth.oracles.panel import ORACLES, votes
from valuecheck.truth.ruler import DOUBLE, midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flint import arb

    from valuecheck.engines.engine import EngineLostError
    from valuecheck.engines.protocol import Action
    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression
    from valuecheck.truth.ruler import Enclosure

__all__ = ["Consult", "Judge", "Run"]

Consult: TypeAlias = "Callable[[Expression, Enclosure], None]"
"""What is done with an expression that held, and its balls."""

_ARITHMETIC: Final = {"ZeroDivisionError", "OverflowError", "ValueError", "FloatingPointError"}

_PLAIN: Final = {"backward", "read", "leaf", "step", "set"}
"""What every program knows to do."""

_AT_ONCE: Final = 16
"""Programs in one line."""


@dataclass(frozen=True, slots=True)
class Run:
    """What an engine held at one time.

    Attributes:
        data: at each node, its primal.
        grad: at each node, its adjoint.
        same: by node, the earlier node that it is once more.
    """

    data: Sequence[Number]
    grad: Sequence[Number]
    same: Mapping[int, int]

    def data_of(self, node: int) -> float:
        """Return a primal; raises `NotANumberError` where it is not a number."""
        return read_number(self.data[node])

    def grad_of(self, node: int) -> float:
        """Return an adjoint; raises `NotANumberError` where it is not a number."""
        return read_number(self.grad[node])


class Judge:
    """Holds an engine to the ruler.

    Attributes:
        subject: the engine, with what is known of it.
        oracles: the names of those that are asked whether they agree with the ruler.
        ledger: what was counted so far; a law gets a new one.
        last: the program that was asked about latest.
        share: how much of the usual number of examples a law draws, for those that do not draw.
    """

    def __init__(self, subject: Subject, *, oracles: Sequence[str] = tuple(ORACLES)) -> None:
        self.subject = subject
        self.oracles = oracles
        self.share: float = 1.0
        self.ledger: Ledger = Ledger()
        self.last: Expression | None = None

    # Running the engine

    def ask(self, expression: Expression, *then: Action) -> Answer:
        """Return the answer to a question, an error as part of it.

        Raises `EngineLostError` when none comes, and `NotJudged` for a question that the engine
        does not know or a package it needs and does not have.
        """
        self.last = expression
        answer = self.subject.engine.ask_one(Question(expression, then))
        self._refused(answer, then)
        return answer

    @staticmethod
    def _refused(answer: Answer, then: Sequence[Action]) -> None:
        if answer.error is not None:
            place, index = answer.error.at
            # The type of an error is a name that anybody may give one.
            if answer.error.type == "unknown" and place == "then" and then[index][0] not in _PLAIN:
                raise NotJudged("needs a question that this program does not know")
            if answer.error.type == "MissingPackageError":
                raise CannotCheckError(answer.error.message)

    def observe(self, expression: Expression, *then: Action) -> list[Run]:
        """Build an expression, do what is said, and return every reading.

        Raises `RaisedError` when the engine raises.
        """
        __tracebackhide__ = True
        answer = self.ask(expression, *then)
        if answer.error is not None:
            raise raised(answer.error, expression, then)
        return self._runs(answer, expression)

    @staticmethod
    def _runs(answer: Answer, expression: Expression) -> list[Run]:
        __tracebackhide__ = True
        runs = []
        for seen in answer.got:
            for node, number in enumerate(seen.data):
                if isinstance(number, NotNumber) and number.raised:  # it is computed now only
                    raise late(number, expression, node)
            if seen.data:
                data = [to_number(number) for number in seen.data]
                grad = [to_number(number) for number in seen.grad]
                runs.append(Run(data, grad, dict(seen.same)))
        return runs

    def run(self, expression: Expression) -> Run:
        """Build an expression and sweep from its output."""
        __tracebackhide__ = True
        return self.observe(expression, *_swept(expression))[0]

    def build(self, expression: Expression) -> Run:
        """Build an expression, without a sweep."""
        __tracebackhide__ = True
        return self.observe(expression, ("read",))[0]

    # Holding it to its balls

    def hold(self, expression: Expression) -> Run:
        """Run an expression and hold every primal and adjoint to its ball.

        Raises `Fault` for the first primal outside, or else the first adjoint going back, and
        `UndecidedError` where nothing can be said.
        """
        __tracebackhide__ = True
        answer = self.ask(expression, *_swept(expression))
        return self._held(expression, answer, self.enclosed(expression))

    def hold_all(
        self, expressions: Sequence[Expression], *, consult: Consult | None = None
    ) -> None:
        """Hold many programs, in their order; they are asked about many at a time.

        Args:
            expressions: what to run.
            consult: called with each expression that held, and its balls.

        Raises as `hold` does, but for programs of which nothing can be said: they are passed over.
        """
        __tracebackhide__ = True
        asked = [
            [Question(e, _swept(e)) for e in expressions[start : start + _AT_ONCE]]
            for start in range(0, len(expressions), _AT_ONCE)
        ]
        for number, questions in enumerate(asked, 1):
            ahead = asked[number] if number < len(asked) else ()
            self.last = questions[0].expression
            answers = self.subject.engine.ask(questions, ahead)
            for question, answer in zip(questions, answers, strict=True):
                expression = self.last = question.expression
                self._refused(answer, question.then)
                enclosure = self.enclosed(expression)
                with contextlib.suppress(UndecidedError):
                    self._held(expression, answer, enclosure)
                    if consult is not None:
                        consult(expression, enclosure)

    def _held(self, expression: Expression, answer: Answer, enclosure: Enclosure) -> Run:
        """Hold what came of running an expression."""
        __tracebackhide__ = True
        if answer.error is not None:
            if enclosure.undecided == "not finite" and answer.error.type in _ARITHMETIC:
                raise UndecidedError  # a divisor that may be 0, say
            raise raised(answer.error, expression, _swept(expression))
        (run,) = self._runs(answer, expression)
        self._hold_numbers(expression, run, enclosure)
        return run

    def _hold_numbers(self, expression: Expression, run: Run, enclosure: Enclosure) -> None:
        __tracebackhide__ = True
        try:
            self.hold_data(expression, run, enclosure)
        except WrongNumberError as fault:
            # The data was read after the sweep: was it wrong before?
            self.hold_data(expression, self.build(expression), enclosure)
            raise self._changed(fault) from None
        self.hold_grads(expression, run, enclosure)

    def _changed(self, fault: WrongNumberError) -> ChangedError:
        """Return the fault of a sweep that changes data, from a number that was right before it."""
        source, expression = self.subject.engine.source, fault.expression
        return ChangedError(
            f"the sweep changes the data of {expression.name(fault.node)} to {fault.got!r}",
            expression,
            [
                source.sweep(expression),
                asserted(source, "data", expression, fault.node, fault.ball),
            ],
        )

    def enclosed(self, expression: Expression) -> Enclosure:
        """Return the balls of an expression and enter them in the ledger."""
        enclosure = self.subject.ruler.enclose(expression)
        self.ledger.examples += 1
        if enclosure.undecided:
            self.ledger.undecided += 1
        else:
            for ball in enclosure.adjoints[: len(expression.leaves)]:
                size, margin = abs(midpoint(ball)), radius(ball)
                if size > margin:
                    self.ledger.sharpness.append(margin / size)
        return enclosure

    def must_stay_in_range(self, expression: Expression) -> None:
        """Raise `UndecidedError` where a program leaves the range of an engine's numbers.

        What is drawn stays in the range of floats; 1 + 1e-8 is 1 in single precision.
        """
        ruler = self.subject.ruler
        if ruler.width < DOUBLE and ruler.enclose(expression).undecided == "not finite":
            raise UndecidedError

    def loosely(self, expression: Expression) -> Enclosure:
        """Return the loose balls of an expression: for laws that are not about lost digits."""
        return self.subject.ruler.enclose(expression, loose=True)

    def hold_data(self, expression: Expression, run: Run, enclosure: Enclosure) -> None:
        """Hold every primal to its ball, in the order of building."""
        __tracebackhide__ = True
        for node in range(len(expression)):
            self._hold(expression, node, "data", run.data[node], enclosure.primals[node])

    def hold_grads(self, expression: Expression, run: Run, enclosure: Enclosure) -> None:
        """Hold every adjoint to its ball, going back from the output."""
        __tracebackhide__ = True
        # A merged result is due the sum of what its names are due. Leaves are never one another.
        same = {node: first for node, first in run.same.items() if node >= len(expression.leaves)}
        if same:
            enclosure = self.subject.ruler.enclose(expression, same=same)
        for node in range(len(expression.leaves) - 1, -1, -1):
            self._hold(expression, node, "grad", run.grad[node], enclosure.adjoints[node])
        if not self.subject.keeps_interior:
            return
        output = expression.output
        if output not in same:
            self._hold(expression, output, "grad", run.grad[output], enclosure.adjoints[output])
        for node in range(len(expression.leaves), expression.output):
            # All leaves are right. A result that was simplified away has no gradient of its own.
            got, ball = run.grad[node], enclosure.adjoints[node]
            if node not in same and ball.is_zero():
                self._hold(expression, node, "grad", got, ball)  # nothing may arrive there
            if node not in same and not agrees(read_number(got), ball):
                self.subject.bypassed = self.subject.bypassed or expression.ending_at(node)

    def _hold(
        self, expression: Expression, node: int, quantity: Quantity, got: Number, ball: arb
    ) -> None:
        __tracebackhide__ = True

        def loose() -> arb:
            enclosure = self.subject.ruler.enclose(expression, loose=True)
            balls = enclosure.primals if quantity == "data" else enclosure.adjoints
            return balls[node]

        agreement = judge(got, ball, loose)
        if agreement is Agreement.INSIDE:
            return
        if agreement is Agreement.NOT_A_NUMBER:
            assert got is not None
            assert not isinstance(got, float)
            raise NotANumberFault(expression, node=node, quantity=quantity, got=got)
        fault = WrongNumberError(
            f"{quantity} of {expression.name(node)} is {read_number(got)!r}, "
            f"but lies in {spell_ball(ball)}",
            expression,
            node=node,
            quantity=quantity,
            got=got,
            ball=ball,
            rough=agreement is Agreement.ROUGH,
        )
        if not fault.rough:
            raise fault
        # Lost digits are told at the end, and hide nothing that comes after them.
        self.ledger.rough.append(fault)

    def consult(self, expression: Expression, enclosure: Enclosure) -> None:
        """Ask the oracles whether their adjoints lie in the balls; enter a dispute where not."""
        nodes = range(len(expression))
        for name, answers in votes(expression, nodes, self.oracles).items():
            for node, answer in zip(nodes, answers, strict=True):
                ball = enclosure.adjoints[node]
                if answer is not None and not agrees(answer, ball):
                    self.ledger.disputes.append(
                        f"{name} says {answer!r} for the grad of {expression.name(node)}, "
                        f"outside {spell_ball(ball)}, in\n{expression}"
                    )


def _swept(expression: Expression) -> tuple[Action, ...]:
    """Return what is done in most cases: a sweep from the output, and reading all nodes."""
    return ("backward", expression.output), ("read",)


def raised(error: Raised, expression: Expression, then: Sequence[Action] = ()) -> RaisedError:
    """Return the fault of an engine that raised, with the operation that did."""
    place, index = error.at
    operation = "constructor"
    if place == "steps":
        operation = expression.steps[index].symbol
        # What came after it does not matter.
        expression = expression.ending_at(len(expression.leaves) + index)
    elif place == "then":
        name, *arguments = then[index]
        operation = {"step": arguments[0] if arguments else "", "leaf": "constructor"}.get(
            name, str(name)
        )
    return RaisedError(error, expression, str(operation))


def late(number: NotNumber, expression: Expression, node: int) -> RaisedError:
    """Return the fault of an engine that computes data when it is read, and then raises."""
    step = node - len(expression.leaves)
    operation = expression.steps[step].symbol if 0 <= step < len(expression.steps) else "data"
    error = Raised(number.type, number.repr)
    return RaisedError(error, expression.ending_at(min(node, expression.output)), operation)


def lost(error: EngineLostError) -> LostError:
    """Return the fault of an engine of which no answer came."""
    return LostError(error.reason, error.question, hangs=error.hangs)


def spell_ball(ball: arb) -> str:
    """Return a ball as `middle ± radius`."""
    return f"{midpoint(ball)!r} ± {radius(ball):.1g}"
