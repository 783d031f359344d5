"""Further faults of a primitive that has one: a broken rule must not hide what else is broken.

The primitive is left out of later laws, so what else can be asked of it is asked here: each of its
forms alone, and whether it adds to what its operands have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from valuecheck.diagnosis.diagnosis import Diagnosis
from valuecheck.diagnosis.known_mistakes import explain
from valuecheck.diagnosis.measure import (
    Edge,
    close,
    measure,
    measure_edge,
    precision,
    reads_grad_for_data,
    samples,
)
from valuecheck.diagnosis.shared_nodes import overwrites
from valuecheck.diagnosis.wrong_values import primal
from valuecheck.program.builder import Program
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression

__all__ = ["Further", "further"]

_OF_RULES: Final = {
    "wrong value",
    "wrong partial",
    "missing gradient",
    "upstream ignored",
    "wrong operand",
    "overwritten gradient",
}


class Further(NamedTuple):
    """One more fault of a primitive, and a program that shows it."""

    diagnosis: Diagnosis
    expression: Expression


def further(subject: Subject, symbol: str, kind: str) -> Iterator[Further]:
    """Yield the faults of a primitive of other kinds than the one that was found.

    Args:
        subject: the engine.
        symbol: the primitive.
        kind: what was found wrong with it.
    """
    if kind not in _OF_RULES:
        return
    told = {kind}
    for more in (*_values(subject, symbol), *_rules(subject, symbol), *_sums(subject, symbol)):
        if more.diagnosis.kind not in told:
            told.add(more.diagnosis.kind)
            yield more


def _forms(subject: Subject, symbol: str) -> list[Form]:
    """Return the forms of a primitive that the engine has, the plainest first."""
    sides = [s for s in SIDES if s in subject.sides.get(symbol, ())]
    either = "either" in PRIMITIVES[symbol].operands
    return [Form.plainest(symbol), *([Form(symbol, s) for s in sides] if either else [])]


def _values(subject: Subject, symbol: str) -> Iterator[Further]:
    """Look for values that are wrong, in every form."""
    for form in _forms(subject, symbol):
        for single in samples(subject, form):
            measured = measure(subject, single)
            if measured is not None and not all(measured.primal_right):
                found = primal(subject, measured)
                if found is not None and found.primitive == symbol:
                    yield Further(found, single)
                break


def _rules(subject: Subject, symbol: str) -> Iterator[Further]:
    """Look for other mistakes in the rules, form by form and operand by operand."""
    plainest = Form.plainest(symbol)
    for form in _forms(subject, symbol):
        measured = [(single, measure(subject, single)) for single in samples(subject, form)]
        sound = [(single, m) for single, m in measured if m is not None and all(m.primal_right)]
        if form.number is not None and any(
            m is not None and not all(m.primal_right) for _, m in measured
        ):
            continue  # what computes another value has the slope of that
        for position in form.positions:
            edge = Edge(form, position)
            at = form.positions.index(position)
            wrong = [single for single, m in sound if not m.adjoint_right[at]]
            if not wrong:
                continue
            mistake = explain(edge, measure_edge(subject, edge), precision(subject))
            if mistake is not None:
                kind, sentence = mistake
                # 2 * x may be made as x * 2: either operand of the plain form may be meant.
                plain = [Edge(plainest, p) for p in plainest.positions]
                reads = kind == "missing gradient" and any(
                    reads_grad_for_data(subject, each) for each in plain
                )
                if reads:
                    kind = "wrong partial"  # that of a plain number, once it is a node, is 0
                whose = "" if form.row.arity == 1 else ("left ", "right ")[position]
                told = f"in the rule of {form.written}, {whose}operand: {sentence}"
                yield Further(Diagnosis(kind, told, symbol, position), wrong[0])


def _sums(subject: Subject, symbol: str) -> Iterator[Further]:
    """Look for `=` in place of `+=`, whatever it is that the rule hands on."""
    form = Form.plainest(symbol)
    for node, position in enumerate(form.positions):
        shown = _overwritten(subject, form, node)
        if shown is not None:
            yield Further(overwrites(symbol, position if form.row.arity > 1 else None), shown)
            return


def _overwritten(subject: Subject, form: Form, node: int) -> Expression | None:
    """Return a program in which a step leaves nothing of what its operand had before.

    The operand is used again by what joins it to the result; that is swept first. What the step
    hands on alone is measured, so that it need not be right.
    """
    shown = None
    for join in ("+", "-", "*"):
        if join == form.symbol or join not in subject.sound:
            continue
        for single in samples(subject, form)[:4]:
            program = Program.of(single)
            program.add(join, program.expression.output, node)
            by_itself, shared = measure(subject, single), measure(subject, program.expression)
            if by_itself is None or shared is None:
                return None
            own, got, result = (
                by_itself.adjoints[node],
                shared.adjoints[node],
                by_itself.primals[-1],
            )
            if own is None or got is None or result is None:
                return None
            ours, theirs = {
                "+": (own, 1.0),
                "-": (own, -1.0),
                "*": (own * single.leaves[node], result),
            }[join]
            if 0.0 in {ours, theirs} or ours == theirs:
                continue  # what came would not tell which of the two it is
            if not close(subject, got, ours):
                return None
            shown = program.expression
        if shown is not None:
            break
    return shown
