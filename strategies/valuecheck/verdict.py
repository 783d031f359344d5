"""Trying a law on an engine, and what comes of it: held, broken with a finding, or not judged."""

from __future__ import annotations

import inspect
import math
import time
import traceback
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.diagnosis.measure import measure
from valuecheck.engine import DUNDERS, OPERATORS
from valuecheck.fault import Fault, NotJudged
from valuecheck.overtime import ENDLESS, TimeIsUp, took_most_of_it
from valuecheck.program.expression import Constant, number_to_json
from valuecheck.report.reproducer import reproducer
from valuecheck.truth.agreement import NotANumberError, agrees, read_number
from valuecheck.truth.oracles.panel import ORACLES, votes
from valuecheck.truth.ruler import midpoint, radius

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression
    from valuecheck.suite.law import Law
    from valuecheck.trial import Trial

__all__ = ["Finding", "Outcome", "finding_of", "try_law"]

OutcomeName = Literal["held", "broken", "unsupported", "timed out", "crashed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its cause, ready for a report; all its fields are JSON data.

    Attributes:
        law: the law that was broken.
        kind: one of `valuecheck.diagnosis.KINDS`.
        primitive: the guilty symbol, None when it is no single one.
        operand: the guilty operand, 0 or 1, None when it is no single one.
        message: the mistake in a sentence.
        evidence: what was observed.
        expression: the simplest program found, as `Expression.to_json` writes it.
        program: the same as Python for this engine.
        node: the name of the node whose number is wrong.
        quantity: "primal" or "adjoint", or what else was looked at.
        got: what the engine gave; a string where it is no finite number.
        expected: what it must be.
        allowed: how far from it a correct engine may be.
        oracles: what each oracle says; None where it abstains or is not installed.
        reproducer: standalone Python that fails on the engine.
        nodes: every node of the program with what it holds and should hold.
        where: "file:line" in the engine's source: where it raised, or the guilty operation.
    """

    law: str
    kind: str
    primitive: str | None
    operand: int | None
    message: str
    evidence: str
    expression: dict[str, Any] | None
    program: str
    node: str | None
    quantity: str
    got: Any
    expected: Any
    allowed: Any
    oracles: dict[str, Any]
    reproducer: str
    nodes: list[dict[str, Any]]
    where: str | None


@dataclass(slots=True)
class Outcome:
    """What came of trying one law on an engine.

    Attributes:
        law: its name, with the primitive in brackets where it is about one.
        family: the family of laws it belongs to.
        outcome: as in the JSON report.
        reason: why it was not judged.
        examples: how many expressions were judged.
        undecided: how many of them could not be.
        sharpness: radius over gradient, for every gradient judged that is not 0.
        disputes: oracles that left the ball.
        finding: the fault.
        fault: the exception behind it.
    """

    law: str
    family: str
    outcome: OutcomeName = "held"
    reason: str = ""
    examples: int = 0
    undecided: int = 0
    sharpness: list[float] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)
    finding: Finding | None = None
    fault: Fault | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what travels from the process that judges to the one that reports."""
        return {
            "law": self.law,
            "family": self.family,
            "outcome": self.outcome,
            "reason": self.reason,
            "examples": self.examples,
            "undecided": self.undecided,
            "sharpness": self.sharpness,
            "disputes": self.disputes,
            "finding": asdict(self.finding) if self.finding else None,
        }


def try_law(trial: Trial, law: Law, *arguments: Any) -> Outcome:
    """Try a law on an engine; whatever the engine does, an outcome comes back.

    A primitive that is found guilty is entered in `trial.known_broken`.

    Args:
        trial: the engine on trial.
        law: the law.
        *arguments: the symbol, for a law about one primitive.
    """
    name = law.name + "".join(f"[{argument}]" for argument in arguments)
    outcome = Outcome(name, law.family)
    try:
        law.try_on(trial, *arguments)
    except NotJudged as reason:
        outcome.outcome, outcome.reason = "unsupported", str(reason)
    except TimeIsUp:
        outcome.outcome = "timed out"
        outcome.fault = _hang(trial)
    except Fault as fault:
        outcome.outcome, outcome.fault = "broken", fault
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not pass for a right engine
        outcome.outcome, outcome.reason = "crashed", _own_failure(error)
    ledger = trial.ledger
    outcome.examples, outcome.undecided = ledger.examples, ledger.undecided
    outcome.sharpness, outcome.disputes = ledger.sharpness, ledger.disputes
    if outcome.fault is not None:
        began = time.monotonic()
        try:
            outcome.finding = _finding(trial, outcome.fault, name)
        except TimeIsUp:
            outcome.outcome = "timed out"
            outcome.finding = _finding(trial, _cut_short(trial, outcome.fault, began), name)
        if outcome.finding is None:  # an oracle is outside as well: no case against the engine
            outcome.outcome, outcome.reason = "unsupported", "an oracle dispute"
            outcome.disputes.append(outcome.fault.message)
        elif outcome.finding.primitive is not None:
            trial.known_broken.add(outcome.finding.primitive)
        elif outcome.finding.kind not in {"stale state", "unexplained", "hang"}:
            trial.known_cause = outcome.finding.kind
    trial.overruns += outcome.outcome == "timed out"
    return outcome


def _own_failure(error: Exception) -> str:
    return f"valuecheck itself failed, please report: {type(error).__name__}: {error!s:.200}"


def _finding(trial: Trial, fault: Fault, law: str) -> Finding | None:
    """Return the finding of a fault; where the diagnosis itself fails, one that says so."""
    try:
        return finding_of(trial, fault, law)
    except Exception as error:  # noqa: BLE001 - the fault stands all the same
        bare = Fault(f"{fault.message} ({_own_failure(error)})", quantity="state")
        return finding_of(trial, bare, law)


def _cut_short(trial: Trial, fault: Fault, began: float) -> Fault:
    """Return the fault to report where time was up in the middle of looking for its cause."""
    if took_most_of_it(began):  # the engine hangs on some of what it was asked
        return _endless(fault.expression)
    told = f"{fault.message} (no time was left to find out why)"
    return Fault(told, quantity="state", story=program_of(trial, fault))


def _hang(trial: Trial) -> Fault | None:
    """Return the fault of an engine that was busy with one expression for most of the time.

    An engine that had begun just before time was up may only be slow, or the law a long one.
    """
    if trial.at_work_on is None or not took_most_of_it(trial.at_work_since):
        return None
    return _endless(trial.at_work_on)


def _endless(expression: Expression | None) -> Fault:
    return Fault(f"it {ENDLESS}", expression, quantity="time")


def finding_of(trial: Trial, fault: Fault, law: str = "") -> Finding | None:
    """Return a fault with its cause, or None when the oracles do not support the case.

    Args:
        trial: the engine on trial.
        fault: what it did.
        law: the name of the law that was broken.
    """
    expression, node, ball = fault.expression, fault.node, fault.ball
    answers: dict[str, float | None] = dict.fromkeys(ORACLES)
    if expression is not None and node is not None and fault.quantity == "adjoint":
        answers = {name: answer[0] for name, answer in votes(expression, [node]).items()}
        if ball is not None and not all(a is None or agrees(a, ball) for a in answers.values()):
            return None
    if fault.quantity == "time":
        symbols = {step.symbol for step in expression.steps} if expression is not None else set()
        # With one primitive at work it must be that one; with several it may be any, or the sweep.
        primitive = symbols.pop() if len(symbols) == 1 else None
        diagnosis = Diagnosis("hang", fault.message, primitive)
    else:
        diagnosis = diagnose(trial, fault)
    return Finding(
        law=law,
        kind=diagnosis.kind,
        primitive=diagnosis.primitive,
        operand=diagnosis.operand,
        message=diagnosis.sentence,
        evidence=fault.message,
        expression=expression.to_json() if expression is not None else None,
        program=program_of(trial, fault),
        node=expression.name(node) if expression is not None and node is not None else None,
        quantity=fault.quantity,
        got=_json_number(fault.got),
        expected=None if ball is None else _json_number(midpoint(ball)),
        allowed=None if ball is None else _json_number(radius(ball)),
        oracles={n: None if a is None else number_to_json(a) for n, a in answers.items()},
        reproducer=reproducer(trial.engine, fault),
        nodes=nodes_of(trial, expression) if expression and fault.quantity != "time" else [],
        where=_raised_at(trial, fault) or _where(trial, diagnosis.primitive, expression),
    )


def nodes_of(trial: Trial, expression: Expression) -> list[dict[str, Any]]:
    """Return every node of an expression with what it holds on an engine and what it should hold.

    Empty when the engine raises.
    """
    outcome = measure(trial, expression)
    if outcome is None:
        return []
    return [
        {
            "name": expression.name(node),
            "primal": _json_number(outcome.primals[node]),
            "true_primal": _json_number(outcome.true_primals[node]),
            "primal_right": outcome.primal_right[node],
            "adjoint": _json_number(outcome.adjoints[node]),
            "true_adjoint": _json_number(outcome.true_adjoints[node]),
            "adjoint_right": outcome.adjoint_right[node],
        }
        for node in range(len(expression))
    ]


def program_of(trial: Trial, fault: Fault) -> str:
    """Return the program of a fault as Python for this engine, the sweep included."""
    if fault.expression is None or fault.complete:
        return fault.story
    lines = trial.engine.spell(fault.expression)
    if fault.story:
        lines.append(fault.story)
    elif fault.quantity not in {"primal", "special value"}:
        lines.append(trial.engine.spell_sweep(fault.expression))
    return "\n".join(lines)


def _json_number(got: Any) -> Any:
    if got is None:
        return None
    try:
        number = read_number(got)
    except NotANumberError as error:
        return str(error)
    return number if math.isfinite(number) else str(number)


def _raised_at(trial: Trial, fault: Fault) -> str | None:
    """Return file and line in the engine's own code where something was raised, None if nothing."""
    cause = getattr(fault.error, "cause", None)
    if cause is None:
        return None
    functions = filter(inspect.isfunction, vars(trial.engine.cls).values())
    files = {function.__code__.co_filename for function in functions}
    entries = traceback.extract_tb(cause.__traceback__)
    return next(
        (f"{e.filename}:{e.lineno}" for e in reversed(entries) if e.filename in files), None
    )


def _where(trial: Trial, symbol: str | None, expression: Expression | None) -> str | None:
    """Return file and line of the function that implements a primitive.

    That is the reflected one where the expression has a plain number on the left of it throughout.
    """
    if symbol is None:
        return None
    engine = trial.engine
    function: Any = engine.operations.get(symbol)
    if function in OPERATORS.values() or function is abs or function is None:
        steps = [step for step in expression.steps if step.symbol == symbol] if expression else []
        reflected = steps and all(isinstance(step.operands[0], Constant) for step in steps)
        dunder = DUNDERS.get((symbol, "left" if reflected else None)) or DUNDERS.get((symbol, None))
        function = getattr(engine.cls, dunder or "", None)
    elif engine.spellings[symbol].startswith("{0}."):
        function = getattr(engine.cls, engine.spellings[symbol][4:].partition("(")[0], None)
    try:
        code = inspect.unwrap(function).__code__
    except (AttributeError, TypeError, ValueError):
        return None
    return f"{code.co_filename}:{code.co_firstlineno}"
