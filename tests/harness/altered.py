"""Engines altered in one place, and what the diagnosis tells of them."""

from __future__ import annotations

import pytest

from tests.mutants import Mutant
from valuecheck.diagnosis import diagnose
from valuecheck.fault import Fault
from valuecheck.probing import bind
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.trial import Trial

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


def trial_of(*changes: tuple[str, str], base: str = "scalar") -> Trial:
    """Put an engine on trial in which some texts are replaced."""
    return Trial(bind(Mutant("wrong", changes, "unexplained", base=base).engine), oracles=())


def only(trial: Trial, *symbols: str) -> Trial:
    """Leave a trial with a few primitives, the others being known to be broken."""
    trial.known_broken |= set(PRIMITIVES).difference(symbols)
    return trial


def unary(symbol: str, number: float = 0.7) -> Expression:
    return Expression((number,), (Step(symbol, (0,)),))


def told(trial: Trial, expression: Expression) -> tuple[str, str | None, int | None, str]:
    """Return what is told of the first fault of an engine on an expression."""
    with pytest.raises(Fault) as caught:
        trial.judge(expression)
    found = diagnose(trial, caught.value)
    return found.kind, found.primitive, found.operand, found.sentence
