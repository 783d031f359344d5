"""Graphs: nodes used in several later computations, each laid out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given

from minigrad import Value
from valuecheck import assert_gradients
from valuecheck.program.expression import Expression
from valuecheck.strategies import diamonds, fan_outs, ladders, self_operands, twins


@given(diamonds())
def test_a_diamond_has_right_gradients(expression: Expression) -> None:
    assert_gradients(Value, expression)


@given(ladders())
def test_a_ladder_of_diamonds_has_right_gradients(expression: Expression) -> None:
    assert_gradients(Value, expression)


@given(fan_outs())
def test_a_fan_out_has_right_gradients(expression: Expression) -> None:
    assert_gradients(Value, expression)


@given(twins() | self_operands())
def test_twins_and_self_operands_have_right_gradients(expression: Expression) -> None:
    assert_gradients(Value, expression)


def test_a_diamond_on_a_sum_by_hand() -> None:
    a = Value(3.0)
    b = a + a
    (b + b).backward()
    assert (b.grad, a.grad) == (2.0, 4.0)


def test_a_diamond_of_product_and_identity_by_hand_in_both_orders() -> None:
    for swap in (False, True):
        a, x = Value(2.0), Value(5.0)
        product = a * x
        output = product + a if swap else a + product
        output.backward()
        assert (a.grad, x.grad) == (6.0, 2.0)


def test_a_diamond_with_a_non_unit_upstream_by_hand() -> None:
    x, y, scale = Value(2.0), Value(3.0), Value(-4.0)
    part = x * y
    ((part + x) * (part - y) * scale).backward()
    # f = (xy + x)(xy - y) s, df/dx = s((y + 1)(xy - y) + (xy + x) y)
    assert x.grad == pytest.approx(-4.0 * (4.0 * 3.0 + 8.0 * 3.0))


def test_a_nested_diamond_by_hand() -> None:
    x = Value(1.5)
    a = x * x
    b = a * x + a
    (b * b).backward()
    # f = (x^3 + x^2)^2, f' = 2 (x^3 + x^2)(3x^2 + 2x)
    assert x.grad == pytest.approx(2 * (1.5**3 + 1.5**2) * (3 * 1.5**2 + 2 * 1.5))


def test_a_ladder_of_60_diamonds_has_2_to_the_60_paths() -> None:
    x = node = Value(1.0)
    for _ in range(60):
        node = node + node
    node.backward()
    assert x.grad == 2.0**60


def test_a_sweep_reaches_only_what_the_output_rests_on() -> None:
    x, y = Value(2.0), Value(3.0)
    dead = x * y
    (x + 1.0).backward()
    assert (x.grad, y.grad, dead.grad) == (1.0, 0.0, 0.0)


def test_distinct_nodes_of_equal_value_keep_their_own_gradients() -> None:
    one, other = Value(7.0), Value(7.0)
    (one * 2.0 + other * 3.0).backward()
    assert (one.grad, other.grad) == (2.0, 3.0)
