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

__all__ = ["MIB", "Memory", "adopt_orphans", "end"]

MIB: Final = 1024 * 1024

_SET_CHILD_SUBREAPER: Final = 36
"""The option of Linux's prctl(2)."""


class Memory:
    """How much memory a process has taken since it began to load an engine, or to try laws."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._at_first: dict[bool, float] = {}

    def taken(self, *, since: str) -> float:
        """Return MiB; what is imported between loading and the first law is not the engine's."""
        try:
            now = self._process.memory_info().rss / MIB
        except psutil.Error:
            return 0.0
        loading = since in {"collected", "loading", "probing"}
        return float(now - self._at_first.setdefault(loading, now))


def end(process: subprocess.Popen[bytes], before: set[psutil.Process]) -> None:
    """End a child and whatever it started, as far as that can be found."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    # The command adopts orphans, so that those in a session of their own are found as well.
    for descendant in set(psutil.Process().children(recursive=True)) - before:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    process.kill()
    process.wait()


def adopt_orphans() -> None:
    """Let this process become the parent of all that its children leave behind, on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
