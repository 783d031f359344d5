"""The engine's `Value` before any operation: what it holds, shows and refuses."""

from __future__ import annotations

import ast
import gc
import inspect
import math
import re
import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad.scalar
from minigrad import Value

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_value_holds_its_number_as_a_float() -> None:
    assert Value(2.5).data == 2.5
    assert type(Value(3).data) is float
    assert type(Value(True).data) is float


def test_a_new_value_is_a_leaf_without_gradient() -> None:
    leaf = Value(2.5)
    assert leaf.grad == 0.0
    assert leaf._prev == ()
    assert leaf._op == ""


def test_the_repr_shows_data_and_grad() -> None:
    assert repr(Value(2.5)) == "Value(data=2.5, grad=0.0)"


def test_a_sweep_from_a_leaf_gives_it_the_gradient_one() -> None:
    leaf = Value(2.5)
    leaf.backward()
    assert leaf.grad == 1.0


def test_sweeps_from_a_leaf_accumulate_as_from_any_other_node() -> None:
    leaf = Value(2.5)
    leaf.backward()
    leaf.backward()
    assert leaf.grad == 2.0


@given(st.floats(allow_nan=False))
def test_a_value_keeps_every_bit_of_its_number(number: float) -> None:
    assert Value(number).data.hex() == number.hex()


@pytest.mark.parametrize("wrong", ["3", 1j, None, [1.0], b"1"])
def test_what_is_no_real_number_is_refused_by_name(wrong: Any) -> None:
    kind = type(wrong).__name__
    says = rf"Value holds an int or a float, not {re.escape(repr(wrong))} of type {kind}"
    with pytest.raises(TypeError, match=says):
        Value(wrong)


@pytest.mark.parametrize(
    ("operation", "name", "operands"),
    [
        (lambda a, b: a + b, "+", (2.0, 3.0)),
        (lambda a, b: a - b, "-", (2.0, 3.0)),
        (lambda a, b: a * b, "*", (2.0, 3.0)),
        (lambda a, b: a / b, "/", (2.0, 3.0)),
        (lambda a, _: a**3, "**", (2.0, 3.0)),
        (lambda a, _: 3 + a, "+", (3.0, 2.0)),
        (lambda a, _: 3 - a, "-", (3.0, 2.0)),
        (lambda a, _: 3 * a, "*", (3.0, 2.0)),
        (lambda a, _: 3 / a, "/", (3.0, 2.0)),
        (lambda a, _: -a, "neg", (2.0,)),
        (lambda a, _: a.exp(), "exp", (2.0,)),
        (lambda a, _: a.log(), "log", (2.0,)),
        (lambda a, _: a.relu(), "relu", (2.0,)),
        (lambda a, _: a.tanh(), "tanh", (2.0,)),
    ],
)
def test_nodes_remember_their_operands_and_operation(
    operation: Callable[[Value, Value], Value], name: str, operands: tuple[float, ...]
) -> None:
    a, b = Value(2.0), Value(3.0)
    result = operation(a, b)
    assert result._op == name
    assert tuple(operand.data for operand in result._prev) == operands
    assert a in result._prev


def test_a_leaf_has_no_operands_no_operation_and_hands_nothing_on() -> None:
    leaf = Value(2.0)
    assert (leaf._prev, leaf._op) == ((), "")
    leaf._backward(leaf)
    assert leaf.grad == 0.0


def test_a_value_takes_no_further_attributes() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).label = "x"  # type: ignore[attr-defined]


def test_the_engine_imports_nothing_but_math_and_typing() -> None:
    tree = ast.parse(inspect.getsource(minigrad.scalar))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"__future__", "math", "typing", "collections.abc"}


def test_a_graph_is_freed_at_once_without_the_garbage_collector() -> None:
    class Watched(Value):
        __slots__ = ("__weakref__",)

    gc.disable()
    try:
        x = Watched(2.0)
        gone = weakref.ref(x)
        output = (x * x + 1.0).tanh()
        output.backward()
        del x, output
        assert gone() is None
    finally:
        gc.enable()


def test_a_chain_of_a_million_nodes_sweeps_and_is_freed() -> None:
    x = node = Value(1.0)
    for _ in range(1_000_000):
        node = -node
    node.backward()
    assert x.grad == 1.0
    del node
    assert sys.getrefcount(x) <= 3
    assert math.isfinite(x.grad)
