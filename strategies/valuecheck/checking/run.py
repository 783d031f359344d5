"""One target from start to verdict."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from valuecheck.checking.opening import open_engine
from valuecheck.checking.others import enter_others
from valuecheck.checking.outcome import ENDLESS, Checked, LawOutcome, Replayed
from valuecheck.checking.require import missing
from valuecheck.checking.selection import selected
from valuecheck.checking.settings import BadSettingsError
from valuecheck.checking.warnings import warnings_of
from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.finding import broken_by, find, nodes_of, without_expression
from valuecheck.diagnosis.further import further
from valuecheck.engines.engine import (
    CannotCheckError,
    Engine,
    EngineLostError,
    OutOfTimeError,
)
from valuecheck.judging.faults import (
    BrokenError,
    ChangedError,
    Fault,
    InconstantError,
    LostError,
    NotJudged,
    WrongNumberError,
)
from valuecheck.judging.judge import Judge, lost
from valuecheck.judging.ledger import Ledger
from valuecheck.judging.subject import Subject
from valuecheck.program.definition import defining
from valuecheck.program.transform import has_value
from valuecheck.suite.families import Task, every_law
from valuecheck.suite.law import Law
from valuecheck.suite.limits import LIMITS, Limit, Reached, try_limit
from valuecheck.suite.memory import Memory
from valuecheck.suite.policies import find_policies
from valuecheck.truth.oracles.availability import oracle_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.checking.settings import Settings
    from valuecheck.diagnosis.finding import Finding
    from valuecheck.program.expression import Expression

__all__ = ["MOST_LOST", "Check", "check", "every_name"]

MOST_LOST: Final = 3
"""An engine that hangs here and there would otherwise cost the time limit law after law."""

_REQUIRED: Final = "test_what_is_required_is_there"


def check(
    target: str,
    settings: Settings,
    progress: Callable[[Checked, str], None],
    engine: Engine | None = None,
) -> Checked:
    """Check one target.

    When it is interrupted, what was found by then comes back, with an error that says so.

    Args:
        target: as on the command line.
        settings: how.
        progress: called with what is known so far and the law under way, "" at the end.
        engine: the target's engine, where it is there already.
    """
    with defining(settings.define):
        return _check(target, settings, progress, engine)


def _check(
    target: str,
    settings: Settings,
    progress: Callable[[Checked, str], None],
    engine: Engine | None,
) -> Checked:
    checked = Checked(target, oracles=oracle_versions(), required=settings.require)
    started = time.monotonic()
    try:
        engine = engine or open_engine(target, settings, checked)
        checked.hello = engine.hello
        Check(engine, settings, checked).run(progress)
    except (CannotCheckError, BadSettingsError) as error:
        checked.error = str(error)
    except EngineLostError as error:
        checked.error = f"{target}: {error.reason}"
    except UnicodeEncodeError:
        checked.error = f"{target!r}: this name cannot be passed on"
    except KeyboardInterrupt:
        checked.interrupted = True
        checked.error = f"{target}: interrupted after {len(checked.outcomes)} laws"
    finally:
        if engine is not None:
            engine.close()
    checked.seconds = time.monotonic() - started
    if not checked.error:
        checked.error = _what_was_not_done(checked, settings)
    progress(checked, "")
    return checked


def _name_of(limit: Limit) -> str:
    return f"test_limit[{limit.name}]"


def every_name() -> list[str]:
    """Return the names of all that is tried on an engine, in that order."""
    laws = [task.name for task in every_law()]
    return [*laws, *map(_name_of, LIMITS.values()), "test_policies"]


def _what_was_not_done(checked: Checked, settings: Settings) -> str:
    """Return why a check that came to its end cannot say that an engine is right, "" if it can."""
    if checked.findings:
        return ""
    if checked.late:
        late = ", ".join(outcome.law for outcome in checked.late)
        return (
            f"{checked.target}: {settings.time_limit:g} s were too short for {late}; "
            "give a longer --time-limit or fewer --max-examples"
        )
    judged = sum(outcome.examples - outcome.undecided for outcome in checked.outcomes)
    if judged == 0 and not checked.own_failures:
        reasons = dict.fromkeys(o.reason for o in checked.outcomes if o.reason)
        why = "; ".join(reasons) or "no law was tried that judges gradients"
        return f"{checked.target}: no gradient was judged, so this is no PASS: {why}"
    return ""


class Check:
    """The check of one engine: laws one after the other, each with what is known by then.

    Attributes:
        judge: holds the engine to the ruler.
        checked: its outcome so far.
        settings: how the check is done.
    """

    def __init__(self, engine: Engine, settings: Settings, checked: Checked) -> None:
        self.judge: Judge = Judge(Subject(engine))
        self.checked = checked
        self.settings = settings
        self._lost = 0
        self._began = time.monotonic()
        memory = settings.memory
        self._memory = Memory(memory, checked.target) if memory is not None else None
        self._rough: dict[frozenset[str], tuple[str, WrongNumberError]] = {}

    def run(self, progress: Callable[[Checked, str], None]) -> None:
        """Try all laws that were selected, limits and policies."""
        if self.settings.replay is not None:
            self._replay(progress)
            return
        tasks = {task.name: task for task in every_law()}
        limits = {_name_of(limit): limit for limit in LIMITS.values()}
        self.checked.laws = selected(self.settings.select, every_name())
        if not self.settings.select:
            absent = self.judge.subject.engine.hello.absent
            self.checked.laws = [
                name
                for name in self.checked.laws
                if name not in tasks or absent.isdisjoint(tasks[name].arguments)
            ]
        self._require()
        for name in self.checked.laws:
            if self.settings.first_only and self.checked.findings:
                return
            progress(self.checked, name)
            if name in tasks:
                self.checked.outcomes.append(self.try_law(tasks[name]))
            elif name in limits:
                self.try_limit(name, limits[name])
            else:
                self.find_policies()
        if self.settings.go_on is not None:
            self._go_on(tasks, progress, self._began + self.settings.go_on)
        if not self.settings.select:
            for finding in enter_others(self.judge.subject, self.checked):
                outcome = LawOutcome(
                    finding.law, "primitives", "broken", examples=1, finding=finding
                )
                self.checked.outcomes.append(outcome)
        self.warn()

    def _require(self) -> None:
        """Enter what is required and missing, a fault each."""
        engine = self.judge.subject.engine
        for told, symbol in missing(engine, self.settings.require):
            finding = without_expression(
                engine.source, _REQUIRED, "missing operation", told, primitive=symbol
            )
            self.checked.outcomes.append(
                LawOutcome(_REQUIRED, "primitives", "broken", finding=finding)
            )

    def _go_on(
        self, tasks: dict[str, Task], progress: Callable[[Checked, str], None], until: float
    ) -> None:
        """Draw more for the laws that held, round after round, until time is up."""
        while time.monotonic() < until and self._lost < MOST_LOST:
            self.checked.rounds += 1
            for outcome in self.checked.outcomes:
                task = tasks.get(outcome.law)
                if task is None or not task.law.decoders or outcome.outcome != "held":
                    continue
                over = time.monotonic() >= until
                if over or (self.settings.first_only and self.checked.findings):
                    return
                progress(self.checked, outcome.law)
                outcome.add(self.try_law(task))

    def warn(self) -> None:
        """Enter what is reported but is not a fault."""
        self.checked.warnings += warnings_of(
            self.judge.subject, self._rough, self.checked.policies, clean=not self.checked.findings
        )

    def _replay(self, progress: Callable[[Checked, str], None]) -> None:
        expression = self.settings.replay
        assert expression is not None
        lacking = self.judge.subject.lacks(expression)
        if lacking is not None:
            raise CannotCheckError(f"{self.checked.target} lacks {lacking}: nothing to replay")
        if not has_value(expression):
            raise CannotCheckError(
                "the expression has no finite value in floats, so nothing can be judged"
            )

        def claim(_judge: Judge) -> Expression:
            return expression

        task = Task(Law("test_the_expression_given", claim, (), "replay", oracles=True))
        self.checked.laws = [task.name]
        progress(self.checked, task.name)
        self.checked.outcomes.append(self.try_law(task))
        with contextlib.suppress(EngineLostError):
            nodes = nodes_of(self.judge.subject, expression)
            self.checked.replayed = Replayed(expression, nodes)

    def try_law(self, task: Task) -> LawOutcome:
        """Try a law; whatever the engine does, an outcome comes back.

        A primitive that is found guilty is left out of what later laws draw.
        """
        outcome = LawOutcome(task.name, task.law.family)
        if self._lost >= MOST_LOST:
            outcome.outcome = "unsupported"
            outcome.reason = f"no answer came to {self._lost} laws before"
            return outcome
        fault: Fault | None = None
        try:
            budget = replace(self.settings.budget, round=self.checked.rounds, memory=self._memory)
            task.law.try_on(self.judge, budget, *task.arguments)
        except NotJudged as reason:
            outcome.outcome, outcome.reason = "unsupported", str(reason)
        except OutOfTimeError:
            outcome.outcome = "timed out"
            outcome.reason = f"did not finish within {self.settings.time_limit:g} s"
            self._lost += 1
        except CannotCheckError:
            raise
        except EngineLostError as error:
            self._lost += 1
            outcome.outcome = "timed out" if error.hangs else "crashed"
            fault = self._smallest(error)
        except Fault as found:
            outcome.outcome, fault = "broken", found
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not pass for a right engine
            outcome.outcome, outcome.reason = "crashed", _own_failure(error)
        self._enter(outcome, self.judge.ledger)
        if fault is not None:
            self._explain(outcome, fault)
        return outcome

    def _enter(self, outcome: LawOutcome, ledger: Ledger) -> None:
        outcome.examples, outcome.undecided = ledger.examples, ledger.undecided
        outcome.sharpness, outcome.disputes = ledger.sharpness, ledger.disputes
        for fault in ledger.rough:  # for each set of primitives the shortest program
            symbols = frozenset(step.symbol for step in fault.expression.steps)
            known = self._rough.get(symbols)
            if known is None or len(fault.expression) < len(known[1].expression):
                self._rough[symbols] = outcome.law, fault

    def _smallest(self, error: EngineLostError) -> LostError:
        """Return the fault with the simplest program to which no answer comes.

        The second half of its steps is left off, as long as that is so.
        """
        fault = lost(error)
        expression = fault.expression
        for _ in range(MOST_LOST):
            if expression is None or len(expression.steps) < 2:  # noqa: PLR2004 - one step is least
                break
            middle = len(expression.leaves) + len(expression.steps) // 2 - 1
            expression = expression.ending_at(middle)
            try:
                self.judge.observe(expression, ("backward", expression.output), ("read",))
            except EngineLostError as again:
                fault = lost(again)
            except (Fault, NotJudged):
                break
        return fault

    def _explain(self, outcome: LawOutcome, fault: Fault) -> None:
        """Look for the cause of a fault, and enter what is known from it."""
        finding = self._finding(fault, outcome.law)
        outcome.finding = finding
        if finding is None:  # an oracle is outside as well: no case against the engine
            outcome.outcome, outcome.reason = "unsupported", "an oracle dispute"
            outcome.disputes.append(fault.message)
        elif isinstance(fault, BrokenError):
            self.judge.subject.known_broken.add(fault.operation)  # that form, and no other
        elif finding.primitive is not None:
            outcome.further = self._further(outcome.law, finding.primitive, finding.kind)
            for each in (finding, *outcome.further):
                self.judge.subject.known_broken.add(broken_by(each))
        elif finding.kind not in {"stale state", "unexplained", "hang", "crash"}:
            self.judge.subject.known_cause = finding.kind

    def _further(self, law: str, symbol: str, kind: str) -> list[Finding]:
        """Return what else is wrong with a primitive, which later laws leave out."""
        subject, found = self.judge.subject, []
        ledger, self.judge.ledger = self.judge.ledger, Ledger()
        try:
            for diagnosis, expression in further(subject, symbol, kind):
                try:
                    self.judge.hold(expression)
                except Fault as fault:
                    found.append(find(subject, fault, law, diagnosis))
                except NotJudged:
                    continue
        except (EngineLostError, OutOfTimeError):
            pass  # what was found stands
        finally:
            self.judge.ledger = ledger
        return [finding for finding in found if finding is not None]

    def _finding(self, fault: Fault, law: str) -> Finding | None:
        """Return the finding of a fault; where the diagnosis itself fails, one that says so."""
        subject, limit = self.judge.subject, self.settings.time_limit
        subject.engine.until = None if limit is None else time.monotonic() + limit
        state = any(f.kind == "stale state" and f.primitive is None for f in self.checked.findings)
        known = state and isinstance(fault, InconstantError)
        try:
            # What comes and goes does so for the reason that was found.
            return find(
                subject, fault, law, Diagnosis("stale state", fault.message) if known else None
            )
        except EngineLostError as error:  # it hangs on some of what it was asked
            subject.engine.until = None
            return find(subject, self._smallest(error), law)
        except (OutOfTimeError, Exception) as error:  # noqa: BLE001 - the fault stands all the same
            subject.engine.until = None
            failed = isinstance(error, Exception)
            why = _own_failure(error) if failed else "no time was left to find out why"
            story = fault.program(subject.engine.source)
            return find(subject, ChangedError(f"{fault.message} ({why})", None, story), law)
        finally:
            subject.engine.until = None

    def try_limit(self, law: str, limit: Limit) -> Reached | None:
        """Try a limit; an engine that is silently wrong there has a fault."""
        self.judge.ledger = Ledger()
        result: Reached | None = None
        try:
            if self._lost < MOST_LOST:
                result = try_limit(self.judge, limit)
        except WrongNumberError as fault:
            if any(finding.primitive is None for finding in self.checked.findings):
                return self._not_reached(limit, "its gradients are wrong: see above")
            outcome = LawOutcome(law, "limits", "broken", examples=1)
            self._explain(outcome, fault)
            self.checked.outcomes.append(outcome)
        except EngineLostError as error:  # not to get there is not a fault, whatever it costs
            return self._not_reached(limit, error.reason)
        except NotJudged:
            pass
        if result is not None:
            self.checked.limits.append(result)
        return result

    def _not_reached(self, limit: Limit, why: str) -> Reached:
        result = Reached(limit.name, reached=False, detail=why)
        self.checked.limits.append(result)
        return result

    def find_policies(self) -> None:
        """Find out the policies and enter them."""
        endless = 0
        for name, question in find_policies(self.judge.subject):
            if endless >= MOST_LOST:
                break
            try:
                policy = question()
            except OutOfTimeError:
                break
            except EngineLostError as error:
                policy = ENDLESS if error.hangs else error.reason
                endless += 1
            if policy is not None:
                self.checked.policies[name] = policy


def _own_failure(error: BaseException) -> str:
    return f"valuecheck itself failed, please report: {type(error).__name__}: {error!s:.200}"
