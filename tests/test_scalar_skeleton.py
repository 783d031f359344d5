"""The engine's `Value` before any operation: what it holds, shows and refuses."""

from __future__ import annotations

import ast
import gc
import inspect
import math
import sys
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad.scalar
from minigrad import Value


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


@given(st.floats(allow_nan=False))
def test_a_value_keeps_every_bit_of_its_number(number: float) -> None:
    assert Value(number).data.hex() == number.hex()


@pytest.mark.parametrize("wrong", ["3", 1j, None, [1.0], b"1"])
def test_what_is_no_real_number_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Value holds an int or a float, not .*"):
        Value(wrong)


def test_nodes_remember_their_operands_and_operation() -> None:
    a, b = Value(2.0), Value(3.0)
    product = a * b
    assert product._prev == (a, b)
    assert product._op == "*"
    assert callable(product._backward)


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
