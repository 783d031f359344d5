"""What the adapters share whose framework differentiates functions, not nodes.

A `Value` records what is done to it. A sweep replays the program with a 0.0 added to every node and
asks after these: the derivative by what is added to a node is the node's adjoint.
"""

from typing import Any


class Recorded:
    """A number, and the function and operands that it comes of; none for a leaf.

    A class made of this has `_compute(function, numbers)`, which applies a function of the framework
    outside of a sweep, and `_adjoints(output, many)`, which differentiates a function of `many`
    numbers, all 0.0, in the framework's way.
    """

    _compute: Any
    _adjoints: Any

    def __init__(self, data: Any, function: Any = None, operands: Any = ()) -> None:
        self.data: float = float(data)
        self.grad: float = 0.0
        self.function: Any = function
        self.operands: Any = operands

    def backward(self) -> None:
        nodes = _in_order(self)
        place = {id(node): number for number, node in enumerate(nodes)}

        def output(added: Any) -> Any:
            values: list[Any] = []
            for number, node in enumerate(nodes):
                value = node.data
                if node.function is not None:
                    value = node.function(
                        *(
                            values[place[id(o)]] if isinstance(o, Recorded) else o
                            for o in node.operands
                        )
                    )
                values.append(value + added[number])
            return values[-1]

        for node, adjoint in zip(nodes, self._adjoints(output, len(nodes))):
            node.grad += float(adjoint)


def _in_order(output: Any) -> Any:
    """Return the nodes that an output rests on, operands first."""
    found, seen, stack = [], set(), [(output, False)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(o, False) for o in node.operands if isinstance(o, Recorded)]
    return found


def applied(cls: Any, function: Any) -> Any:
    """Return the method that applies a function of the framework."""

    def method(self: Any, *others: Any) -> Any:
        operands = (self, *others)
        numbers = [o.data if isinstance(o, Recorded) else o for o in operands]
        return cls(self._compute(function, numbers), function, operands)

    return method


def equip(cls: Any, numpy: Any) -> None:
    """Give a class the operations of a module that looks like numpy."""
    for name, function in (
        ("add", numpy.add),
        ("sub", numpy.subtract),
        ("mul", numpy.multiply),
        ("truediv", numpy.divide),
        ("pow", numpy.power),
    ):
        setattr(cls, f"__{name}__", applied(cls, function))
        setattr(cls, f"__r{name}__", applied(cls, lambda x, other, f=function: f(other, x)))
    cls.__neg__ = applied(cls, numpy.negative)
    for name, function in (
        *((name, name) for name in ("abs", "exp", "log", "tanh", "sin", "cos", "tan", "sqrt")),
        *((name, name) for name in ("sinh", "cosh", "log1p", "expm1", "square", "reciprocal")),
        *((name, name) for name in ("maximum", "minimum")),
        ("atan", "arctan"),
        ("asinh", "arcsinh"),
    ):
        setattr(cls, name, applied(cls, getattr(numpy, function)))
