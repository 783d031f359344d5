"""A limit of time for engines that run in the process of a test, where no wall is between."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

from valuecheck.engines.engine import EngineLostError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `EngineLostError` when its block takes longer; without SIGALRM it does nothing."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise EngineLostError("does not finish", hangs=True)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
