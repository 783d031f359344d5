"""`assert_gradients` on engines and expressions that leave nothing to assert."""

from __future__ import annotations

import math
from typing import Any

import pytest

from minigrad import Value
from tests.engines.dress import dressed
from valuecheck import CannotCheckError, assert_gradients
from valuecheck.engines.in_process import open_class
from valuecheck.program.expression import Constant, Expression, Step


@pytest.mark.parametrize(
    ("leaf", "step"),
    [
        (-1.0, Step("log", (0,))),
        (800.0, Step("exp", (0,))),
        (0.0, Step("/", (Constant(1.0), 0))),
        (1e200, Step("**", (0, Constant(2)))),
    ],
    ids=str,
)
def test_an_expression_without_a_value_is_no_fault_of_an_engine(leaf: float, step: Step) -> None:
    with pytest.raises(ValueError, match="no finite value"):
        assert_gradients(Value, Expression((leaf,), (step,)))


@pytest.mark.parametrize("engine", [Value(1.0), "Value", math], ids=["node", "name", "module"])
def test_what_is_not_a_class_is_told_so(engine: Any) -> None:
    with pytest.raises(CannotCheckError, match="is not a class"):
        assert_gradients(engine, Expression((1.0,), (Step("neg", (0,)),)))


def test_an_engine_of_which_nothing_works_is_told_so() -> None:
    class Broken:
        def __init__(self, data: float) -> None:
            self.data, self.grad = data, 0.0

        def __add__(self, other: object) -> Broken:
            raise RuntimeError

        def backward(self) -> None:
            self.grad = 1.0

    with pytest.raises(CannotCheckError, match="every operation raises RuntimeError"):
        assert_gradients(Broken, Expression((1.0,), (Step("tanh", (0,)),)))


@pytest.mark.parametrize("exponent", [6, 0.25, -7, 7.0])
def test_an_exponent_that_was_never_tried_can_be_asserted(exponent: float) -> None:
    assert_gradients(Value, Expression((1.5,), (Step("**", (0, Constant(exponent))),)))


def test_an_exponent_is_declined_with_its_kind() -> None:
    whole_only = open_class(dressed("whole exponents only"))
    assert [n for n in (6, -7, 0.25, 6.0) if whole_only.takes_exponent(n)] == [6, -7]
