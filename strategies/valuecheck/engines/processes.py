"""What is asked of the operating system about processes: their memory, their end, their orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, ClassVar, Final

try:
    import psutil
except ImportError:  # in a browser, where there are no processes
    if sys.platform != "emscripten":
        raise

if TYPE_CHECKING:
    import subprocess

__all__ = ["MIB", "Memory", "adopt_orphans", "be_private", "end", "enter"]

MIB: Final = 1024 * 1024

_PATIENCE: Final = 1.0
"""Seconds for which processes that go on forking are hunted."""

_SET_DUMPABLE: Final = 4
_SET_CHILD_SUBREAPER: Final = 36
"""Options of Linux's prctl(2)."""


class Memory:
    """How much memory a process has taken since it was first asked."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._at_first: float | None = None

    def taken(self) -> float:
        """Return MiB."""
        try:
            now = self._process.memory_info().rss / MIB
        except psutil.Error:
            return 0.0
        if self._at_first is None:
            self._at_first = now
        return float(now - self._at_first)


class _State:
    """What is known in this process of those it started."""

    adopts = False
    running: ClassVar[set[int]] = set()


def enter(process: subprocess.Popen[bytes]) -> None:
    """Remember a process that was started, so that nobody takes it for an orphan."""
    _State.running.add(process.pid)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started, as far as that can be found."""
    until = time.monotonic() + _PATIENCE
    _State.running.discard(process.pid)
    while True:
        found = _descendants(process)
        if process.poll() is None and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for each in found:
            with contextlib.suppress(psutil.Error):
                each.kill()
        process.kill()
        process.wait()
        # One that goes on forking is faster than one look.
        if not found or time.monotonic() > until:
            return


def _descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return what a process started, also what lives on without it where orphans come to us."""
    found: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        found += psutil.Process(process.pid).children(recursive=True)
    if _State.adopts:
        for child in psutil.Process().children():
            if child.pid not in _State.running and child.pid != process.pid:
                found.append(child)
                with contextlib.suppress(psutil.Error):
                    found += child.children(recursive=True)
    return found


def adopt_orphans() -> None:
    """Become the parent of all that children leave behind, and let none of them look into us.

    On Linux. Else a child could write to our standard output by way of /proc.
    """
    if sys.platform == "linux":
        _State.adopts = True
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    be_private()


def be_private() -> None:
    """Let no process that is not root's look into this one, on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
