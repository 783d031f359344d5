"""A fault with its cause, ready for a report."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from valuecheck.diagnosis.diagnose import diagnose
from valuecheck.diagnosis.lines import line_of_rule
from valuecheck.diagnosis.measure import measure
from valuecheck.engines.protocol import NotNumber
from valuecheck.judging.faults import (
    ChangedError,
    DeepError,
    LostError,
    RaisedError,
    SpecialValueError,
    WrongNumberError,
)
from valuecheck.program.expression import Constant, Expression, number_to_json
from valuecheck.program.form import Form
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.agreement import agrees
from valuecheck.truth.oracles.panel import ORACLES, votes, votes_on_data
from valuecheck.truth.ruler import midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.diagnosis.diagnosis import Diagnosis
    from valuecheck.engines.protocol import Number
    from valuecheck.judging.faults import Fault
    from valuecheck.judging.subject import Subject
    from valuecheck.program.source import Source

__all__ = ["Finding", "NodeShown", "broken_by", "find", "nodes_of", "without_expression"]

_OF_SWEEPS = {"wrong order", "lost contribution", "missing gradient"}
"""What is wrong with the sweep when it is no single primitive's fault."""

_WIDEST: Final = 200
"""Characters of a line that are quoted."""

JsonNumber = float | str | None
"""A number; "inf", "-inf", "nan" or what stands in place of one; None where there is none."""


class NodeShown(msgspec.Struct, frozen=True):
    """A node of a program, with what it holds on an engine and what it should hold.

    Attributes:
        name: what it is called in the program.
        data: what the engine holds.
        true_data: the centre of the ball.
        data_right: whether it lies in the ball.
        grad: what the engine holds.
        true_grad: the centre of the ball.
        grad_right: whether it lies in the ball.
    """

    name: str
    data: JsonNumber
    true_data: JsonNumber
    data_right: bool
    grad: JsonNumber
    true_grad: JsonNumber
    grad_right: bool


class Finding(msgspec.Struct, frozen=True):
    """A fault with its cause, ready for a report.

    Attributes:
        law: the law that was broken.
        kind: one of `valuecheck.diagnosis.KINDS`.
        primitive: the guilty symbol, None when it is no single one.
        operand: the guilty operand, 0 or 1, None when it is no single one.
        message: the mistake in a sentence.
        evidence: what was observed.
        where: "file:line" in the engine's source: where it raised, the line of the rule, or where
            the guilty operation or the sweep begins.
        line: the text of that line, "" where it cannot be read.
        expression: the simplest program found, as `Expression.to_json` writes it.
        program: the same as Python for this engine.
        node: the name of the node whose number is wrong.
        quantity: "data" or "grad" of that node.
        got: what the engine gave.
        expected: what it must be.
        allowed: how far from it a correct engine may be.
        oracles: what each oracle says; None where it abstains or is not installed.
        reproducer: standalone Python that fails on the engine.
        nodes: every node of the program with what it holds and should hold.
        laws: all laws that this cause broke.
    """

    law: str
    kind: str
    primitive: str | None
    operand: int | None
    message: str
    evidence: str
    where: str | None
    expression: dict[str, Any] | None
    program: str
    node: str | None
    quantity: str
    got: JsonNumber
    expected: JsonNumber
    allowed: JsonNumber
    oracles: dict[str, JsonNumber]
    reproducer: str
    nodes: list[NodeShown]
    laws: list[str] = []
    line: str = ""


def find(
    subject: Subject, fault: Fault, law: str = "", diagnosis: Diagnosis | None = None
) -> Finding | None:
    """Return a fault with its cause, or None when the oracles do not support the case.

    Args:
        subject: the engine.
        fault: what it did.
        law: the name of the law that was broken.
        diagnosis: the cause, where it is known.
    """
    expression = fault.expression
    answers: dict[str, float | None] = dict.fromkeys(ORACLES)
    wrong = fault if isinstance(fault, WrongNumberError) else None
    if wrong is not None:
        grads = votes(wrong.expression, [wrong.node]) if wrong.quantity == "grad" else {}
        answers = {name: answer[0] for name, answer in grads.items()}
        answers = answers or votes_on_data(wrong.expression, wrong.node)
        if not all(a is None or agrees(a, wrong.ball) for a in answers.values()):
            return None
    diagnosis = diagnosis or diagnose(subject, fault)
    source = subject.engine.source
    got = wrong.got if wrong else fault.got if isinstance(fault, SpecialValueError) else None
    failing = "\n".join(fault.failing(source))
    imports = source.imports(failing)
    if isinstance(fault, DeepError):
        expression = None  # nobody reads a thousand steps
    shown = expression is not None and not isinstance(fault, (LostError, RaisedError))
    where = _where(subject, fault, diagnosis)
    return Finding(
        law=law,
        kind=diagnosis.kind,
        primitive=diagnosis.primitive,
        operand=diagnosis.operand,
        message=diagnosis.sentence,
        evidence=fault.message,
        where=where,
        line=_text_of(where),
        expression=expression.to_json() if expression is not None else None,
        program="\n".join(fault.program(source)),
        node=wrong.expression.name(wrong.node) if wrong else None,
        quantity=wrong.quantity if wrong else "",
        got=_json_number(got),
        expected=_json_number(midpoint(wrong.ball)) if wrong else None,
        allowed=_json_number(radius(wrong.ball)) if wrong else None,
        oracles={n: _json_number(a) for n, a in answers.items()},
        reproducer="\n".join([*imports, "", failing, ""]) if failing else "",
        nodes=nodes_of(subject, expression) if expression is not None and shown else [],
    )


def broken_by(finding: Finding) -> str:
    """Return what later laws leave out: a form with a plain number where only that is wrong."""
    symbol = finding.primitive or ""
    if finding.expression is None or "either" not in PRIMITIVES[symbol].operands:
        return symbol
    steps = Expression.from_json(finding.expression).steps
    forms = {Form.of(step) for step in steps if step.symbol == symbol}
    only = forms.pop() if len(forms) == 1 else Form(symbol)
    return str(only) if only.number is not None else symbol


def without_expression(
    source: Source, law: str, kind: str, message: str, story: Sequence[str] = (), **more: Any
) -> Finding:
    """Return a finding whose program is no `Expression`: a story in Python, or none.

    Args:
        source: how a program is written for the engine.
        law: the law that was broken.
        kind: one of `KINDS`.
        message: the mistake in a sentence.
        story: the lines of a program that shows it.
        more: "primitive", "operand" and "where", as `Finding` has them.
    """
    fields = {"primitive": None, "operand": None, "where": None, **more}
    lines = ChangedError(message, None, story).failing(source) if story else []
    program = "\n".join(lines)
    return Finding(
        law=law,
        kind=kind,
        **fields,
        line=_text_of(fields["where"]),
        message=message,
        evidence=message,
        expression=None,
        program=program,
        node=None,
        quantity="",
        got=None,
        expected=None,
        allowed=None,
        oracles={},
        reproducer="\n".join([*source.imports(program), "", program, ""]) if lines else "",
        nodes=[],
    )


def nodes_of(subject: Subject, expression: Expression) -> list[NodeShown]:
    """Return every node of an expression with what it holds on an engine and what it should hold.

    Empty when the engine raises.
    """
    measured = measure(subject, expression)
    if measured is None:
        return []
    return [
        NodeShown(
            name=expression.name(node),
            data=_json_number(measured.primals[node]),
            true_data=_json_number(measured.true_primals[node]),
            data_right=measured.primal_right[node],
            grad=_json_number(measured.adjoints[node]),
            true_grad=_json_number(measured.true_adjoints[node]),
            grad_right=measured.adjoint_right[node],
        )
        for node in range(len(expression))
    ]


def _json_number(got: Number) -> JsonNumber:
    if isinstance(got, NotNumber):
        return str(got)
    return None if got is None else number_to_json(got)


def _text_of(where: str | None) -> str:
    """Return the line of a file at "file:line", without the blanks around it."""
    file, _, number = (where or "").rpartition(":")
    return linecache.getline(file, int(number)).strip()[:_WIDEST] if file else ""


def _where(subject: Subject, fault: Fault, diagnosis: Diagnosis) -> str | None:
    """Return where something was raised, the line of a rule, or where its operation begins.

    The reflected operation where the expression has a plain number on the left of it throughout.
    """
    places, symbol = subject.engine.hello.places, diagnosis.primitive
    if isinstance(fault, RaisedError) and fault.error.where is not None:
        return fault.error.where
    if symbol is None:
        return places.get("backward") if diagnosis.kind in _OF_SWEEPS else None
    if isinstance(fault, WrongNumberError):
        line = line_of_rule(subject, fault, symbol)
        if line is not None:
            return line
    steps = fault.expression.steps if fault.expression is not None else ()
    theirs = [step for step in steps if step.symbol == symbol]
    reflected = theirs and all(isinstance(step.operands[0], Constant) for step in theirs)
    return (places.get(f"{symbol} left") if reflected else None) or places.get(symbol)
