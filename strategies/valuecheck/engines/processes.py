"""What is asked of the operating system about processes: their memory, their end, their orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    import subprocess

__all__ = ["MIB", "Memory", "adopt_orphans", "children", "end"]

MIB: Final = 1024 * 1024

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


def children() -> set[psutil.Process]:
    """Return all processes below this one."""
    return set(psutil.Process().children(recursive=True))


def end(process: subprocess.Popen[bytes], before: set[psutil.Process]) -> None:
    """End a child and whatever it started, as far as that can be found."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    # The command adopts orphans, so that those in a session of their own are found as well.
    for descendant in children() - before:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    process.kill()
    process.wait()


def adopt_orphans() -> None:
    """Become the parent of all that children leave behind, and let none of them look into us.

    On Linux. Else a child could write to our standard output by way of /proc.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
