"""The engine in a page: a browser has one process, and no clock that interrupts.

Its own lines are watched instead: whenever one begins or jumps back, the time is looked at. What
hangs in C, as `sum(itertools.count())`, is beyond that; there the page ends the whole worker.
"""

from __future__ import annotations

import ctypes
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck.engines.engine import CannotCheckError, EngineLostError
from valuecheck.engines.in_process import InProcess
from valuecheck.engines.protocol import Raised
from valuecheck.engines.setup import Names, setup_for_target
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.worker.attributes import CannotBindError
from valuecheck.worker.load import CannotLoadError
from valuecheck.worker.serve import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.engines.protocol import Answer, Question

__all__ = ["open_here", "protect_the_stack"]

_TOOL: Final = 4
_EVERY: Final = 256
"""Events between two looks at the clock."""

_STACK: Final = 128 * 1024
"""Bytes of the browser's stack that Python may use: beyond, the browser ends the interpreter."""


class _Deadline:
    """Ends what runs in one file when its time is up."""

    def __init__(self, file: str, seconds: float) -> None:
        self._file, self._seconds = file, seconds
        self._until: float | None = None
        self._events = 0
        self.late: bool = False
        self._monitoring: Any = vars(sys)["monitoring"]  # from Python 3.12 on

    def watch(self) -> None:
        """Begin to look at every start and every jump of a line."""
        monitoring = self._monitoring
        if monitoring.get_tool(_TOOL) is None:
            monitoring.use_tool_id(_TOOL, "valuecheck")
        events = (monitoring.events.PY_START, monitoring.events.JUMP)
        for event in events:
            monitoring.register_callback(_TOOL, event, self._look)
        monitoring.set_events(_TOOL, events[0] | events[1])
        monitoring.restart_events()

    def begin(self) -> None:
        """Give the time anew."""
        self.late = False
        self._until = time.monotonic() + self._seconds

    def end(self) -> None:
        """Let what follows take as long as it likes."""
        self._until = None

    def _look(self, code: Any, *_: Any) -> Any:
        if code.co_filename != self._file:
            return self._monitoring.DISABLE
        self._events += 1
        late = self._until is not None and self._events % _EVERY == 0
        if late and time.monotonic() > (self._until or 0.0):
            self.late = True  # and again, for whatever catches this
            raise EngineLostError(f"did not finish within {self._seconds:g} s", hangs=True)
        return None


class Here(InProcess):
    """An engine in this very process, which is there for nothing else."""

    def __init__(self, loaded: Any, deadline: _Deadline) -> None:
        super().__init__(loaded.engine, loaded)
        self._deadline = deadline

    def _answers(
        self, questions: Sequence[Question], ahead: Sequence[Question] = ()
    ) -> list[Answer]:
        del ahead  # nobody works beside the judge
        answers = []
        for question in questions:
            self._deadline.begin()
            try:
                answers += super()._answers([question])
            except EngineLostError as lost:
                raise EngineLostError(lost.reason, question=question, hangs=lost.hangs) from None
            finally:
                self._deadline.end()
        return answers


def open_here(target: str, seconds: float) -> Here:
    """Load a Python file in this process and bind its class.

    Args:
        target: the file.
        seconds: how long one question may take, and the loading.

    Raises `CannotCheckError` when there is no engine to be had.
    """
    deadline = _Deadline(target, seconds)
    deadline.watch()
    avoid: dict[str, dict[str, Any]] = {}
    hung: list[str] = []
    now = ["loading"]

    def trying(what: str) -> None:
        if deadline.late:
            hung.append(now[0])
        now[0] = what
        deadline.begin()

    while True:  # until nothing hangs that is tried
        hung.clear()
        trying("loading")
        setup = setup_for_target(target, Names(), memory=None, avoid=avoid)
        try:
            loaded = find(setup, trying)
        except (CannotLoadError, CannotBindError, EngineLostError) as error:
            if not deadline.late:
                raise CannotCheckError(str(error)) from error
        finally:
            hung += [now[0]] if deadline.late else []
            deadline.end()
        if not hung:
            return Here(loaded, deadline)
        reason = f"did not finish within {seconds:g} s"
        if hung[0] not in {*PRIMITIVES, "backward"} or hung[0] in avoid:
            raise CannotCheckError(f"{target}: {reason} in its {hung[0]}")
        avoid[hung[0]] = msgspec.to_builtins(Raised("hang", reason))
        deadline.begin()


def protect_the_stack() -> None:
    """Let Python raise RecursionError before the browser's own stack overflows."""
    api: Any = ctypes.pythonapi
    api.PyThreadState_Get.restype = ctypes.c_void_p
    low = ctypes.c_void_p(api.emscripten_stack_get_current() - _STACK)
    thread = ctypes.c_void_p(api.PyThreadState_Get())
    api.PyUnstable_ThreadState_SetStackProtection(thread, low, ctypes.c_size_t(_STACK))
