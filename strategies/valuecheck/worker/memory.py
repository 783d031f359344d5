"""What the operating system is told about a worker: its memory, whose child it is, what it may."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time

try:
    import resource
except ImportError:  # Windows
    _LIMITS = None
else:
    _LIMITS = resource

__all__ = ["guard", "limit_memory"]

_SET_PARENT_DEATH_SIGNAL = 1
"""The option of Linux's prctl(2)."""

_KILL = 9
_CAPABILITIES_VERSION = 0x20080522
_TRACE_OTHERS = 19
"""The capability to look into other processes, whoever they belong to; of Linux."""


def limit_memory(more: int) -> None:
    """Let the process take this many bytes more than it has now, where the system can do that."""
    if _LIMITS is None:
        return
    with contextlib.suppress(ValueError, OSError):
        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * _LIMITS.getpagesize()
        _, hard = _LIMITS.getrlimit(_LIMITS.RLIMIT_AS)
        _LIMITS.setrlimit(_LIMITS.RLIMIT_AS, (taken + more, hard))


def guard() -> None:
    """End this process when the judge is gone, however that ended, and keep it out of the judge."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            libc = ctypes.CDLL(None)
            libc.prctl(_SET_PARENT_DEATH_SIGNAL, _KILL, 0, 0, 0)
            _give_up_tracing(libc)
    elif hasattr(os, "getppid"):
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _give_up_tracing(libc: ctypes.CDLL) -> None:
    """Give up what lets root write to the judge's own output by way of /proc."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, twice
    if libc.capget(header, sets) == 0:
        for index in range(3):
            sets[index] &= ~(1 << _TRACE_OTHERS)
        libc.capset(header, sets)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
