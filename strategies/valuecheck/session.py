"""One engine, one process, all laws: what stands between pytest and the trial."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from valuecheck.check.settings import Names, from_pyproject
from valuecheck.engine import EngineError
from valuecheck.fault import Fault
from valuecheck.limits import Limit, policies, try_limit
from valuecheck.loading import CannotLoadError, load
from valuecheck.overtime import ENDLESS, TimeIsUp, time_limit
from valuecheck.program.expression import Expression
from valuecheck.program.transform import has_value
from valuecheck.report.blocks import fault_block
from valuecheck.report.document import is_clean
from valuecheck.suite.law import Law
from valuecheck.trial import MOST_OVERRUNS, Trial
from valuecheck.truth.oracles.panel import votes
from valuecheck.truth.oracles.torch_recorded import recorded
from valuecheck.verdict import Outcome, nodes_of, try_law

__all__ = ["Session", "order"]

_FIRST = ("test_primitives", "test_agreement", "test_sharing")
_LAST = ("test_limits",)
_OUT_OF_TIME: Final = 4
_CONSULTING = {"agreement", "replay"}
"""Families whose laws ask the oracles."""


def order(module: str) -> tuple[int, str]:
    """Return the key that sorts families: primitives first, so that others can leave them out."""
    if module in _FIRST:
        return _FIRST.index(module), module
    return len(_FIRST) + (_LAST.index(module) + 1 if module in _LAST else 0), module


class EndedError(Exception):
    """An operation ended the process in which it was tried first."""


@dataclass
class Session:
    """The check of one engine.

    Attributes:
        target: what is checked.
        examples: examples a law; None leaves it to the Hypothesis profile.
        seed: where drawing starts from; None leaves it to Hypothesis.
        limit: seconds a law may take; None for no limit.
        strict: limits and policies fail too.
        events: the file to which what happens is written, one JSON object a line.
        done: names of laws that an earlier process has tried.
        broken: symbols that an earlier process found to be broken.
        cause: a cause in no single primitive that an earlier process found.
        overruns: how many laws ran out of time in earlier processes.
        names: what the user said about names in the class.
        definitions_only: why not to import the target normally, "" to do so.
        unusable: by symbol, how an earlier process ended when it first tried that primitive.
        memory: bytes the engine may take; None for no limit.
        replay: an expression to run in place of the laws.
        trial: the engine on trial, once it is bound.
        consulted: whether the oracles were asked before.
        faults: what came of laws that were broken, by the identity of the exception.
    """

    target: str
    examples: int | None = None
    seed: int | None = None
    limit: float | None = None
    strict: bool = False
    events: str | None = None
    done: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    cause: str | None = None
    overruns: int = 0
    names: Names = field(default_factory=Names)
    definitions_only: str = ""
    unusable: dict[str, tuple[str, str]] = field(default_factory=dict)
    memory: int | None = None
    replay: dict[str, Any] | None = None
    trial: Trial | None = None
    consulted: bool = False
    faults: dict[int, Outcome] = field(default_factory=dict)
    _process: int = field(default_factory=os.getpid)

    @classmethod
    def from_options(
        cls,
        *,
        target: str,
        examples: int | None,
        seed: int | None,
        time_limit: float | None,
        strict: bool,
        setup: str | None,
    ) -> Session:
        """Make a session from the options of pytest, and the settings of the command if any.

        Without these the names are those of the nearest pyproject.toml; raises `BadNamesError`
        where its table cannot be read.
        """
        session = cls(target, examples, seed, time_limit, strict)
        if setup is None:
            session.names = from_pyproject(target)
        else:
            settings = json.loads(Path(setup).read_text(encoding="utf-8"))
            session.events = settings["events"]
            session.done = set(settings["done"])
            session.broken = set(settings["broken"])
            session.cause = settings["cause"]
            session.overruns = settings["overruns"]
            session.names = Names(**settings["names"])
            session.definitions_only = settings["definitions_only"]
            session.unusable = settings["unusable"]
            session.memory = settings["memory"]
            session.replay = settings["replay"]
        return session

    def tell(self, event: str, **details: Any) -> None:
        """Write an event for the command."""
        if self.events is not None:
            if os.getpid() != self._process:
                details = {"text": "it forks: a copy of the process that checks it was ended"}
                event = "note"
            line = json.dumps({"event": event, **details}, allow_nan=False)
            with Path(self.events).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            if os.getpid() != self._process:
                os._exit(0)

    def announce(self, laws: list[str]) -> None:
        """Tell which laws are going to be tried."""
        self.tell("collected", laws=laws)

    def bind(self) -> Trial:
        """Load the target and put it on trial, the first time only."""
        if self.trial is not None:
            return self.trial
        self.tell("loading")
        try:
            with time_limit(self.limit):
                loaded = load(
                    self.target,
                    self.names,
                    definitions_only=self.definitions_only,
                    trying=self._trying,
                )
        except CannotLoadError as error:
            self._give_up(str(error))
        except TimeIsUp:
            self.tell("out of time")
            pytest.exit("out of time", returncode=_OUT_OF_TIME)
        except BaseException as error:  # noqa: BLE001 - whatever a stranger's class may raise
            text = f"{type(error).__name__}: {error!s:.200}".splitlines()[0]
            self._give_up(f"{self.target}: finding out how it is used raised {text}")
        if self.memory is not None:
            _limit_memory(self.memory)
        engine = loaded.engine
        self.trial = Trial(engine, max_examples=self.examples, seed=self.seed)
        self.trial.known_broken |= self.broken
        self.trial.known_cause = self.cause
        self.trial.overruns = self.overruns
        self.tell(
            "bound",
            file=loaded.file,
            line=loaded.line,
            note=loaded.note,
            cls=engine.cls.__name__,
            supported=engine.supported,
            unsupported=engine.unsupported,
            near_misses=engine.near_misses,
            names=engine.names,
            made_of=engine.made_of,
        )
        return self.trial

    def _give_up(self, reason: str) -> NoReturn:
        self.tell("cannot load", reason=reason)
        pytest.exit(reason, returncode=2)

    def _trying(self, symbol: str) -> Exception | None:
        """Tell what is tried next; return how that ended in an earlier process."""
        ended, reason = self.unusable.get(symbol, ("", ""))
        if not ended:
            self.tell("probing", symbol=symbol)
            return None
        cause = TimeIsUp() if ended == "timed out" else EndedError(reason)
        return EngineError(symbol, cause)

    def try_law(self, law: Law, *arguments: Any) -> None:
        """Try a law on the engine and tell what came of it.

        Raises `Fault` when the law is broken; skips the test when it is not judged.
        """
        __tracebackhide__ = True
        trial = self.bind()
        name = law.name + "".join(f"[{argument}]" for argument in arguments)
        self.tell("law", law=name, family=law.family)
        if law.family in _CONSULTING and not self.consulted:
            self._wake_the_oracles()
        try:
            with time_limit(self.limit):
                outcome = try_law(trial, law, *arguments)
        except TimeIsUp:
            outcome = Outcome(name, law.family, "timed out")
            trial.overruns += 1
        self.tell("outcome", known_cause=trial.known_cause, **outcome.to_json())
        if outcome.fault is not None:
            self.faults[id(outcome.fault)] = outcome
            raise outcome.fault
        if outcome.outcome == "timed out":
            pytest.fail(f"ran over its time limit of {self.limit} s", pytrace=False)
        if outcome.outcome == "unsupported":
            pytest.skip(outcome.reason)

    def try_limit(self, limit: Limit) -> None:
        """Try a limit and tell whether it was reached; fails when strict."""
        trial = self.bind()
        name = f"test_limit[{limit.name}]"
        self.tell("law", law=name, family="limits")
        self._stop_after_overruns(trial)
        with time_limit(self.limit):
            result = try_limit(trial, limit)
        if result is None:
            self.tell("passed over")
            pytest.skip(f"needs {' and '.join(limit.needs)}")
        self.tell("limit", law=name, **result)
        if self.strict and not result["reached"]:
            pytest.fail(f"{limit.name}: {result['detail']}", pytrace=False)

    def _stop_after_overruns(self, trial: Trial) -> None:
        if trial.overruns >= MOST_OVERRUNS:
            self.tell("passed over")
            pytest.skip(f"{trial.overruns} laws ran out of time before")

    def find_policies(self) -> None:
        """Find out the policies and tell them; fails when strict and one is "neither"."""
        trial = self.bind()
        self.tell("law", law="test_policies", family="limits")
        self._stop_after_overruns(trial)
        answers = policies(trial)
        unclean: list[str] = []
        endless = 0
        while endless < MOST_OVERRUNS:
            with time_limit(self.limit):
                name, policy = next(answers, ("", ""))
            if not name:
                break
            self.tell("policy", policies={name: policy})
            endless += policy == ENDLESS
            if not is_clean(policy):
                unclean.append(name)
        self.tell("policies")
        if self.strict and unclean:
            pytest.fail(f"neither one nor the other: {', '.join(unclean)}", pytrace=False)

    def replay_expression(self) -> None:
        """Run the expression that the user gave; raises `Fault` when a number is wrong."""
        trial = self.bind()
        if self.replay is None:
            pytest.skip("no expression was given")
        expression = Expression.from_json(self.replay)
        lacking = trial.lacks(expression)
        if lacking is not None:
            self._give_up(f"{self.target} lacks {lacking}: nothing to replay")
        if not has_value(expression):
            self._give_up("the expression has no finite value in floats, so nothing can be judged")

        def claim(trial: Trial) -> None:
            trial.judge(expression, oracles=True)

        self.try_law(Law("test_the_expression_given", claim, (), "replay"))
        self.tell(
            "replayed",
            kind=None,
            expression=self.replay,
            nodes=nodes_of(trial, expression),
        )

    def _wake_the_oracles(self) -> None:
        """Import the oracles: neither the law's time nor the engine's memory pays for that."""
        if self.memory is not None:
            _limit_memory(None)
        votes(Expression((1.0,)), [0])
        recorded()
        if self.memory is not None:
            _limit_memory(self.memory)
        self.consulted = True

    def explain(self, error: BaseException) -> str | None:
        """Return what to show for a failed law, None when it is not a fault of the engine."""
        outcome = self.faults.get(id(error)) if isinstance(error, Fault) else None
        return fault_block(asdict(outcome.finding)) if outcome and outcome.finding else None


def _limit_memory(amount: int | None) -> None:
    """Let the process take this many bytes more than it has now, or lift the limit again."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not there on Windows

    import psutil  # noqa: PLC0415 - only now needed

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    taken = psutil.Process().memory_info().vms
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (hard if amount is None else taken + amount, hard))
