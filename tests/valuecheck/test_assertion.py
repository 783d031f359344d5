"""`assert_gradients` on engines and expressions that leave nothing to assert."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis.errors import InvalidArgument

from minigrad import Value
from tests.engines.dress import dressed
from tests.mutants import MUTANTS
from tests.valuecheck.command import engine_in
from valuecheck import CannotCheckError, WrongGradientError, assert_gradients
from valuecheck.engines.in_process import open_class
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    twins,
)

if TYPE_CHECKING:
    from pathlib import Path


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


class Small:
    """An engine with a sum and nothing else, and an `=` where `+=` belongs."""

    def __init__(self, data: float, prev: tuple[Any, ...] = ()) -> None:
        self.data, self.grad, self.prev = data, 0.0, prev

    def __add__(self, other: Any) -> Any:
        return Small(self.data + other.data, (self, other))

    def backward(self) -> None:
        order: list[Any] = []

        def visit(node: Any) -> None:
            if node not in order:
                for operand in node.prev:
                    visit(operand)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for operand in node.prev:
                operand.grad = node.grad


@pytest.mark.parametrize("strategy", [expressions, diamonds, ladders, chains, fan_outs, twins])
def test_a_strategy_for_an_engine_draws_only_what_it_has(strategy: Any) -> None:
    subject = Subject(open_class(Small))

    @given(strategy(for_=Small))
    def holds(expression: Expression) -> None:
        assert subject.lacks(expression) is None

    holds()


def test_the_test_of_the_readme_finds_the_fault_of_a_small_engine() -> None:
    @given(diamonds(for_=Small))
    def check(expression: Expression) -> None:
        assert_gradients(Small, expression)

    with pytest.raises(WrongGradientError, match="OVERWRITTEN GRADIENT"):
        check()


def test_a_strategy_cannot_be_for_what_is_not_an_engine() -> None:
    with pytest.raises(InvalidArgument, match="for_="):
        diamonds(for_=int)


_SUITE = """
import sys
sys.path.insert(0, {folder!r})
import pytest
import valuecheck
from engine_on_trial import Value

@pytest.mark.parametrize("law", valuecheck.laws())
def test_my_value(law):
    valuecheck.assert_law(Value, law, max_examples=5)
"""


@pytest.mark.parametrize("more", [(), ("-n", "2"), ("-W", "error")], ids=["alone", "xdist", "-W"])
def test_all_laws_are_tests_of_ones_own_with_names_that_can_be_read(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    right = "            self.grad += (1 - t**2) * out.grad"
    engine_in(tmp_path, right, right.replace("+=", "="))
    (tmp_path / "test_mine.py").write_text(_SUITE.format(folder=str(tmp_path)), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rfs",
            *more,
            "-k",
            "primitive_adds",
            "test_mine.py",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    law = "test_a_primitive_adds_to_what_its_operand_has"
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1, done.stdout
    assert f"test_mine.py::test_my_value[{law}[tanh]]" in failed[0]
    assert "OVERWRITTEN GRADIENT IN TANH" in done.stdout
    assert "needs x**y" in done.stdout
    assert "suite/law.py" not in done.stdout


def test_an_expression_can_be_held_to_one_law() -> None:
    expression = Expression((2.0,), (Step("tanh", (0,)),))
    assert_gradients(Value, expression, law="test_a_zero_upstream_gives_zero")

    (mutant,) = (m for m in MUTANTS if m.name == "tanh ignores its upstream")
    assert_gradients(mutant.engine, expression)
    with pytest.raises(WrongGradientError):
        assert_gradients(mutant.engine, expression, law="test_a_zero_upstream_gives_zero")


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ("test_nothing", "is no law"),
        ("test_relu_at_zero_gives_a_subgradient", "is not about an expression"),
    ],
)
def test_what_is_no_law_about_an_expression_is_told(law: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        assert_gradients(Value, Expression((1.0,), (Step("neg", (0,)),)), law=law)
