"""Numbers as they cross the wall: JSON, with strings for what JSON lacks."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["NotANumberError", "described", "from_json", "read_number", "shown", "to_json"]

_STRINGS = {
    "inf": math.inf,
    "-inf": -math.inf,
    "nan": math.nan,
    "-0.0": -0.0,
}


class NotANumberError(TypeError):
    """What an engine gave cannot be read as one real number."""


def from_json(number: Any) -> Any:
    """Return the number that was sent; an int stays an int, a bool a bool."""
    return _STRINGS[number] if isinstance(number, str) else number


def to_json(number: float) -> Any:
    """Return a float as JSON can hold it."""
    return number if math.isfinite(number) else str(number)


def read_number(got: Any) -> float:
    """Return what an engine gave as a float: ints, and whatever gives one by item() or float().

    Raises `NotANumberError` when it cannot be read as one real number.
    """
    if type(got) is float:
        return got
    if isinstance(got, (str, bytes, complex)):
        raise NotANumberError(shown(got))
    try:
        return float(got.item() if hasattr(got, "item") else got)
    except OverflowError:  # an int beyond the range of floats
        return math.inf if got > 0 else -math.inf
    except Exception as error:
        raise NotANumberError(shown(got)) from error


def shown(got: object) -> str:
    """Return the repr of a stranger's object, shortened, whatever its repr does."""
    try:
        return repr(got)[:60]
    except BaseException:
        return "something that cannot be printed"


def described(got: Any) -> Any:
    """Return what an engine holds at `data` or `grad`, ready to be sent.

    A number, null for None, or for anything else its type and its repr.
    """
    if type(got) is float:
        return got
    if got is None:
        return None
    try:
        return read_number(got)
    except NotANumberError as error:
        return {"type": type(got).__name__, "repr": str(error)}
