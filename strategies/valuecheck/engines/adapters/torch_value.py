"""PyTorch as a `Value`: a 0-d float64 tensor that keeps its gradient."""

from typing import Any

import torch


class Value:
    def __init__(self, data: Any, tensor: Any = None) -> None:
        if tensor is None:
            tensor = torch.tensor(float(data), dtype=torch.float64, requires_grad=True)
        tensor.retain_grad()
        self.tensor: Any = tensor

    @property
    def data(self) -> float:
        return float(self.tensor.item())

    @data.setter
    def data(self, number: float) -> None:
        self.tensor.data.fill_(number)

    @property
    def grad(self) -> "float | None":
        return None if self.tensor.grad is None else self.tensor.grad.item()

    @grad.setter
    def grad(self, number: float) -> None:
        self.tensor.grad = torch.tensor(float(number), dtype=torch.float64)

    def backward(self) -> None:
        self.tensor.backward(retain_graph=True)


def _operator(name):
    def method(self, *others):
        if any(isinstance(other, bool) for other in others):
            raise TypeError("torch takes True for a mask, not for 1")
        others = [other.tensor if isinstance(other, Value) else other for other in others]
        result = getattr(self.tensor, name)(*others)
        if result is NotImplemented or result is self.tensor:
            return self if result is self.tensor else result  # +x is x itself
        return Value(None, result)

    return method


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow"):
    setattr(Value, f"__{_name}__", _operator(f"__{_name}__"))
for _name in (
    "__neg__",
    "__pos__",
    "__abs__",
    "exp",
    "log",
    "tanh",
    "relu",
    "sigmoid",
    "sin",
    "cos",
):
    setattr(Value, _name, _operator(_name))
for _name in (
    "tan",
    "sqrt",
    "sinh",
    "cosh",
    "atan",
    "asinh",
    "log1p",
    "expm1",
    "square",
    "reciprocal",
):
    setattr(Value, _name, _operator(_name))
for _name in ("maximum", "minimum"):
    setattr(Value, _name, _operator(_name))
Value.softplus = lambda self: Value(None, torch.nn.functional.softplus(self.tensor))
Value.silu = lambda self: Value(None, torch.nn.functional.silu(self.tensor))
