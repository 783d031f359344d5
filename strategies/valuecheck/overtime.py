"""The limit of time: an engine that hangs is interrupted, one that is slow is not said to hang."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["ENDLESS", "TimeIsUp", "check_time", "time_limit", "took_most_of_it"]

ENDLESS: Final = "does not come to an end"
"""What is said of an engine that hangs."""

_AGAIN: Final = 1.0
"""Seconds after which the alarm rings once more, for code that catches everything."""


class TimeIsUp(BaseException):
    """A call into an engine took too long; not an Exception, so that no engine catches it."""


class _Alarm:
    """What is known of the limit that was set last."""

    seconds: float | None = None
    rung = False


def check_time() -> None:
    """Raise `TimeIsUp` when the alarm has rung since the limit was set."""
    if _Alarm.rung:
        raise TimeIsUp


def took_most_of_it(began: float) -> bool:
    """Say whether what began then, by `time.monotonic()`, took more than half of the limit."""
    return _Alarm.seconds is not None and time.monotonic() - began > _Alarm.seconds / 2


@contextlib.contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise `TimeIsUp` in the main thread when its block takes longer.

    Not in the middle of Hypothesis, which would be left in pieces: a law calls `check_time` before
    each example. Does nothing where there is no SIGALRM: there the command ends the process in the
    end.
    """
    if (
        seconds is None
        or not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def ring(_number: int, frame: FrameType | None) -> None:
        _Alarm.rung = True
        if not _is_drawing(frame):
            raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    _Alarm.seconds, _Alarm.rung = seconds, False
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _Alarm.seconds, _Alarm.rung = None, False


def _is_drawing(frame: FrameType | None) -> bool:
    """Say whether Hypothesis is at work, or what it draws with, and not a law or an engine."""
    while frame is not None:
        parts = frame.f_globals.get("__name__", "").split(".")
        if parts[0] == "hypothesis" or parts[:2] == ["valuecheck", "strategies"]:
            return True
        if parts[0] == "valuecheck":
            return False
        frame = frame.f_back
    return False
