"""A program at the other end of two pipes, with a watchdog that ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Final

import msgspec

from valuecheck.engines import processes
from valuecheck.engines.engine import CannotCheckError, EngineLostError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Limits", "Pipe"]

_POLL: Final = 0.02
_LAST_WORDS: Final = 2000
_SHORTEST_LIMIT: Final = processes.MIB


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


class Pipe:
    """A program that is written to and read from, a line at a time.

    Every line has a deadline: a hang is an answer that does not come in time.
    """

    def __init__(self, command: Sequence[str], limits: Limits, environment: dict[str, str]) -> None:
        self._limits = limits
        self._reason = ""
        self._hangs = False
        self._deadline: float | None = None
        self._seconds = limits.seconds
        self._last_words = b""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - what the user asked for
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise CannotCheckError(f"{command[0]} cannot be started: {error}") from error
        processes.enter(self._process)
        self._memory = processes.Memory(self._process.pid)
        self._over = threading.Event()
        for job in (self._read_errors, self._watch):
            threading.Thread(target=job, daemon=True).start()

    def exchange(self, line: bytes, seconds: float) -> bytes:
        """Write a line, b"" for none, and return the next one that comes.

        Raises `EngineLostError` when none comes in time, or the program has ended.
        """
        with self.deadline(seconds):
            self.write(line)
            return self.read()

    @contextlib.contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """End the program when what is done inside takes longer."""
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = None

    def write(self, line: bytes) -> None:
        """Write a line; that the program has ended shows when nothing comes back."""
        assert self._process.stdin is not None
        if line:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(line)
                self._process.stdin.flush()

    def read(self, longest: int = 0) -> bytes:
        """Return the next line, which may have `longest` bytes beyond a mebibyte.

        Raises `EngineLostError` when none comes in time, or the program has ended.
        """
        assert self._process.stdout is not None
        answer = self._process.stdout.readline(_SHORTEST_LIMIT + longest)
        if not answer.endswith(b"\n") or self._reason or self._hangs:
            too_long = "a line of its answer is too long" if len(answer) > _SHORTEST_LIMIT else ""
            raise self.lost(too_long)
        return answer

    def lost(self, reason: str = "") -> EngineLostError:
        """End the program and return the error that says what became of it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if not (self._reason or reason or self._hangs):
                self._process.wait(1.0)  # it closed its output: it may be about to end
        status = self._process.poll()
        self.end()
        if self._hangs:
            reason = f"did not finish within {self._seconds:g} s"
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
        processes.end(self._process)
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
                self._hangs = self._process.poll() is None
            elif most is not None and self._memory.taken() > most:
                self._reason = f"it took more than {most} MiB of memory"
            elif self._process.poll() is None:
                continue
            # It is dead, or is to be; what it has forked may still hold the pipe.
            processes.end(self._process)
            return
