"""Policies: what an engine does where several ways are right. They are found out and named."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from valuecheck.engines.protocol import NotNumber, Question, step, to_number
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.truth.agreement import agrees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.engines.protocol import Action, Answer
    from valuecheck.judging.subject import Subject

__all__ = ["AGAIN", "NEITHER", "NOTHING", "OTHERS", "find_policies"]

NEITHER: Final = "neither"
"""What is said of an engine that does not keep to any of the right ways."""

AGAIN: Final = "backward again from gradients of 0"
NOTHING: Final = "nothing arrives"
OTHERS: Final = "other gradients"


def find_policies(subject: Subject) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield the policies by name, each with what finds out the answer when it is called.

    The answer is None where the engine lacks what it takes. To ask may raise `EngineLostError`.
    """
    questions: dict[str, Callable[[Subject], str | None]] = {
        "second backward": lambda subject: subject.second_sweep,
        AGAIN: _again_from_zero,
        "interior gradients": _interior,
        "two outputs over one leaf": _two_outputs,
        "an operation after a sweep": lambda subject: (
            "clears all gradients" if subject.clears_when_built_on else "leaves gradients alone"
        ),
        "relu at 0": _relu_at_zero,
        "data changed after the forward sweep": _data_changed,
        **{name: _border(*case) for name, case in _BORDERS.items()},
    }
    for name, question in questions.items():
        yield name, lambda question=question: question(subject)  # type: ignore[misc]


def _interior(subject: Subject) -> str:
    if not subject.keeps_interior:
        return "not kept, so not judged"
    return "kept" if subject.bypassed is None else "not of every result, so not judged there"


def _ask(subject: Subject, expression: Expression, *then: Action) -> Answer:
    return subject.engine.ask_one(Question(expression, then))


def _raises(answer: Answer) -> str:
    assert answer.error is not None
    return f"raises {answer.error.type}"


def _product_or_sum(subject: Subject) -> str | None:
    return next((symbol for symbol in ("*", "+") if symbol in subject.sound), None)


def _again_from_zero(subject: Subject) -> str | None:
    """Return whether a graph can be swept again once every gradient in it is set to 0."""
    join = _product_or_sum(subject)
    if join is None:
        return None
    expression = Expression((2.0, 3.0), (Step(join, (0, 1)), Step(join, (2, 1))))
    sweep = ("backward", expression.output)
    zeros = [("set", "grad", node, 0.0) for node in range(len(expression))]
    answer = _ask(subject, expression, sweep, ("read",), *zeros, sweep, ("read",))
    if answer.error is not None:
        index = answer.error.at[1]
        if answer.error.at[0] == "then" and 2 <= index < 2 + len(zeros):  # noqa: PLR2004
            return None  # they are kept where the caller cannot set them
        return _raises(answer)
    first, again = (
        [answer.number_of(reading, "grad", leaf) for leaf in (0, 1)] for reading in (0, 1)
    )
    if again == first:
        return "the same gradients"
    return OTHERS if any(again) else NOTHING


def _two_outputs(subject: Subject) -> str | None:
    join = _product_or_sum(subject)
    if join is None:
        return None
    expression = Expression((2.0, 3.0), (Step(join, (0, 1)),))
    once = subject.ruler.enclose(expression).adjoints[0]
    more = [("leaf", 3.0), step(join, 0, 3), ("backward", 4), ("read",)]
    answer = _ask(subject, expression, ("backward", 2), *more)
    if answer.error is not None:
        return _raises(answer)
    got = answer.number_of(0, "grad", 0)
    if not isinstance(got, float):
        return NEITHER
    return "accumulates" if agrees(got, 2 * once) else "resets" if agrees(got, once) else NEITHER


def _relu_at_zero(subject: Subject) -> str | None:
    if "relu" not in subject.sound:
        return None
    expression = Expression((0.0,), (Step("relu", (0,)),))
    answer = _ask(subject, expression, ("backward", 1), ("read",))
    if answer.error is not None:
        return _raises(answer)
    got = answer.number_of(0, "grad", 0)
    return f"gradient {got:g}" if isinstance(got, float) else "gradient 0"


def _data_changed(subject: Subject) -> str | None:
    """Return whether a sweep uses the data that nodes have now, or had when they were used."""
    if "*" not in subject.sound:
        return None
    expression = Expression((2.0, 3.0), (Step("*", (0, 1)),))
    answer = _ask(subject, expression, ("set", "data", 1, 5.0), ("backward", 2), ("read",))
    if answer.error is not None:
        return None  # it cannot be set, or is kept as something else than a plain number
    got = answer.number_of(0, "grad", 0)
    return {5.0: "read live", 3.0: "saved"}.get(got if isinstance(got, float) else 0.0, NEITHER)


_BORDERS: Final = {
    "log of 0": ("log", (0.0,)),
    "log of -1": ("log", (-1.0,)),
    "1 / 0": ("/", (1.0, 0.0)),
    "0 ** -1": ("**", (0.0, -1)),
    "(-8) ** 0.5": ("**", (-8.0, 0.5)),
    "exp of 1000": ("exp", (1000.0,)),
    "inf + 1": ("+", (math.inf, 1.0)),
    "nan * 1": ("*", (math.nan, 1.0)),
}


def _border(symbol: str, numbers: tuple[float, ...]) -> Callable[[Subject], str | None]:
    def question(subject: Subject) -> str | None:
        if symbol not in subject.sound:
            return None
        if symbol == "**" and not subject.engine.takes_exponent(numbers[1]):
            return None
        power = symbol == "**"
        operands = (0, Constant(numbers[1])) if power else tuple(range(len(numbers)))
        expression = Expression(numbers[: 1 if power else None], (Step(symbol, operands),))
        answer = _ask(subject, expression, ("read",))
        if answer.error is not None:
            return _raises(answer)
        got = to_number(answer.got[0].data[-1])
        if isinstance(got, NotNumber):
            return f"raises {got.type}" if got.raised else f"gives {got.repr}"
        return f"gives {got}"

    return question
