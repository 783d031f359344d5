"""Bad input to the engine: a clear error at the moment of the call, and nothing changed."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

import minigrad
from minigrad import Value

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("operation", "error", "says"),
    [
        (lambda: Value(-1.0).log(), ValueError, r"log\(-1\.0\)"),
        (lambda: Value(0.0).log(), ValueError, r"log\(0\.0\)"),
        (lambda: Value(-8.0) ** 0.5, ValueError, r"-8\.0 \*\* 0\.5"),
        (lambda: Value(1.0) / 0, ZeroDivisionError, r"1\.0 / 0\.0"),
        (lambda: 1 / Value(0.0), ZeroDivisionError, r"1\.0 / 0\.0"),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, r"0\.0 \*\* -1\.0"),
        (lambda: Value(1000.0).exp(), OverflowError, r"exp\(1000\.0\)"),
        (lambda: Value(1e200) ** 2, OverflowError, r"1e\+200 \*\* 2\.0"),
        (lambda: Value(2.0) ** Value(2.0), TypeError, r"2\.0 \*\* Value\(data=2\.0"),  # type: ignore[operator]
    ],
    ids=[
        *("log of -1", "log of 0", "root of -8", "1 / 0", "number / 0", "0 ** -1"),
        *("exp of 1000", "huge square", "Value as exponent"),
    ],
)
def test_an_error_names_the_operation_and_the_number(
    operation: Callable[[], Value], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        operation()


@pytest.mark.parametrize("other", ["3", None, 1j, [1.0]])
def test_operands_of_unknown_type_get_pythons_own_error(other: Any) -> None:
    x = Value(2.0)
    operations: list[Callable[[], Any]] = [
        lambda: x + other,
        lambda: x - other,
        lambda: x * other,
        lambda: x / other,
        lambda: x**other,
        lambda: other + x,
        lambda: other - x,
        lambda: other / x,
    ]
    for operation in operations:
        with pytest.raises(TypeError, match=r"unsupported operand|can only concatenate|can't"):
            operation()
    assert x.__radd__(other) is NotImplemented
    assert x.__rsub__(other) is NotImplemented
    assert x.__rmul__(other) is NotImplemented
    assert x.__rtruediv__(other) is NotImplemented


def test_an_operation_that_raises_changes_nothing() -> None:
    x = Value(-1.0)
    with pytest.raises(ValueError, match="log"):
        x.log()
    assert (x.data, x.grad, x._prev) == (-1.0, 0.0, ())


def test_relu_of_nan_is_nan() -> None:
    assert math.isnan(Value(math.nan).relu().data)


def test_nothing_becomes_complex() -> None:
    assert type((Value(-8.0) ** 3).data) is float
    with pytest.raises(ValueError, match="integer exponent"):
        Value(-8.0) ** (1 / 3)
    assert math.isnan((Value(-8.0) ** math.nan).data)


def test_a_bool_exponent_is_a_number() -> None:
    assert (Value(3.0) ** True).data == 3.0


def test_the_package_knows_its_version_and_says_what_it_does_not_have() -> None:
    assert minigrad.__version__ == version("minigrad-scalar")
    with pytest.raises(AttributeError, match="has no attribute 'Tensor'"):
        _ = minigrad.Tensor
