"""MyGrad as a `Value`: a 0-d float64 tensor. A plain int there is a constant, as MyGrad has it."""

from typing import Any

import mygrad


class Value:
    def __init__(self, data: Any, tensor: Any = None) -> None:
        self.tensor: Any = mygrad.tensor(float(data)) if tensor is None else tensor

    @property
    def data(self) -> float:
        return float(self.tensor.data)

    @property
    def grad(self) -> "float | None":
        return None if self.tensor.grad is None else float(self.tensor.grad)

    def backward(self) -> None:
        self.tensor.backward()


def _applied(function):
    def method(self, *others):
        others = [other.tensor if isinstance(other, Value) else other for other in others]
        return Value(None, function(self.tensor, *others))

    return method


def _reflected(function):
    return _applied(lambda x, other: function(other, x))


for _name, _function in (
    ("add", mygrad.add),
    ("sub", mygrad.subtract),
    ("mul", mygrad.multiply),
    ("truediv", mygrad.divide),
    ("pow", mygrad.power),
):
    setattr(Value, f"__{_name}__", _applied(_function))
    setattr(Value, f"__r{_name}__", _reflected(_function))
Value.__neg__ = _applied(mygrad.negative)
Value.__pos__ = _applied(mygrad.positive)
Value.abs = _applied(mygrad.abs)
for _name in ("exp", "log", "tanh", "sin", "cos", "tan", "sqrt", "sinh", "cosh", "log1p", "expm1"):
    setattr(Value, _name, _applied(getattr(mygrad, _name)))
for _name in ("square", "reciprocal", "maximum", "minimum"):
    setattr(Value, _name, _applied(getattr(mygrad, _name)))
Value.atan = _applied(mygrad.arctan)
Value.asinh = _applied(mygrad.arcsinh)
