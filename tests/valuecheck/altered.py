"""Engines altered in one place, and what the diagnosis tells of them."""

from __future__ import annotations

from flint import arb

from tests.mutants import Mutant
from valuecheck.checking.warnings import single_precision
from valuecheck.diagnosis import diagnose
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import Raised
from valuecheck.judging.faults import Fault, RaisedError, WrongNumberError
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.ruler import DOUBLE

SQUARE = Expression((3.0,), (Step("*", (0, 0)),))
ADD = "    a, b = out._prev\n    a.grad += out.grad\n    b.grad += out.grad\n"
MUL = "    a.grad += b.data * out.grad\n    b.grad += a.data * out.grad\n"
DIV = "    a.grad += out.grad / b.data\n    b.grad -= out.data / b.data * out.grad"
EXP = "a.grad += out.data * out.grad"
TANH = "a.grad += (1.0 - out.data * out.data) * out.grad"
CALL = "            node._backward(node)\n"
"""The line of the sweep that calls a rule."""
TIMES_NUMBER = "            other = Value(other)\n        out = Value(self.data * other.data"
"""Where a product makes a leaf of a plain number."""
SUM = 'out = Value(self.data + other.data, (self, other), "+")'


def subject_of(*changes: tuple[str, str], base: str = "frozen") -> Subject:
    """Return an engine in which some texts are replaced, ready to be asked."""
    return Subject(open_class(Mutant("wrong", changes, "unexplained", base=base).engine))


def only(subject: Subject, *symbols: str) -> Subject:
    """Leave a subject with a few primitives, the others being known to be broken."""
    subject.known_broken |= set(PRIMITIVES).difference(symbols)
    return subject


def unary(symbol: str, number: float = 0.7) -> Expression:
    return Expression((number,), (Step(symbol, (0,)),))


def fault_of(subject: Subject, expression: Expression) -> Fault:
    """Return the first fault of an engine on an expression, or else the first lost digits."""
    judge = Judge(subject, oracles=())
    try:
        judge.hold(expression)
    except Fault as fault:
        return fault
    if not judge.ledger.rough:
        assert subject.ruler.width < DOUBLE, "nothing is wrong"
        return single_precision(subject)
    return judge.ledger.rough[0]


def told(subject: Subject, expression: Expression) -> tuple[str, str | None, int | None, str]:
    """Return what is reported of the first fault of an engine on an expression."""
    found = diagnose(subject, fault_of(subject, expression))
    return found.kind, found.primitive, found.operand, found.sentence


def wrong_number(message: str, expression: Expression, got: float, ball: arb) -> WrongNumberError:
    """Return the fault of a wrong gradient at the first leaf."""
    return WrongNumberError(message, expression, node=0, quantity="grad", got=got, ball=ball)


def raises(type_: str, operation: str, expression: Expression | None = None) -> RaisedError:
    """Return the fault of an engine that raised in an operation."""
    return RaisedError(Raised(type_, "no message"), expression, operation)
