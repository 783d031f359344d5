"""An engine as the judge sees it: what it has, and answers to questions."""

from __future__ import annotations

import abc
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from valuecheck.program.primitives import EXPONENTS, PRIMITIVES
from valuecheck.program.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.engines.protocol import Answer, Hello, Question

__all__ = [
    "STOP",
    "CannotCheckError",
    "Engine",
    "EngineLostError",
    "OutOfTimeError",
    "ValuecheckError",
]

STOP: Final = threading.Event()
"""Set when the user interrupts: an exception alone may be lost where a callback swallows it."""


class ValuecheckError(Exception):
    """What everything that valuecheck raises on purpose derives from, other than faults."""


class CannotCheckError(ValuecheckError):
    """A target cannot be checked; the text says why and what to do."""


class OutOfTimeError(BaseException):
    """Something takes longer than it may; not an Exception: Hypothesis takes that for a failure."""


class EngineLostError(BaseException):
    """No answer came: the engine hangs, its process ended, or it spoiled the answers.

    Not an Exception: Hypothesis would take it for a failure, and lose the engine again and again in
    the search for a smaller one.

    Attributes:
        question: what it was asked, None while it was loaded.
        hangs: whether time was up.
    """

    def __init__(
        self, reason: str, *, question: Question | None = None, hangs: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.question = question
        self.hangs = hangs


class Engine(abc.ABC):
    """An engine that can be asked.

    Attributes:
        hello: what it said first.
        source: how it is written in Python.
        until: when no more may be asked, by `time.monotonic()`; None for as long as it takes.
    """

    def __init__(self, hello: Hello) -> None:
        self.hello = hello
        self.until: float | None = None
        self.source: Source = Source(
            hello.name,
            hello.spellings,
            module=hello.module,
            importable=hello.importable,
            search_path=hello.search_path,
        )

    def ask(self, questions: Sequence[Question], ahead: Sequence[Question] = ()) -> list[Answer]:
        """Return the answers to questions, in their order.

        Args:
            questions: what is asked.
            ahead: what will be asked next; the engine may work on it while this is judged.

        Raises `EngineLostError` when no answer comes; the next question finds a new engine. Raises
        `OutOfTimeError` when no more may be asked, and `KeyboardInterrupt` once there was one.
        """
        if STOP.is_set():
            raise KeyboardInterrupt
        if self.until is not None and time.monotonic() > self.until:
            raise OutOfTimeError
        return self._answers(questions, ahead)

    @abc.abstractmethod
    def _answers(
        self, questions: Sequence[Question], ahead: Sequence[Question] = ()
    ) -> list[Answer]:
        """Return the answers to questions, in their order."""

    def spare(self) -> Engine | None:
        """Return another engine of the same kind, started for itself; None where there is none."""
        return None

    def close(self) -> None:  # noqa: B027 - in this process there is nothing to end
        """End what runs on the engine's side."""

    def ask_one(self, question: Question) -> Answer:
        """Return the answer to one question."""
        return self.ask([question])[0]

    @property
    def supported(self) -> list[str]:
        """The symbols of the primitives it has, in the order of the table."""
        return [symbol for symbol in PRIMITIVES if symbol in self.hello.primitives]

    @property
    def sides(self) -> dict[str, list[Any]]:
        """By symbol of a binary primitive, the sides where it takes a plain number."""
        return {
            symbol: list(sides)
            for symbol, sides in self.hello.primitives.items()
            if symbol in PRIMITIVES and "either" in PRIMITIVES[symbol].operands
        }

    @property
    def exponents(self) -> tuple[float, ...]:
        """The plain numbers of the usual ones that may stand as the exponent of a power."""
        return tuple(n for n in EXPONENTS if self.takes_exponent(n)) or EXPONENTS[:1]

    def takes_exponent(self, exponent: float) -> bool:
        """Return whether a number, of its type, may stand as the exponent of a power.

        An exponent that was not tried is accepted if all tried ones of its kind were.
        """
        taken = self.hello.exponents
        if isinstance(exponent, bool) and not self.hello.python:
            return False  # other languages have no such number
        if taken == "any":
            return True
        if taken == "integers":
            return type(exponent) is int
        known = {(type(n), n) for n in taken}
        if isinstance(exponent, bool):
            return (bool, exponent) in known
        tried = [n for n in EXPONENTS if type(n) is type(exponent) and n == exponent]
        tried = tried or [n for n in EXPONENTS if _kind(n) == _kind(exponent)]
        return bool(tried) and all((type(n), n) in known for n in tried)


def _kind(exponent: float) -> tuple[type, bool, bool]:
    """Return of which type an exponent is, whether it is whole, and whether negative."""
    return type(exponent), float(exponent).is_integer(), exponent < 0
