"""What an engine raised: where, and whether on purpose or by accident."""

from __future__ import annotations

import dis
import os
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence

if TYPE_CHECKING:
    from types import FrameType, TracebackType

__all__ = [
    "DetachedError",
    "MissingPackageError",
    "message_of",
    "on_purpose",
    "raised_in",
    "reply_of",
]

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_RESERVED = ("MissingPackageError", "not a node", "unknown")
"""Types of errors that say something else to the judge than that the engine raised."""

_CONSTRUCTORS = ("__init__", "__new__", "__post_init__")

_RAISES = {dis.opmap["RAISE_VARARGS"]}


class DetachedError(Exception):
    """An operation gave something else than a node.

    Attributes:
        symbol: the primitive.
        result: what it gave.
        made: whether a node was made on the way, and not given.
    """

    made = False

    def __init__(self, symbol: str, result: object, text: str) -> None:
        super().__init__(f"{symbol} gave {text} of type {type(result).__name__}, not a node")
        self.symbol = symbol
        self.result = result


class MissingPackageError(ImportError):
    """What an engine asks of a package that is not installed."""


def message_of(error: BaseException) -> str:
    """Return the message of an error, shortened, whatever its __str__ does."""
    try:
        return str(error)[:300]
    except BaseException:
        return "a message that cannot be printed"


def _entries(error: BaseException) -> Iterator[TracebackType]:
    entry = error.__traceback__
    while entry is not None:
        if not entry.tb_frame.f_code.co_filename.startswith(_HERE):
            yield entry
        entry = entry.tb_next


def raised_in(error: BaseException, own: Callable[[str], bool]) -> TracebackType | None:
    """Return the innermost place in the engine's own files that an error came through."""
    found = None
    for entry in _entries(error):
        if own(entry.tb_frame.f_code.co_filename):
            found = entry
    return found


def on_purpose(
    error: BaseException, own: Callable[[str], bool], numbers: Sequence[Any] = ()
) -> bool:
    """Return whether an engine declined by itself: a `raise` or an `assert` in its own code.

    An operator that Python finds on neither operand is declined as well: nothing was entered.
    A TypeError out of math, or an attribute that is not there, is an accident. So is what the
    constructor refuses of an operation's own making, but not where that is one of the plain
    `numbers` among its operands.
    """
    entries = list(_entries(error))
    if not entries:
        return True
    frames = [e.tb_frame for e in entries if own(e.tb_frame.f_code.co_filename)]
    for frame in frames[1:]:
        if frame.f_code.co_name in _CONSTRUCTORS and not _holds(frame, numbers):
            return False
    innermost = entries[-1]
    code = innermost.tb_frame.f_code
    return own(code.co_filename) and code.co_code[innermost.tb_lasti] in _RAISES


def _holds(frame: FrameType, numbers: Sequence[Any]) -> bool:
    """Return whether a constructor was given one of some plain numbers."""
    given = [held for held in frame.f_locals.values() if isinstance(held, (int, float))]
    return any(number in given for number in numbers)


def reply_of(error: BaseException, own: Callable[[str], bool]) -> dict[str, Any]:
    """Return an error as the protocol has it, with the place in the engine's files."""
    if isinstance(error, DetachedError):
        plain = isinstance(error.result, (int, float))
        return {
            "type": "not a node",
            "message": message_of(error),
            "plain": plain,
            "made": error.made,
            "purpose": False,
        }
    name = type(error).__name__
    if name in _RESERVED and not isinstance(error, MissingPackageError):
        name = f"Exception {name!r}"  # an engine's own class of that name means nothing of the sort
    reply: dict[str, Any] = {"type": name, "message": message_of(error)}
    reply["purpose"] = on_purpose(error, own)
    entry = raised_in(error, own)
    if entry is not None:
        reply["where"] = f"{entry.tb_frame.f_code.co_filename}:{entry.tb_lineno}"
    return reply
