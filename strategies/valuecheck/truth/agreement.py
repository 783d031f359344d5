"""The one place that decides whether a number an engine gave agrees with what it must be.

The rules:

- What reads an engine (`valuecheck.worker.numbers`) takes an int, a bool, a float, and whatever
  turns into one float by `item()` or `float()`, such as a 0-d array, for that float. A string, a
  complex number, an array of several numbers is not a number.
- None is read as 0.0: nothing arrived.
- A finite number agrees when it lies in the ball, the edge included. The sign of a zero does not
  matter.
- nan and the infinities agree with no ball of floats. A ball that reaches beyond the range of
  floats decides nothing.
- Where the wanted number is known exactly (`same`), nan agrees with nan alone, an infinity with
  the same infinity, and a zero with either zero.
"""

from __future__ import annotations

import enum
import math
import sys
from typing import TYPE_CHECKING, Final

from flint import arb

from valuecheck.engines.protocol import NotNumber

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.engines.protocol import Number

__all__ = ["Agreement", "NotANumberError", "agrees", "decides", "judge", "read_number", "same"]

_LARGEST: Final = arb(sys.float_info.max)


class NotANumberError(TypeError):
    """What an engine gave cannot be read as one real number."""


class Agreement(enum.Enum):
    """How a number stands to its balls."""

    INSIDE = "inside"
    ROUGH = "outside the tight ball, inside the loose one"
    OUTSIDE = "outside"
    NOT_A_NUMBER = "not a number"


def read_number(got: Number) -> float:
    """Return what an engine holds as a float; where there is no gradient, nothing arrived: 0.0.

    Raises `NotANumberError` when it is not one real number.
    """
    if type(got) is float:
        return got
    if got is None:
        return 0.0
    if isinstance(got, NotNumber):
        raise NotANumberError(str(got))
    return float(got)


def agrees(number: float, ball: arb) -> bool:
    """Return whether a number agrees with a ball."""
    return (math.isfinite(number) and ball.contains(number)) or not decides(ball)


def decides(ball: arb) -> bool:
    """Return whether a ball lies within the range of floats, and so can tell right from wrong."""
    return bool(abs(ball) <= _LARGEST)


def judge(got: Number, tight: arb, loose: Callable[[], arb]) -> Agreement:
    """Return how a number stands to its balls.

    Args:
        got: what the engine holds.
        tight: the ball that every correct engine hits.
        loose: returns the ball outside of which an engine is wrong; asked only if needed.
    """
    try:
        number = read_number(got)
    except NotANumberError:
        return Agreement.NOT_A_NUMBER
    if agrees(number, tight):
        return Agreement.INSIDE
    return Agreement.ROUGH if agrees(number, loose()) else Agreement.OUTSIDE


def same(got: Number, want: float) -> bool:
    """Return whether a number is exactly the one that is known."""
    try:
        number = read_number(got)
    except NotANumberError:
        return False
    if math.isnan(want) or math.isnan(number):
        return math.isnan(want) and math.isnan(number)
    return number == want
