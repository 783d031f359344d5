"""Operations that the table does not know, judged by their own values.

For each: is what it hands on the slope of what it computes? The rule, without a proof: the slope is
the central difference of the engine's own data, extrapolated from two steps (Richardson); its error
is estimated by how far the two differ. A gradient may be off by ten times that, and by 10^-6 of the
slope or of 1. Where the two differ by more than 10^-3 of the slope, as at a kink, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from valuecheck.diagnosis.finding import Finding, without_expression
from valuecheck.engines.engine import EngineLostError
from valuecheck.engines.protocol import NotNumber, Question, Raised
from valuecheck.program.expression import Expression
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.checking.outcome import Checked
    from valuecheck.engines.engine import Engine
    from valuecheck.engines.protocol import Action, Other
    from valuecheck.judging.subject import Subject

__all__ = ["NotChecked", "enter_others", "judge_others"]

_POINTS: Final = ((0.7, 1.3), (-0.6, 0.45), (1.9, -1.7), (2.9, 0.85), (-2.2, 2.3), (0.3, 1.1))
_FUNCTIONS: Final = frozenset(
    (
        *("gelu", "elu", "selu", "celu", "mish", "leaky_relu", "leakyrelu", "prelu", "relu6"),
        *("softsign", "hardtanh", "hard_sigmoid", "erf", "log2", "log10", "exp2", "cbrt"),
        *("asin", "acos", "arcsin", "arccos", "acosh", "atanh", "arccosh", "arctanh", "sinc"),
    )
)
"""What is called like this computes, and gives a node."""

_NEVER_DATA: Final = frozenset({"list", "tuple", "str", "dict", "set", "NoneType", "bytes"})

_ACCIDENTS: Final = {"AttributeError", "NameError", "UnboundLocalError", "TypeError"}


class NotChecked(NamedTuple):
    """An operation of the class that was not judged, and why."""

    name: str
    why: str


class _Sample(NamedTuple):
    """The outcome of an operation at one point: its slopes, and what it handed on."""

    at: Sequence[float]
    slopes: list[float]
    allowed: list[float]
    got: list[float]  # with an upstream of 1
    scaled: list[float] | None  # with an upstream of 3
    shared: list[float] | None  # with each operand used once more


_BY_THE_WAY: Final = frozenset({"x**y", "c**x"})
"""An engine has them by having `**`, and most have that for numbers only."""


def enter_others(subject: Subject, checked: Checked) -> list[Finding]:
    """Judge the operations that the table does not know, on an engine of their own.

    What was not judged is entered, and how many operations the class has. Returns what is wrong.
    """
    hello = subject.engine.hello
    refused = {
        symbol: why
        for symbol, why in hello.unsupported.items()
        if symbol in PRIMITIVES and symbol not in _BY_THE_WAY and why != "not there"
    }
    checked.not_checked += [NotChecked(s, f"it raises {why}") for s, why in refused.items()]
    checked.offered = len(hello.primitives) + len(refused) + len(hello.others)
    spare = subject.engine.spare() if hello.others else None
    if spare is None:
        checked.not_checked += [
            NotChecked(other.name, other.why or "it is not called in this process")
            for other in hello.others
        ]
        return []
    try:
        findings, left = judge_others(spare, subject.sound)
    finally:
        spare.close()
    checked.not_checked += left
    return findings


def judge_others(engine: Engine, sound: Sequence[str]) -> tuple[list[Finding], list[NotChecked]]:
    """Judge every operation that the table does not know.

    Args:
        engine: an engine of its own for this: who knows what these do.
        sound: the symbols that may be used beside them.

    Returns what is wrong, and what could not be judged.
    """
    findings: list[Finding] = []
    left: list[NotChecked] = []
    for other in engine.hello.others:
        why = other.why
        if not why:
            try:
                found = _judge(engine, other, sound)
            except EngineLostError as error:
                found = error.reason
            if isinstance(found, Finding):
                findings.append(found)
                continue
            why = found
        if why:
            left.append(NotChecked(other.name, why))
    return findings, left


def _judge(engine: Engine, other: Other, sound: Sequence[str]) -> Finding | str:
    """Return what is wrong with an operation, or why it could not be judged; "" if it is right."""
    samples, raised = [], ""
    accident = True
    for point in _POINTS:
        at = point[: other.arity]
        then = (("call", other.name, *range(len(at))), ("read",))
        answer = engine.ask_one(Question(Expression(at), then))
        if answer.error is None:
            accident = False
            stored = answer.number_of(0, "data", len(at))
            if isinstance(stored, NotNumber) and stored.type in {*_NEVER_DATA, engine.hello.name}:
                told = f"it stores {stored.repr} of type {stored.type} as data"
                return _finding(engine, other, at, "wrong type", told)
            sample = _sample(engine, other, at, sound)
            if isinstance(sample, Raised):
                told = f"a sweep through it raises {sample}"
                return _finding(engine, other, at, "crash", told)
            if sample is not None:
                samples.append(sample)
        else:
            if answer.error.type == "not a node":
                return _no_node(engine, other, at, answer.error)
            raised = str(answer.error)
            accident = accident and answer.error.type in _ACCIDENTS and not answer.error.purpose
    if raised and accident:
        return _finding(engine, other, _POINTS[0], "crash", f"it raises {raised}")
    if not samples:
        return f"it raises {raised}" if raised else "it has no slope at the points tried"
    if not any(any(sample.got) for sample in samples):
        flat = all(abs(slope) < 1e-6 for sample in samples for slope in sample.slopes)  # noqa: PLR2004
        return "" if flat else "no gradient comes back through it: right only where that is meant"
    return next((f for f in (_wrong(engine, other, s) for s in samples) if f), "")


def _no_node(engine: Engine, other: Other, at: Sequence[float], error: Raised) -> Finding | str:
    """Return what is wrong with an operation that gives no node; or that it is none, perhaps."""
    if error.made:
        told = f"{error.message}, though it made a node: is its return missing?"
        return _finding(engine, other, at, "wrong type", told)
    if error.plain and other.name.lower() in _FUNCTIONS:
        told = f"{error.message}: no sweep comes to its operand"
        return _finding(engine, other, at, "detached result", told)
    return error.message.replace(other.name, "it", 1)


def _wrong(engine: Engine, other: Other, sample: _Sample) -> Finding | None:
    for position, slope in enumerate(sample.slopes):
        allowed, got = sample.allowed[position], sample.got[position]
        if abs(got - slope) > allowed:
            told = f"it hands on {got:.6g}, but its own values rise by {slope:.6g} per unit"
            return _finding(engine, other, sample.at, "wrong partial", told, position)
        if sample.scaled and abs(sample.scaled[position] - 3 * slope) > 3 * allowed:
            told = f"times 3 it hands on {sample.scaled[position]:.6g}, not {3 * slope:.6g}"
            return _finding(engine, other, sample.at, "upstream ignored", told, position)
        if sample.shared and abs(sample.shared[position] - slope - 1) > allowed:
            told = (
                f"added to its own operand the gradient is {sample.shared[position]:.6g}, not "
                f"{slope + 1:.6g}: `=` where `+=` belongs"
            )
            return _finding(engine, other, sample.at, "overwritten gradient", told, position)
    return None


def _sample(
    engine: Engine, other: Other, at: Sequence[float], sound: Sequence[str]
) -> _Sample | Raised | None:
    """Return what an operation does at a point; None where it has no slope there."""
    slopes, allowed = [], []
    for position, x in enumerate(at):
        steps = [1e-3 * max(1.0, abs(x)), 5e-4 * max(1.0, abs(x))]
        quotients = []
        for step in steps:
            ends = [
                _value(engine, other, [*at[:position], x + s * step, *at[position + 1 :]])
                for s in (1, -1)
            ]
            if ends[0] is None or ends[1] is None:
                return None
            quotients.append((ends[0] - ends[1]) / (2 * step))
        slope = (4 * quotients[1] - quotients[0]) / 3
        error = abs(slope - quotients[1])
        if error > 1e-3 * max(abs(slope), 1e-3):
            return None
        slopes.append(slope)
        allowed.append(10 * error + 1e-6 * max(abs(slope), 1.0))
    leaves = len(at)
    got = _gradients(engine, other, at, [])
    if isinstance(got, Raised):
        return got
    more: dict[str, list[Action]] = {}
    if "*" in sound:
        more["scaled"] = [("step", "*", leaves + 1, leaves)]
    if "+" in sound and leaves == 1:
        more["shared"] = [("step", "+", leaves, 0)]
    found: dict[str, list[float]] = {}
    for name, then in more.items():
        numbers = _gradients(engine, other, (*at, 3.0) if name == "scaled" else at, then)
        if isinstance(numbers, Raised):
            return numbers
        found[name] = numbers
    return _Sample(at, slopes, allowed, got, found.get("scaled"), found.get("shared"))


def _value(engine: Engine, other: Other, at: Sequence[float]) -> float | None:
    call = ("call", other.name, *range(other.arity))
    answer = engine.ask_one(Question(Expression(tuple(at)), (call, ("read",))))
    got = None if answer.error is not None else answer.number_of(0, "data", len(at))
    return got if isinstance(got, float) else None


def _gradients(
    engine: Engine, other: Other, at: Sequence[float], more: list[Action]
) -> list[float] | Raised:
    call = ("call", other.name, *range(other.arity))
    then = (call, *more, ("backward", len(at) + len(more)), ("read",))
    answer = engine.ask_one(Question(Expression(tuple(at)), then))
    if answer.error is not None:
        return answer.error
    found = [answer.number_of(0, "grad", leaf) for leaf in range(other.arity)]
    return [number if isinstance(number, float) else 0.0 for number in found]


def _finding(
    engine: Engine,
    other: Other,
    at: Sequence[float],
    kind: str,
    told: str,
    position: int | None = None,
) -> Finding:
    source = engine.source
    names = [f"x{i}" for i in range(other.arity)]
    call = f"{names[0]}.{other.name}({', '.join(names[1:])})"
    program = [source.leaf(name, x) for name, x in zip(names, at, strict=False)]
    program += [f"v = {call}", source.spellings["backward"].format("v")]
    where = ", ".join(f"{x:g}" for x in at[: other.arity])
    return without_expression(
        source,
        "test_an_operation_hands_on_its_own_slope",
        kind,
        f"{other.name} at {where}: {told}",
        program,
        primitive=other.name,
        operand=position if other.arity > 1 else None,
        where=other.where,
    )
