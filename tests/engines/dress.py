"""The engine of closures in a dozen dresses: other names, other containers, other habits.

Each is a text made from another by changes of spelling, so that all of them are right.
"""

from __future__ import annotations

import inspect
import re
import sys
import types

from tests.engines import closures

_SOURCE = inspect.getsource(closures)
_INIT = "        self.grad = 0.0\n"
_SWEEP = "        self.grad = 1.0\n"

CHANGES = {
    "plain": [],
    "data is called value": [(r"\bdata\b", "value")],
    "grad is called derivative": [(r"\bgrad\b", "derivative")],
    "the sweep is called backprop": [(r"def backward", "def backprop")],
    "operands are a set": [(r"self\._prev = _children", "self._prev = set(_children)")],
    "operands are a list": [(r"self\._prev = _children", "self._prev = list(_children)[::-1]")],
    "the caller seeds the sweep": [(re.escape(_SWEEP), "")],
    "gradients begin as None": [
        (re.escape(_INIT), "        self.grad = None\n"),
        (r"(self|other)\.grad \+= ", r"\1.grad = (\1.grad or 0.0) + "),
    ],
    "the gradient is a read-only property": [
        (r"\.grad\b", "._g"),
        (
            r"    def backward",
            "    @property\n    def grad(self):\n        return self._g\n\n    def backward",
        ),
    ],
    "the value is read by a method": [
        (r"\.data\b", "._d"),
        (r"    def backward", "    def item(self):\n        return self._d\n\n    def backward"),
    ],
    "every sweep resets": [
        (re.escape(_SWEEP), "        for v in topo:\n            v.grad = 0.0\n" + _SWEEP)
    ],
    "every sweep resets, and x ** 0 is a constant": [
        (re.escape(_SWEEP), "        for v in topo:\n            v.grad = 0.0\n" + _SWEEP),
        (
            r"(    def __pow__.*\n)",
            r"\1        if n == 0:\n            return Value(1.0)\n",
        ),
    ],
    "the sweep leaves marks and counters": [
        (re.escape(_INIT), f"        self.done = False\n        self.calls = 0\n{_INIT}"),
        (
            r"            v\._backward\(\)\n",
            "            v._backward()\n            v.done = True\n            v.calls += 1\n",
        ),
    ],
    "values are computed when they are read": [
        (r"self\.data = data", "self._data = data"),
        (r"Value\((math\.\w+\(.*?\)), \(self", r"Value(lambda: \1, (self"),
        (
            r"    def backward",
            "    @property\n    def data(self):\n        if callable(self._data):\n"
            "            self._data = self._data()\n        return self._data\n\n"
            "    @data.setter\n    def data(self, number):\n        self._data = number\n\n"
            "    def backward",
        ),
    ],
    "tanh is a function beside the class": [
        (r"    def tanh\(self\)", "    def _tanh(self)"),
        (r"\Z", "\n\ndef tanh(x):\n    return x._tanh()\n"),
    ],
    "interior gradients are forgotten": [
        (
            r"            v\._backward\(\)\n",
            "            v._backward()\n            if v._prev:\n                v.grad = 0.0\n",
        )
    ],
    "the sigmoid never overflows": [
        (
            r"s = 1 / \(1 \+ math.exp\(-self.data\)\)",
            "z = math.exp(-abs(self.data))\n        s = (1 if self.data >= 0 else z) / (1 + z)",
        )
    ],
    "partials are computed on the way forward": [
        (
            r"(        out = Value\(self.data\*\*n)",
            r"        partial = n * self.data ** (n - 1)\n\1",
        ),
        (r"n \* self.data \*\* \(n - 1\) \* out", "partial * out"),
    ],
    "partials of quotients are computed on the way forward": [
        (
            r"    def __truediv__\(self, other: Any\) -> Value:\n        return .*\n",
            "    def __truediv__(self, other: Any) -> Value:\n"
            "        other = other if isinstance(other, Value) else Value(other)\n"
            '        out = Value(self.data / other.data, (self, other), "/")\n'
            "        partials = 1 / other.data, -self.data / other.data**2\n\n"
            "        def _backward() -> None:\n"
            "            self.grad += partials[0] * out.grad\n"
            "            other.grad += partials[1] * out.grad\n\n"
            "        out._backward = _backward\n"
            "        return out\n",
        ),
    ],
    "a sweep frees the graph, and another raises": [
        (re.escape(_INIT), f"        self.freed = False\n{_INIT}"),
        (
            r"                visited\.add\(v\)\n",
            "                visited.add(v)\n                if v.freed:\n"
            "                    raise RuntimeError('this graph was swept, and is gone')\n",
        ),
        (
            r"            v\._backward\(\)\n",
            "            v._backward()\n            v.freed = bool(v._prev)\n",
        ),
    ],
    "an operation takes the gradients of its operands away": [
        (re.escape(_INIT), "        self.grad = None\n"),
        (r"(self|other)\.grad \+= ", r"\1.grad = (\1.grad or 0.0) + "),
        (
            re.escape("self._prev = _children"),
            "self._prev = _children\n        for child in _children:\n            child.grad = None",
        ),
    ],
    "leaves from floats only": [
        (
            re.escape(_INIT),
            '        assert isinstance(data, float), "a float, please"\n' + _INIT,
        ),
        (r"self \* -1\b", "self * -1.0"),
        (r"Value\(other\)", "Value(float(other))"),
    ],
    "whole exponents only": [
        (
            r"(        out = Value\(self.data\*\*n)",
            '        assert type(n) is int, "whole exponents, please"\n\\1',
        ),
        (r"return self\*\*0\.5", "raise NotImplementedError"),
    ],
    "+x is x itself": [
        (r"    def __neg__", "    def __pos__(self):\n        return self\n\n    def __neg__"),
    ],
    "operands are a set and squares are products": [
        (r"self\._prev = _children", "self._prev = set(_children)"),
        (
            r"(        out = Value\(self.data\*\*n)",
            "        if n == 2:\n            return self * self\n\\1",
        ),
    ],
    "what is not finite is refused": [
        (
            re.escape(_INIT),
            "        if not math.isfinite(data):\n"
            '            raise ValueError("not a finite number")\n' + _INIT,
        ),
    ],
    "values are arrays and stay so": [
        (r"class Value", "class Array(float):\n    shape = ()\n\n\nclass Value"),
        (r"self.data = data", "self.data = Array(data)"),
        (r"(self.grad \+= out.grad\n)", r"assert self.data.shape == ()\n            \1"),
    ],
    "gradients only where asked for": [
        (r'_op: str = ""\) -> None:', '_op: str = "", requires_grad: bool = False) -> None:'),
        (
            re.escape(_INIT),
            "        self.requires_grad = requires_grad or any(c.requires_grad for c in _children)\n"
            + _INIT,
        ),
        (
            r"            v\._backward\(\)\n",
            "            v._backward()\n        for v in topo:\n            if not v.requires_grad:\n                v.grad = 0.0\n",
        ),
    ],
}


def text_of(name: str) -> str:
    """Return the text of the engine in one of its dresses."""
    source = _SOURCE
    for old, new in CHANGES[name]:
        source, count = re.subn(old, new, source)
        assert count, f"{name}: {old}"
    return source


def dressed(name: str) -> type:
    """Return the engine in one of its dresses."""
    source = text_of(name)
    module = types.ModuleType(f"dressed_{list(CHANGES).index(name)}")
    sys.modules[module.__name__] = module
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
    cls: type = module.__dict__["Value"]
    return cls
