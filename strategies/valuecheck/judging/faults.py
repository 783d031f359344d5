"""Faults: what an engine did that no correct engine does, a class for each kind.

Each knows how to print the program that shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from valuecheck.program.form import Form
from valuecheck.program.source import assertion
from valuecheck.truth.agreement import decides
from valuecheck.truth.ruler import enclose, midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flint import arb

    from valuecheck.engines.protocol import NotNumber, Number, Question, Raised
    from valuecheck.program.expression import Expression
    from valuecheck.program.source import Source

__all__ = [
    "AtTheKinkError",
    "BrokenError",
    "ChangedError",
    "DeepError",
    "DirectionError",
    "Fault",
    "InconstantError",
    "LostError",
    "NotANumberFault",
    "NotJudged",
    "RaisedError",
    "ScalingError",
    "SpecialValueError",
    "StoryFault",
    "UndecidedError",
    "WrongNumberError",
    "asserted",
]

Quantity = Literal["data", "grad"]


class NotJudged(BaseException):
    """A law does not apply to this engine; the text says why.

    Not an Exception: Hypothesis would take it for a failure.
    """


class UndecidedError(Exception):
    """Nothing can be said about a program: beyond the range of its numbers an engine may raise."""


class Fault(AssertionError):  # noqa: N818 - a fault is what it is called in the report
    """An engine did something that no correct engine does.

    Attributes:
        message: what was wrong, for a person.
        expression: the program it happened on, None when it was none.
    """

    def __init__(self, message: str, expression: Expression | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.expression = expression

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it, without what fails."""
        if self.expression is None:
            return []
        return [*source.lines(self.expression), source.sweep(self.expression)]

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        if self.expression is None:
            return []
        return [*self.program(source), *_reads_all(source, self.expression)]


def _reads_all(source: Source, expression: Expression) -> list[str]:
    reads = [source.read("grad", expression, node) for node in range(len(expression.leaves))]
    return [f"float({read} or 0.0)" for read in reads]


def asserted(source: Source, quantity: str, expression: Expression, node: int, ball: arb) -> str:
    """Return the Python that asserts that a number of a node lies in its ball."""
    return assertion(source.read(quantity, expression, node), midpoint(ball), radius(ball))


class WrongNumberError(Fault):
    """A number lies outside its ball.

    Attributes:
        node: whose number it is.
        quantity: "data" or "grad".
        got: what the engine holds there.
        ball: where every correct engine's number lies.
        rough: it lies inside the loose ball: lost digits, not a wrong rule.
    """

    expression: Expression

    def __init__(
        self,
        message: str,
        expression: Expression,
        *,
        node: int,
        quantity: Quantity,
        got: Number,
        ball: arb,
        rough: bool = False,
    ) -> None:
        super().__init__(message, expression)
        self.node = node
        self.quantity = quantity
        self.got = got
        self.ball = ball
        self.rough = rough

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it, without what fails."""
        lines = source.lines(self.expression)
        return lines if self.quantity == "data" else [*lines, source.sweep(self.expression)]

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        read = source.read(self.quantity, self.expression, self.node)
        # What is kept in single precision may call itself equal to what it is not.
        held = f"float({read} or 0.0)" if self.quantity == "grad" else f"float({read})"
        checked = assertion("got", midpoint(self.ball), radius(self.ball))
        return [*self.program(source), f"got = {held}", checked]


class DeepError(WrongNumberError):
    """The sweep of a long chain ends with a wrong number, and says nothing.

    Attributes:
        depth: the least number of steps at which that was seen.
    """

    def __init__(self, expression: Expression, got: Number, ball: arb, *, depth: int) -> None:
        message = f"the grad at the start of a chain of {depth:,} steps is {got!r}, not 1.0"
        super().__init__(message, expression, node=0, quantity="grad", got=got, ball=ball)
        self.depth = depth

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it: a loop."""
        add = source.spellings["+"].format("v", "x1")
        return [
            source.leaf("x0", 1.5),
            source.leaf("x1", 0.0),
            "v = x0",
            f"for _ in range({self.depth}):",
            f"    v = {add}",
            source.spellings["backward"].format("v"),
        ]


class NotANumberFault(Fault):
    """What stands at a node is not a number.

    Attributes:
        node: where.
        quantity: "data" or "grad".
        got: what stands there.
    """

    expression: Expression

    def __init__(
        self, expression: Expression, *, node: int, quantity: Quantity, got: NotNumber
    ) -> None:
        super().__init__(f"{quantity} of {expression.name(node)}: {got}", expression)
        self.node = node
        self.quantity = quantity
        self.got = got

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        read = source.read(self.quantity, self.expression, self.node)
        return [*self.program(source), f"float({read} + 0.0)"]


class RaisedError(Fault):
    """The engine raised where a correct one returns, or an operation did not give a node.

    Attributes:
        error: what it raised.
        operation: the symbol, "backward", "constructor", or "" where that is not known.
    """

    def __init__(
        self,
        error: Raised,
        expression: Expression | None,
        operation: str,
        story: Sequence[str] = (),
    ) -> None:
        said = str(error) if error.type == "not a node" else f"{operation} raised {error}"
        super().__init__(said, expression)
        self.error = error
        self.operation = operation
        self.story: list[str] = list(story)

    @property
    def detached(self) -> bool:
        """Whether an operation gave something that is not a node."""
        return self.error.type == "not a node"

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it, without what fails."""
        return self.story or super().program(source)

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        if self.story or self.expression is None:
            return self.story
        lines = source.lines(self.expression)
        if self.detached:
            # What comes later may take the number that was given in place of a node.
            return lines + [
                f"float({source.read('data', self.expression, node)} + 0.0)"
                for node, step in enumerate(self.expression.steps, len(self.expression.leaves))
                if self.operation in {step.symbol, str(Form.of(step))}
            ]
        return [*lines, source.sweep(self.expression)]


class BrokenError(RaisedError):
    """An operation that is there failed on its simplest use, when the engine was bound."""


class LostError(Fault):
    """No answer came: the engine hangs, or its process ended.

    Attributes:
        question: what it was asked, None where it could not even be started.
        hangs: whether time was up.
    """

    def __init__(self, message: str, question: Question | None, *, hangs: bool) -> None:
        super().__init__(message, question.expression if question is not None else None)
        self.question = question
        self.hangs = hangs

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it."""
        if self.question is None:
            return []
        return source.question(self.question.expression, self.question.then)

    def failing(self, source: Source) -> list[str]:
        """Return Python that does not come back on the engine."""
        return self.program(source)


class DirectionError(Fault):
    """Some gradient is wrong: the law that says so does not know which."""

    expression: Expression

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        balls = enclose(self.expression).adjoints[: len(self.expression.leaves)]
        return [
            *self.program(source),
            *(
                asserted(source, "grad", self.expression, leaf, ball)
                for leaf, ball in enumerate(balls)
                if decides(ball)
            ),
        ]


class SpecialValueError(Fault):
    """At a border, or at a number that is not finite, the value is one that floats never give.

    Attributes:
        got: the value.
    """

    expression: Expression

    def __init__(self, message: str, expression: Expression, got: float) -> None:
        super().__init__(message, expression)
        self.got = got

    def program(self, source: Source) -> list[str]:
        """Return the Python that leads to it, without what fails."""
        return source.lines(self.expression)

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        *before, last = source.lines(self.expression)
        result = source.read("data", self.expression, self.expression.output)
        return [
            *before,
            "try:",
            f"    {last}",
            "except (ArithmeticError, ValueError):",
            "    pass  # to raise would be right",
            "else:",
            f"    assert repr(float({result})) != {repr(self.got)!r}, {result}",
        ]


class StoryFault(Fault):
    """It takes more than one sweep to show.

    Attributes:
        story: Python to follow it, the last line of which fails.
        complete: the story has the program in it.
    """

    def __init__(
        self,
        message: str,
        expression: Expression | None,
        story: Sequence[str],
        *,
        complete: bool = False,
    ) -> None:
        super().__init__(message, expression)
        self.story: list[str] = list(story)
        self.complete: bool = complete or expression is None

    def program(self, source: Source) -> list[str]:
        """Return the Python that shows it."""
        if self.complete or self.expression is None:
            return self.story
        return [*source.lines(self.expression), *self.story]

    def failing(self, source: Source) -> list[str]:
        """Return Python that fails on the engine and passes on a right one."""
        return self.program(source)


class ChangedError(StoryFault):
    """An engine changed what it must leave alone."""


class ScalingError(StoryFault):
    """Times a power of two, a gradient is not exactly that many times itself."""


class AtTheKinkError(StoryFault):
    """At a kink it hands on different shares of different upstreams."""


class InconstantError(StoryFault):
    """The same program gives different results from one time to the next.

    Attributes:
        first: what was wrong the first time, if that is known.
    """

    def __init__(
        self,
        message: str,
        expression: Expression | None,
        story: Sequence[str],
        *,
        complete: bool = False,
        first: Fault | None = None,
    ) -> None:
        super().__init__(message, expression, story, complete=complete)
        self.first = first
