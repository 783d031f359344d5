"""What a law raises: a fault of the engine, or that the law does not apply to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flint import arb

    from valuecheck.program.expression import Expression

__all__ = ["Fault", "NotJudged"]


class Fault(AssertionError):  # noqa: N818 - a fault is what it is called in the report
    """The engine on trial did something that no correct engine does.

    Attributes:
        message: what was wrong, for a person.
        expression: the program it happened on.
        node: the node whose number is wrong, None when nothing was computed.
        quantity: "primal", "adjoint", or what else was looked at.
        got: what the engine gave.
        ball: where every correct engine's number lies, when that is a ball.
        rough: inside the loose ball: lost digits, not a wrong rule.
        story: Python to follow the program, where the fault takes more than one sweep to show.
        complete: the story needs no program before it.
        error: what the engine raised, if it did.
    """

    def __init__(
        self,
        message: str,
        expression: Expression | None = None,
        *,
        node: int | None = None,
        quantity: str = "",
        got: Any = None,
        ball: arb | None = None,
        rough: bool = False,
        error: Exception | None = None,
        story: str = "",
        complete: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expression = expression
        self.node = node
        self.quantity = quantity
        self.got = got
        self.ball = ball
        self.rough = rough
        self.error = error
        self.story = story
        self.complete = complete


class NotJudged(BaseException):
    """A law does not apply to this engine; the text says why.

    Not an Exception: Hypothesis would take it for a failure.
    """
