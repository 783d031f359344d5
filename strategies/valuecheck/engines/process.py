"""An engine in a process of its own: asked over a pipe, ended when no answer comes in time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck.engines import processes
from valuecheck.engines.engine import CannotCheckError, Engine, EngineLostError
from valuecheck.engines.protocol import (
    VERSION,
    Greeting,
    Hello,
    Raised,
    decode_answers,
    encode_questions,
)
from valuecheck.engines.setup import Names, setup_for_target
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuecheck.engines.protocol import Answer, Question

__all__ = ["Limits", "Process", "open_command", "open_target"]

_POLL: Final = 0.02
_LAST_WORDS: Final = 2000
_LONGEST_LINE: Final = 256 * processes.MIB
_MOST_AVOIDED: Final = 3
"""Primitives that may hang or crash when they are first tried; each costs the time limit."""


class Limits(msgspec.Struct, frozen=True):
    """What an engine may take.

    Attributes:
        seconds: to answer one question.
        start: seconds to be loaded and bound.
        memory: MiB more than it has once it is loaded; None for no limit.
    """

    seconds: float = 10.0
    start: float = 30.0
    memory: int | None = 2048


class _Pipe:
    """A program at the other end of two pipes, with a watchdog that ends it."""

    def __init__(self, command: Sequence[str], limits: Limits, environment: dict[str, str]) -> None:
        self._limits = limits
        self._reason = ""
        self._hangs = False
        self._deadline: float | None = None
        self._last_words = b""
        self._before = processes.children()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - what the user asked for
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotCheckError(f"{command[0]} cannot be started: {error.strerror}") from error
        self._memory = processes.Memory(self._process.pid)
        self._over = threading.Event()
        for job in (self._read_errors, self._watch):
            threading.Thread(target=job, daemon=True).start()

    def send(self, line: bytes) -> None:
        """Write a line; what goes wrong shows when the answer is read."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def receive(self, seconds: float) -> bytes:
        """Return the next line; raises `EngineLostError` when none comes in time."""
        assert self._process.stdout is not None
        self._deadline = time.monotonic() + seconds
        try:
            line = self._process.stdout.readline(_LONGEST_LINE)
        finally:
            self._deadline = None
        if not line.endswith(b"\n") or self._reason or self._hangs:
            raise self.lost(seconds)
        return line

    def lost(self, seconds: float, reason: str = "") -> EngineLostError:
        """End the program and return the error that says what became of it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not (self._reason or reason or self._hangs):
                self._process.wait(1.0)  # it closed its output: it may be about to end
        status = self._process.poll()
        self.end()
        if self._hangs:
            reason = f"did not finish within {seconds:g} s"
        return EngineLostError(self._reason or reason or self._epitaph(status), hangs=self._hangs)

    def _epitaph(self, status: int | None) -> str:
        if status is None:
            return "it closed the pipe on which it answers"
        if status < 0:
            with contextlib.suppress(ValueError):
                return f"it ended its process by {signal.Signals(-status).name}"
        words = self._last_words.decode(errors="replace").strip().splitlines()
        told = f" ({words[-1][:200]})" if words else ""
        return f"it ended its process with status {status}{told}"

    def end(self) -> None:
        """End the program and whatever it started."""
        self._over.set()
        processes.end(self._process, self._before)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()

    def _read_errors(self) -> None:
        """Keep the end of what the program writes to standard error, however much that is."""
        stream = self._process.stderr
        assert stream is not None
        with stream, contextlib.suppress(ValueError, OSError):
            while chunk := os.read(stream.fileno(), 65536):
                self._last_words = (self._last_words + chunk)[-_LAST_WORDS:]

    def _watch(self) -> None:
        """End the program when a question takes too long, or too much memory."""
        most = self._limits.memory
        while not self._over.wait(_POLL):
            deadline = self._deadline
            if deadline is None:
                continue
            if time.monotonic() > deadline:
                self._hangs = True
            elif most is not None and self._memory.taken() > most:
                self._reason = f"it took more than {most} MiB of memory"
            else:
                continue
            processes.end(self._process, self._before)
            return


class Process(Engine):
    """An engine behind a pipe; when it is lost, the next question starts it again."""

    def __init__(
        self, hello: Hello, pipe: _Pipe, start: Callable[[], _Pipe], limits: Limits
    ) -> None:
        super().__init__(hello)
        self._pipe: _Pipe | None = pipe
        self._start = start
        self._limits = limits
        self._asked = 0

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Return the answers to questions, in their order."""
        if self._pipe is None:
            self._pipe = self._start()
        pipe, first = self._pipe, self._asked
        self._asked += len(questions)
        seconds = self._limits.seconds
        try:
            pipe.send(encode_questions(questions, first))
            line = pipe.receive(seconds)
            try:
                return decode_answers(line, first, len(questions))
            except (msgspec.MsgspecError, ValueError) as error:
                raise pipe.lost(seconds, f"what it answers is not an answer: {error}") from error
        except EngineLostError as lost:
            self._pipe = None
            # Of several questions, each by itself shows which one it was.
            if len(questions) > 1:
                return [self.ask_one(question) for question in questions]
            raise EngineLostError(
                lost.reason, expression=questions[0].expression, hangs=lost.hangs
            ) from None
        except BaseException:  # an interrupt, in the middle of a line
            pipe.end()
            self._pipe = None
            raise

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.end()
            self._pipe = None


# Programs in any language


def open_command(arguments: Sequence[str], limits: Limits) -> Process:
    """Start a program that speaks the protocol.

    Raises `CannotCheckError` when it cannot be started or does not say hello.
    """
    shown = " ".join(arguments)

    def start() -> tuple[_Pipe, Hello]:
        pipe = _Pipe(arguments, limits, dict(os.environ))
        try:
            line = pipe.receive(limits.start)
        except EngineLostError as lost:
            raise CannotCheckError(f"{shown}: {lost.reason} before it said hello") from lost
        try:
            hello = msgspec.json.decode(line, type=Hello)
        except msgspec.MsgspecError as error:
            pipe.end()
            raise CannotCheckError(f"{shown}: its first line is not a hello: {error}") from error
        unknown = sorted(set(hello.primitives) - set(PRIMITIVES))
        if hello.valuecheck != VERSION or unknown:
            pipe.end()
            said = f"no primitive is called {unknown[0]}" if unknown else "another version"
            raise CannotCheckError(f"{shown}: its hello is not understood: {said}")
        return pipe, hello

    pipe, hello = start()
    return Process(hello, pipe, lambda: start()[0], limits)


# Python


_BOOTSTRAP: Final = """\
import sys
sys.path[:] = [p for p in sys.path if p]
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv[1]
spec = spec_from_file_location(
    "_valuecheck_worker", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules[spec.name] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[spec.name])
from _valuecheck_worker.serve import main
main()
"""
"""The worker under a name of its own: nothing of valuecheck is importable beside the engine."""


def open_target(
    target: str, names: Names, limits: Limits, python: str | None = None
) -> tuple[Process, list[str]]:
    """Load a Python target in a worker and bind its class; return also what is to be noted.

    Whatever the target does while it is loaded or tried first is survived: a file that hangs or
    dies when it is run is searched for its definitions, a primitive that does so is entered as
    broken.

    Args:
        target: `module:Class`, `path/to/file.py:Class`, `path/to/file.py`, a folder, or a notebook.
        names: what the user said about the names in the class.
        limits: what it may take.
        python: the interpreter; None for our own.

    Raises `CannotCheckError` when there is no engine to be had.
    """
    loader = _Loader(target, names, limits, python or sys.executable)
    pipe, hello = loader.start()
    return Process(hello, pipe, lambda: loader.start()[0], limits), loader.notes


class _Loader:
    """Starts workers for a target, each knowing what an earlier one could not survive."""

    def __init__(self, target: str, names: Names, limits: Limits, python: str) -> None:
        self._target = target
        self._names = names
        self._limits = limits
        self._python = python
        self._definitions_only = ""
        self._avoid: dict[str, dict[str, Any]] = {}
        self.notes: list[str] = []

    def start(self) -> tuple[_Pipe, Hello]:
        """Start a worker; start it again with less to try where it is lost."""
        while True:
            pipe = _Pipe(
                [self._python, "-c", _BOOTSTRAP, str(Path(__file__).parents[1] / "worker")],
                self._limits,
                _environment(),
            )
            trying = "starting Python"
            setup = setup_for_target(
                self._target,
                self._names,
                memory=self._limits.memory and self._limits.memory * processes.MIB,
                definitions_only=self._definitions_only,
                avoid=self._avoid,
            )
            pipe.send(msgspec.json.encode(setup) + b"\n")
            try:
                while True:
                    line = pipe.receive(self._limits.start)
                    greeting = self._decoded(pipe, line)
                    if greeting.valuecheck is not None:
                        return pipe, msgspec.json.decode(line, type=Hello)
                    if greeting.error is not None:
                        pipe.end()
                        raise CannotCheckError(greeting.error.message)
                    trying = greeting.trying
            except EngineLostError as lost:
                self._learn(trying, lost)

    def _decoded(self, pipe: _Pipe, line: bytes) -> Greeting:
        try:
            return msgspec.json.decode(line, type=Greeting)
        except msgspec.MsgspecError as error:
            reason = f"what it answers is not an answer: {error}"
            raise pipe.lost(self._limits.start, reason) from error

    def _learn(self, trying: str, lost: EngineLostError) -> None:
        """Enter what the next worker must not try."""
        if trying == "loading" and not self._definitions_only:
            self._definitions_only = f"running it {_after_it(lost.reason)}"
        elif trying in {*PRIMITIVES, "backward"} and len(self._avoid) < _MOST_AVOIDED:
            kind = "hang" if lost.hangs else "lost"
            self._avoid[trying] = msgspec.to_builtins(Raised(kind, lost.reason))
        else:
            where = (
                f" in its {trying}" if trying in {*PRIMITIVES, "backward", "constructor"} else ""
            )
            what = (
                trying.removeprefix("loading ") if trying.startswith("loading ") else self._target
            )
            raise CannotCheckError(f"{what}: {lost.reason}{where} before any law was tried")


def _after_it(reason: str) -> str:
    return reason.removeprefix("it ")


def _environment() -> dict[str, str]:
    """Return the environment of a worker: ours, but what Python would read on its way to us."""
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}
