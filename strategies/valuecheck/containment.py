"""Running the laws in a child process, so that nothing an engine does can harm the check.

The child tells what happens in a file, a JSON object a line. Whatever becomes of it, what it told
before stays. When it hangs, ends or takes too much memory in the middle of a law, that law is
recorded as such and a new child goes on with the rest.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from valuecheck.processes import MIB, Memory, end
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.check.settings import Names

__all__ = ["Checked", "Settings", "check"]

_POLL: Final = 0.02
_GRACE: Final = 2.0
"""Seconds after the time limit in which the child may still end the law by itself."""

_USAGE: Final = 4
"""The exit status of pytest when its own command line is wrong."""

_MOST_UNUSABLE: Final = 3
"""Primitives that may hang or crash when they are first tried; each costs the time limit."""

_START: Final = 120.0
"""Seconds that starting Python and collecting the laws may take on a slow machine."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a check is done.

    Attributes:
        names: what the user said about the names in the class.
        select: an expression for pytest's -k, or "".
        examples: examples a law.
        seed: what the drawing starts from.
        time_limit: seconds a law may take.
        memory_limit: MiB the engine may take.
        replay: an expression as JSON to run in place of the laws.
    """

    names: Names
    select: str = ""
    examples: int = 100
    seed: int = 0
    time_limit: float = 30.0
    memory_limit: int = 2048
    replay: dict[str, Any] | None = None


@dataclass(slots=True)
class Checked:
    """What came of one target.

    Attributes:
        target: as given.
        error: why the check could not be done; "" when it was.
        bound: what the child told when the class was bound.
        outcomes: what came of each law, in the order in which they were tried.
        limits: limits tried, each with name, reached and detail.
        policies: what the engine does where several ways are right.
        replayed: what came of the expression that was replayed.
        laws: the names of all laws that were to be tried.
        settled: those of which something was told, be it that they were passed over.
        notes: what else is to be said of the target.
        unusable: by symbol, how the process ended that first tried that primitive.
        interrupted: whether the check was stopped before its end.
        seconds: how long it took.
    """

    target: str
    error: str = ""
    bound: dict[str, Any] = field(default_factory=dict)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    policies: dict[str, str] = field(default_factory=dict)
    replayed: dict[str, Any] | None = None
    laws: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    unusable: dict[str, tuple[str, str]] = field(default_factory=dict)
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The outcomes that carry a fault."""
        return [outcome for outcome in self.outcomes if outcome["finding"] is not None]

    @property
    def late(self) -> list[dict[str, Any]]:
        """The outcomes of laws that ran out of time without a case against the engine."""
        return [o for o in self.outcomes if o["outcome"] == "timed out" and o["finding"] is None]


def check(target: str, settings: Settings, progress: Callable[[Checked, str], None]) -> Checked:
    """Check one target in child processes.

    When it is interrupted, what was found by then comes back, with an error that says so.

    Args:
        target: as on the command line.
        settings: how.
        progress: called with what is known so far and the law under way, "" between laws.
    """
    checked = Checked(target)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="valuecheck-") as folder:
        try:
            _check(Path(folder), checked, settings, progress)
        except KeyboardInterrupt:
            checked.interrupted = True
            checked.error = f"{target}: interrupted after {len(checked.outcomes)} laws"
    checked.seconds = time.monotonic() - started
    if not checked.error:
        checked.error = _what_was_not_done(checked, settings)
    return checked


def _what_was_not_done(checked: Checked, settings: Settings) -> str:
    """Return why a check that came to its end cannot say that an engine is right, "" if it can."""
    if not checked.laws:
        return f"no law matches -k {settings.select!r}"
    lost = [law for law in checked.laws if law not in checked.settled]
    if lost:
        return f"{checked.target}: valuecheck itself lost {', '.join(lost)}, please report"
    if checked.late and not checked.broken:
        late = ", ".join(outcome["law"] for outcome in checked.late)
        return (
            f"{checked.target}: {settings.time_limit:g} s were too short for {late}; "
            "give a longer --time-limit or fewer --max-examples"
        )
    return ""


def _check(
    folder: Path, checked: Checked, settings: Settings, progress: Callable[[Checked, str], None]
) -> None:
    """Start children until all laws are tried or nothing more can be done."""
    definitions_only = ""
    while True:
        child = _Child(folder, checked, settings, definitions_only=definitions_only)
        ended = child.run(progress)
        if ended is None or checked.error:
            return
        checked.settled.add(child.law)
        if child.law and child.family == "limits":
            # Not to get there is no fault, not even when it costs the interpreter.
            name = child.law.removeprefix("test_limit[").removesuffix("]")
            checked.limits.append(
                {"law": child.law, "name": name, "reached": False, "detail": ended[1]}
            )
        elif child.law:
            known = checked.outcomes[-1]["known_cause"] if checked.outcomes else None
            lost = _lost(child.law, child.family, *ended)
            checked.outcomes.append({**lost, "known_cause": known})
        elif child.probing in PRIMITIVES and len(checked.unusable) < _MOST_UNUSABLE:
            checked.unusable[child.probing] = ended  # go on without it
        elif not (checked.bound or child.probing or definitions_only):
            # It died while it was loaded: try without its scripts.
            definitions_only = f"importing it did not come to a good end: {ended[1]}"
        else:
            what = f" in its {child.probing}" if child.probing else ""
            checked.error = f"{checked.target}: {ended[1]}{what} before any law was tried"
            if checked.outcomes:
                checked.error = f"{checked.target}: {ended[1]} when it was loaded once more"
            return


def _lost(law: str, family: str, outcome: str, reason: str) -> dict[str, Any]:
    """Return the outcome of a law in the middle of which the child was lost."""
    kind = "hang" if outcome == "timed out" else "crash"
    finding: dict[str, Any] = {
        **dict.fromkeys(("primitive", "operand", "expression", "node", "got", "expected")),
        **dict.fromkeys(("allowed", "where")),
        "law": law,
        "kind": kind,
        "message": reason,
        "evidence": reason,
        "program": "",
        "quantity": "",
        "oracles": {},
        "reproducer": "",
        "nodes": [],
    }
    return {
        "law": law,
        "family": family,
        "outcome": outcome,
        "reason": reason,
        "examples": 0,
        "undecided": 0,
        "sharpness": [],
        "disputes": [],
        "finding": finding,
    }


class _Child:
    """One child process, from its start to its end."""

    def __init__(
        self, folder: Path, checked: Checked, settings: Settings, *, definitions_only: str
    ) -> None:
        self.checked = checked
        self.settings = settings
        self.law = ""
        self.family = ""
        self.probing = ""
        self._phase = "starting"
        self._since = time.monotonic()
        self._finished = False
        self._events = folder / f"events-{time.monotonic_ns()}"
        self._events.touch()
        self._read_to = 0
        self._errors = b""
        setup = folder / "setup.json"
        setup.write_text(
            json.dumps(
                {
                    "events": str(self._events),
                    "done": sorted(checked.settled),
                    "broken": [
                        outcome["finding"]["primitive"]
                        for outcome in checked.broken
                        if outcome["finding"]["primitive"] is not None
                    ],
                    "cause": checked.outcomes[-1]["known_cause"] if checked.outcomes else None,
                    "overruns": sum(o["outcome"] == "timed out" for o in checked.outcomes),
                    "names": asdict(settings.names),
                    "definitions_only": definitions_only,
                    "unusable": checked.unusable,
                    "memory": settings.memory_limit * MIB,
                    "replay": settings.replay,
                }
            ),
            encoding="utf-8",
        )
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        self._command = [
            *(sys.executable, "-m", "pytest", "--pyargs", "valuecheck.suite"),
            *("-c", str(folder / "pytest.ini"), "--rootdir", str(folder)),
            *("-p", "_valuecheck_pytest", "-p", "no:cacheprovider", "-p", "no:terminal", "-s"),
            *("--import-mode=importlib", "--value", checked.target, "--value-setup", str(setup)),
            *("--value-examples", str(settings.examples), "--value-seed", str(settings.seed)),
            *("--value-time-limit", str(settings.time_limit), "-k", settings.select),
        ]

    def run(self, progress: Callable[[Checked, str], None]) -> tuple[str, str] | None:
        """Run to the end; return None when all went well, else outcome and reason."""
        before = set(psutil.Process().children(recursive=True))
        process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(self._events.parent),
            start_new_session=True,
        )
        reader = threading.Thread(target=self._read_errors, args=(process,), daemon=True)
        reader.start()
        try:
            lost = self._watch(process, progress)
        finally:
            end(process, before)
        reader.join(_GRACE)
        self._take_in(progress)
        if self._finished or self.checked.error:
            return None
        return lost or self._last_words(process.returncode)

    def _read_errors(self, process: subprocess.Popen[bytes]) -> None:
        """Keep the end of what the child writes to standard error, however much that is."""
        assert process.stderr is not None
        with process.stderr, contextlib.suppress(ValueError, OSError):
            while chunk := os.read(process.stderr.fileno(), 65536):
                self._errors = (self._errors + chunk)[-2000:]

    def _watch(
        self, process: subprocess.Popen[bytes], progress: Callable[[Checked, str], None]
    ) -> tuple[str, str] | None:
        """Wait for the child; return outcome and reason when it had to be given up."""
        memory = Memory(process.pid)
        limit = self.settings.time_limit
        while process.poll() is None:
            self._take_in(progress)
            waited = time.monotonic() - self._since
            if self._phase == "finished":
                if waited > _GRACE:
                    return None  # something of the engine's keeps it from ending
            elif waited > (_START if self._phase == "starting" else limit + _GRACE):
                return "timed out", f"it did not come to an end within {limit} s"
            elif self._phase != "starting" and (
                memory.taken(since=self._phase) > self.settings.memory_limit
            ):
                return "crashed", f"it took more than {self.settings.memory_limit} MiB of memory"
            time.sleep(_POLL)
        if self._phase == "out of time":
            return "timed out", f"it did not come to an end within {limit} s"
        return None

    def _last_words(self, status: int) -> tuple[str, str]:
        if status < 0:
            with contextlib.suppress(ValueError):
                return "crashed", f"it ended the interpreter by {signal.Signals(-status).name}"
        words = self._errors.decode(errors="replace").strip().splitlines()
        if status == _USAGE and self._phase == "starting":
            self.checked.error = f"-k {self.settings.select!r}: {words[0][:200] if words else ''}"
        return "crashed", f"it ended the interpreter with status {status}" + (
            f" ({words[-1][:200]})" if words and not self.law else ""
        )

    def _take_in(self, progress: Callable[[Checked, str], None]) -> None:
        """Enter what the child told since the last time."""
        for event in self._new_events():
            self._since = time.monotonic()
            self._enter(event)
            progress(self.checked, self.law)

    def _new_events(self) -> Iterator[dict[str, Any]]:
        with self._events.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if line.endswith(b"\n"):  # a line may be half written
                    self._read_to += len(line)
                    yield json.loads(line)

    def _enter(self, event: dict[str, Any]) -> None:
        checked = self.checked
        name = event.pop("event")
        if name == "note":  # told by a copy of the child, whose phase this is not
            checked.notes = list(dict.fromkeys([*checked.notes, event["text"]]))
            return
        self._phase = name
        if name == "collected":
            checked.laws = checked.laws or event["laws"]
        elif name == "cannot load":
            checked.error = event["reason"]
        elif name == "probing":
            self.probing = event["symbol"]
        elif name == "bound":
            checked.bound = event
            self.probing = ""
        elif name == "law":
            self.law, self.family = event["law"], event["family"]
        elif name == "finished":
            self._finished = True
        else:
            self._enter_result(name, event)

    def _enter_result(self, name: str, event: dict[str, Any]) -> None:
        checked = self.checked
        if name == "outcome":
            checked.outcomes.append(event)
        elif name == "limit":
            checked.limits.append(event)
        elif name == "policy":
            checked.policies |= event["policies"]
        elif name == "replayed":
            checked.replayed = event
        if name in {"outcome", "limit", "policies", "passed over"}:
            checked.settled.add(self.law)
            self.law = ""


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of a child: what was set for pytest elsewhere is none of its."""
    own = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")}
    return {
        **own,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONSAFEPATH": "1",  # nor is a math.py in the current folder
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),  # nothing is left behind
    }
