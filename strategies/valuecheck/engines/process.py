"""An engine in a process of its own, asked over a pipe."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck.engines import processes
from valuecheck.engines.engine import CannotCheckError, Engine, EngineLostError
from valuecheck.engines.pipe import Limits, Pipe
from valuecheck.engines.protocol import (
    GREETING,
    HELLO,
    Raised,
    decode,
    decode_answers,
    encode_questions,
    must_be_understood,
)
from valuecheck.engines.setup import Names, setup_for_target
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from valuecheck.engines.protocol import Answer, Hello, Question

__all__ = ["Limits", "Process", "open_command", "open_target"]

_A_NUMBER: Final = 1024
"""Bytes that may stand for one number of an answer, be it the repr of something else."""


@dataclass(eq=False, slots=True)
class _Asked:
    """Questions in one line.

    Attributes:
        questions: what is asked.
        first: the id of the first of them.
        answer: the line that came back, if it has.
    """

    questions: Sequence[Question]
    first: int
    answer: bytes | None = None

    @property
    def longest(self) -> int:
        """How many bytes the answer may have, beyond what any may."""
        asked = self.questions
        return _A_NUMBER * sum((len(q.expression) + len(q.then)) * (1 + len(q.then)) for q in asked)


class Process(Engine):
    """An engine behind a pipe; when it is lost, the next question starts it again."""

    def __init__(self, hello: Hello, pipe: Pipe, start: Callable[[], Pipe], limits: Limits) -> None:
        super().__init__(hello)
        self._pipe: Pipe | None = pipe
        self._start = start
        self._limits = limits
        self._asked = 0
        self._under_way: _Asked | None = None

    def _answers(
        self, questions: Sequence[Question], ahead: Sequence[Question] = ()
    ) -> list[Answer]:
        if self._pipe is None:
            self._pipe = self._start_again(questions[0])
        pipe = self._pipe
        try:
            with pipe.deadline(self._limits.seconds):
                asked = self._under_way
                if asked is not None and asked.questions is questions:
                    self._under_way = None
                elif self._fetch(pipe):
                    asked = self._write(pipe, questions)
                else:  # lost over what is not asked now
                    return self._answers(questions, ahead)
                line = asked.answer or pipe.read(asked.longest)
                # Not before the answer is here: two that write, and do not read, wait for ever.
                if ahead:
                    self._under_way = self._write(pipe, ahead)
            try:
                return decode_answers(line, asked.first, questions)
            except ValueError as error:
                raise pipe.lost(f"what it answers is not an answer: {error}") from error
        except EngineLostError as lost:
            self._pipe = self._under_way = None
            # Of several questions, each by itself shows which one it was.
            if len(questions) > 1:
                return [self.ask_one(question) for question in questions]
            raise EngineLostError(lost.reason, question=questions[0], hangs=lost.hangs) from None
        except BaseException:  # an interrupt, in the middle of a line
            pipe.end()
            self._pipe = self._under_way = None
            raise

    def _fetch(self, pipe: Pipe) -> bool:
        """Read the answer to what is under way, if anything is; return whether one came."""
        asked = self._under_way
        if asked is not None and asked.answer is None:
            try:
                asked.answer = pipe.read(asked.longest)
            except EngineLostError:
                self._pipe = self._under_way = None
                return False
        return True

    def _write(self, pipe: Pipe, questions: Sequence[Question]) -> _Asked:
        asked = _Asked(questions, self._asked)
        self._asked += len(questions)
        pipe.write(encode_questions(questions, asked.first))
        return asked

    def _start_again(self, question: Question) -> Pipe:
        try:
            return self._start()
        except CannotCheckError as error:  # it could be started before
            raise EngineLostError(
                f"it could not be started again: {error}", question=question
            ) from error

    def spare(self) -> Process:
        """Return another engine of the same kind, in a process of its own.

        Raises `CannotCheckError` when it cannot be started.
        """
        return Process(self.hello, self._start(), self._start, self._limits)

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.end()
            self._pipe = None


def _understood(line: bytes) -> Hello:
    """Return a hello; raises `ValueError` where it cannot be used."""
    hello = decode(line, HELLO)
    must_be_understood(hello)
    return hello


# Programs in any language


def open_command(arguments: Sequence[str], limits: Limits) -> Process:
    """Start a program that speaks the protocol.

    Raises `CannotCheckError` when it cannot be started or does not say hello.
    """
    shown = " ".join(arguments)

    def start() -> tuple[Pipe, Hello]:
        pipe = Pipe(arguments, limits, dict(os.environ))
        try:
            return pipe, _understood(pipe.exchange(b"", limits.start))
        except EngineLostError as lost:
            raise CannotCheckError(f"{shown}: {lost.reason} before it said hello") from lost
        except ValueError as error:
            pipe.end()
            raise CannotCheckError(f"{shown}: its first line is not a hello: {error}") from error
        except BaseException:
            pipe.end()
            raise

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

    def start(self) -> tuple[Pipe, Hello]:
        """Start a worker; start it again with less to try where it is lost."""
        while True:
            setup = setup_for_target(
                self._target,
                self._names,
                memory=self._limits.memory and self._limits.memory * processes.MIB,
                definitions_only=self._definitions_only,
                avoid=self._avoid,
            )
            pipe = Pipe(
                [self._python, "-c", _BOOTSTRAP, str(Path(__file__).parents[1] / "worker")],
                self._limits,
                _environment(),
            )
            try:
                return pipe, self._hello(pipe, setup)
            except _LostError as lost:
                self._learn(lost.trying, lost.error)
            except BaseException:
                pipe.end()
                raise

    def _hello(self, pipe: Pipe, setup: dict[str, Any]) -> Hello:
        """Return what a worker says once it has bound the class."""
        trying, seconds = "starting Python", self._limits.start
        until = time.monotonic() + seconds * 2  # for all that it tries together
        line = msgspec.json.encode(setup) + b"\n"
        try:
            while True:
                left = until - time.monotonic()
                line = pipe.exchange(line, max(min(seconds, left), 0.1))
                try:
                    greeting = decode(line, GREETING)
                    if greeting.valuecheck is not None:
                        return _understood(line)
                except ValueError as error:
                    raise pipe.lost(f"what it says is not a hello: {error}") from error
                if greeting.error is not None:
                    raise CannotCheckError(greeting.error.message)
                trying, line = greeting.trying, b""
                if trying in PRIMITIVES:
                    seconds = self._limits.seconds
        except EngineLostError as lost:
            raise _LostError(trying, lost) from None

    def _learn(self, trying: str, lost: EngineLostError) -> None:
        """Enter what the next worker must not try."""
        if trying == "loading" and not self._definitions_only:
            self._definitions_only = f"running it {lost.reason.removeprefix('it ')}"
        elif trying in {*PRIMITIVES, "backward"} and trying not in self._avoid:
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


class _LostError(Exception):
    """A worker was lost before it said hello, while it tried something."""

    def __init__(self, trying: str, error: EngineLostError) -> None:
        super().__init__(trying)
        self.trying = trying
        self.error = error


def _environment() -> dict[str, str]:
    """Return the environment of a worker: ours, but what Python would read on its way to us."""
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}
