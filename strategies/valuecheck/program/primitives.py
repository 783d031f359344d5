"""The table of primitives: one row each, and everything that differs between them is in its row.

A row is written once, over an `arithmetic.Arithmetic`, and so serves floats, mpmath numbers,
torch tensors, dual numbers and balls alike. The strategies draw from the table, the oracles and
the ruler evaluate it, the binding looks for it on an engine, the diagnosis names it.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["EXPONENTS", "OPTIONAL", "PRIMITIVES", "STANDARD", "Primitive", "defined"]

Kind = Literal["node", "number", "either"]
"""What may stand at an operand: another node, a plain Python number, or either of them."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """One elementary operation.

    Attributes:
        symbol: its name in an `Expression`, and on the command line.
        operands: for each operand what may stand there.
        spelling: how it is usually written in Python, `{0}` and `{1}` standing for the operands.
        dunder: the method that Python calls for it, "" where it has no operator.
        reflected: the method that Python calls when a plain number stands on the left of it.
        methods: for a unary primitive, the names its method has in the wild, commonest first.
        primal: (arithmetic, operands ...) to the result.
        partials: for each operand: (arithmetic, result, operands ...) to d result / d operand.
        domain: (operands ...) to whether primal and partials exist there, as finite numbers that
            every usual way of computing them can reach.
        tame: (operands ...) to whether a gradient through it keeps most of its digits, so that
            the ruler stays sharp; the strategies leave the tame region only rarely.
        kink: the boundary at 0 has no derivative.
        standard: drawn unless told otherwise; the others only some engines have.
    """

    symbol: str
    operands: tuple[Kind, ...]
    spelling: str
    primal: Callable[..., Any]
    partials: tuple[Callable[..., Any], ...]
    dunder: str = ""
    reflected: str = ""
    methods: tuple[str, ...] = ()
    domain: Callable[..., bool] = lambda *_: True
    tame: Callable[..., bool] = lambda *_: True
    kink: bool = False
    standard: bool = True

    @property
    def arity(self) -> int:
        """The number of operands, 1 or 2."""
        return len(self.operands)


def _power_has_partial(x: float, n: float) -> bool:
    if x == 0.0:
        return n >= 1.0
    return x > 0.0 or float(n).is_integer()


def _power_has_moderate_size(x: float, y: float) -> bool:
    # Whole numbers stay whole in Python: 5 ** 10**10 would never finish.
    return x > 0.0 and abs(y * math.log(x)) < 300.0


def _no_cancellation(x: float, y: float) -> bool:
    # A sum far smaller than its terms has lost their leading digits.
    return abs(x + y) >= 1e-3 * max(abs(x), abs(y))


def _silu_partial(m: Any, _out: Any, x: Any) -> Any:
    share = 1.0 / (1.0 + m.exp(-x))
    return share * (1.0 + x * (1.0 - share))


_ROWS = (
    Primitive(
        "+",
        ("either", "either"),
        "{0} + {1}",
        dunder="__add__",
        reflected="__radd__",
        primal=lambda _, x, y: x + y,
        partials=(lambda *_: 1.0, lambda *_: 1.0),
        tame=_no_cancellation,
    ),
    Primitive(
        "*",
        ("either", "either"),
        "{0} * {1}",
        dunder="__mul__",
        reflected="__rmul__",
        primal=lambda _, x, y: x * y,
        partials=(lambda _m, _out, _x, y: y, lambda _m, _out, x, _y: x),
        tame=lambda x, y: x != 0.0 and y != 0.0,
    ),
    Primitive(
        "-",
        ("either", "either"),
        "{0} - {1}",
        dunder="__sub__",
        reflected="__rsub__",
        primal=lambda _, x, y: x - y,
        partials=(lambda *_: 1.0, lambda *_: -1.0),
        tame=lambda x, y: _no_cancellation(x, -y),
    ),
    Primitive(
        "/",
        ("either", "either"),
        "{0} / {1}",
        dunder="__truediv__",
        reflected="__rtruediv__",
        primal=lambda _, x, y: x / y,
        partials=(lambda _m, _out, _x, y: 1.0 / y, lambda _m, out, _x, y: -out / y),
        domain=lambda _x, y: y != 0.0,
        tame=lambda x, _: x != 0.0,
    ),
    Primitive(
        "tanh",
        ("node",),
        "{0}.tanh()",
        methods=("tanh", "Tanh", "__tanh__"),
        primal=lambda m, x: m.tanh(x),
        partials=(lambda _m, out, _x: 1.0 - out * out,),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: abs(x) < 5.0,  # beyond, 1 - tanh(x)**2 has lost four digits
    ),
    Primitive(
        "exp",
        ("node",),
        "{0}.exp()",
        methods=("exp", "__exp__", "Exp"),
        primal=lambda m, x: m.exp(x),
        partials=(lambda _m, out, _x: out,),
        domain=lambda x: x < 300.0,
        tame=lambda x: -40.0 < x < 20.0,
    ),
    Primitive(
        "log",
        ("node",),
        "{0}.log()",
        methods=("log", "ln", "Log", "__log__"),
        primal=lambda m, x: m.log(x),
        partials=(lambda _m, _out, x: 1.0 / x,),
        domain=lambda x: x > 0.0,
        tame=lambda x: abs(x - 1.0) > 1e-2,  # the logarithm of nearly 1 has lost leading digits
    ),
    Primitive(
        "relu",
        ("node",),
        "{0}.relu()",
        methods=("relu", "ReLU", "reLU", "ReLu", "Relu", "__relu__"),
        primal=lambda m, x: m.relu(x),
        partials=(lambda m, _out, x: m.step(x),),
        domain=lambda x: x != 0.0,
        tame=lambda x: x > 0.0 or x < -1.0,  # a gradient of 0 tells little of the rest: not often
        kink=True,
    ),
    Primitive(
        "neg",
        ("node",),
        "-{0}",
        dunder="__neg__",
        primal=lambda _, x: -x,
        partials=(lambda *_: -1.0,),
    ),
    Primitive(
        "**",
        ("node", "number"),
        "{0} ** {1}",
        dunder="__pow__",
        primal=lambda m, x, n: m.power(x, n),
        partials=(
            lambda m, _out, x, n: n * m.power(x, n - 1) if n != 0 else 0.0,
            lambda *_: 0.0,
        ),
        domain=_power_has_partial,
        tame=lambda x, _: x != 0.0,
    ),
    Primitive(
        "sigmoid",
        ("node",),
        "{0}.sigmoid()",
        methods=("sigmoid", "Sigmoid", "__sigmoid__"),
        primal=lambda m, x: 1.0 / (1.0 + m.exp(-x)),
        partials=(lambda _m, out, _x: out * (1.0 - out),),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: abs(x) < 10.0,
        standard=False,
    ),
    Primitive(
        "abs",
        ("node",),
        "abs({0})",
        dunder="__abs__",
        methods=("abs", "absolute"),
        primal=lambda m, x: m.absolute(x),
        partials=(lambda m, _out, x: m.sign(x),),
        domain=lambda x: x != 0.0,
        kink=True,
        standard=False,
    ),
    Primitive(
        "sin",
        ("node",),
        "{0}.sin()",
        methods=("sin", "Sin", "__sin__"),
        primal=lambda m, x: m.sin(x),
        partials=(lambda m, _out, x: m.cos(x),),
        tame=lambda x: 1e-3 < abs(x) < 3.0,  # further out the digits go to the multiples of pi
        standard=False,
    ),
    Primitive(
        "cos",
        ("node",),
        "{0}.cos()",
        methods=("cos", "Cos", "__cos__"),
        primal=lambda m, x: m.cos(x),
        partials=(lambda m, _out, x: -m.sin(x),),
        tame=lambda x: 1e-3 < abs(x) < 1.5,
        standard=False,
    ),
    Primitive(
        "sqrt",
        ("node",),
        "{0}.sqrt()",
        methods=("sqrt", "Sqrt", "__sqrt__"),
        primal=lambda m, x: m.sqrt(x),
        partials=(lambda _m, out, _x: 0.5 / out,),
        domain=lambda x: x > 0.0,
        standard=False,
    ),
    Primitive(
        "pos",
        ("node",),
        "+{0}",
        dunder="__pos__",
        primal=lambda _, x: x * 1.0,
        partials=(lambda *_: 1.0,),
        standard=False,
    ),
    Primitive(
        "x**y",
        ("node", "node"),
        "{0} ** {1}",
        dunder="__pow__",
        primal=lambda m, x, y: m.power(x, y),
        partials=(
            lambda m, _out, x, y: y * m.power(x, y - 1.0),
            lambda m, out, x, _y: out * m.log(x),
        ),
        domain=_power_has_moderate_size,
        tame=lambda x, y: abs(x - 1.0) > 1e-2 and abs(y * math.log(x)) < 20.0,
        standard=False,
    ),
    Primitive(
        "c**x",
        ("number", "node"),
        "{0} ** {1}",
        dunder="__rpow__",
        primal=lambda m, c, x: m.power(c, x),
        partials=(lambda *_: 0.0, lambda m, out, c, _x: out * m.log(m.power(c, 1))),
        domain=_power_has_moderate_size,
        tame=lambda c, x: c != 1.0 and abs(x * math.log(c)) < 20.0,
        standard=False,
    ),
    Primitive(
        "tan",
        ("node",),
        "{0}.tan()",
        methods=("tan", "Tan"),
        primal=lambda m, x: m.sin(x) / m.cos(x),
        partials=(lambda _m, out, _x: 1.0 + out * out,),
        domain=lambda x: abs(math.cos(x)) > 1e-6 if math.isfinite(x) else False,
        tame=lambda x: 1e-3 < abs(x) < 1.2,
        standard=False,
    ),
    Primitive(
        "sinh",
        ("node",),
        "{0}.sinh()",
        methods=("sinh", "Sinh"),
        primal=lambda m, x: m.sinh(x),
        partials=(lambda m, _out, x: m.cosh(x),),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: abs(x) < 20.0,
        standard=False,
    ),
    Primitive(
        "cosh",
        ("node",),
        "{0}.cosh()",
        methods=("cosh", "Cosh"),
        primal=lambda m, x: m.cosh(x),
        partials=(lambda m, _out, x: m.sinh(x),),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: abs(x) < 20.0,
        standard=False,
    ),
    Primitive(
        "atan",
        ("node",),
        "{0}.atan()",
        methods=("atan", "arctan"),
        primal=lambda m, x: m.atan(x),
        partials=(lambda _m, _out, x: 1.0 / (1.0 + x * x),),
        tame=lambda x: abs(x) < 1e3,
        standard=False,
    ),
    Primitive(
        "asinh",
        ("node",),
        "{0}.asinh()",
        methods=("asinh", "arcsinh"),
        primal=lambda m, x: m.asinh(x),
        partials=(lambda m, _out, x: 1.0 / m.sqrt(1.0 + x * x),),
        domain=lambda x: abs(x) < 1e150,  # its square overflows
        tame=lambda x: abs(x) < 1e3,
        standard=False,
    ),
    Primitive(
        "log1p",
        ("node",),
        "{0}.log1p()",
        methods=("log1p",),
        primal=lambda m, x: m.log1p(x),
        partials=(lambda _m, _out, x: 1.0 / (1.0 + x),),
        domain=lambda x: x > -1.0,
        tame=lambda x: x > -0.9,
        standard=False,
    ),
    Primitive(
        "expm1",
        ("node",),
        "{0}.expm1()",
        methods=("expm1",),
        primal=lambda m, x: m.expm1(x),
        partials=(lambda _m, out, _x: out + 1.0,),  # or exp(x), which errs less
        domain=lambda x: x < 300.0,
        tame=lambda x: -10.0 < x < 20.0,
        standard=False,
    ),
    Primitive(
        "softplus",
        ("node",),
        "{0}.softplus()",
        methods=("softplus", "Softplus", "soft_plus"),
        # As it is usually written: below -37 that is 0, and the ball holds both.
        primal=lambda m, x: m.log(1.0 + m.exp(x)),
        partials=(lambda m, _out, x: 1.0 / (1.0 + m.exp(-x)),),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: -5.0 < x < 20.0,
        standard=False,
    ),
    Primitive(
        "silu",
        ("node",),
        "{0}.silu()",
        methods=("silu", "SiLU", "swish", "Swish"),
        primal=lambda m, x: x / (1.0 + m.exp(-x)),
        partials=(_silu_partial,),
        domain=lambda x: abs(x) < 300.0,
        tame=lambda x: -1.0 < x < 20.0 and x != 0.0,  # its slope is 0 near -1.28
        standard=False,
    ),
    Primitive(
        "square",
        ("node",),
        "{0}.square()",
        methods=("square", "sqr"),
        primal=lambda _, x: x * x,
        partials=(lambda _m, _out, x: 2.0 * x,),
        tame=lambda x: x != 0.0,
        standard=False,
    ),
    Primitive(
        "reciprocal",
        ("node",),
        "{0}.reciprocal()",
        methods=("reciprocal", "recip", "inv"),
        primal=lambda _, x: 1.0 / x,
        partials=(lambda _m, out, x: -out / x,),
        domain=lambda x: x != 0.0,
        standard=False,
    ),
    Primitive(
        "maximum",
        ("node", "node"),
        "{0}.maximum({1})",
        methods=("maximum",),
        primal=lambda m, x, y: m.larger(x, y),
        partials=(lambda m, _out, x, y: m.step(x - y), lambda m, _out, x, y: m.step(y - x)),
        domain=lambda x, y: x != y,
        kink=True,
        standard=False,
    ),
    Primitive(
        "minimum",
        ("node", "node"),
        "{0}.minimum({1})",
        methods=("minimum",),
        primal=lambda m, x, y: -m.larger(-x, -y),
        partials=(lambda m, _out, x, y: m.step(y - x), lambda m, _out, x, y: m.step(x - y)),
        domain=lambda x, y: x != y,
        kink=True,
        standard=False,
    ),
)

_TABLE: dict[str, Primitive] = {row.symbol: row for row in _ROWS}

PRIMITIVES: Final[Mapping[str, Primitive]] = MappingProxyType(_TABLE)
"""Every primitive by its symbol; the simplest come first, the user's own last."""

STANDARD: Final = tuple(row.symbol for row in _ROWS if row.standard)
"""The symbols that are drawn unless told otherwise."""

OPTIONAL: Final = tuple(row.symbol for row in _ROWS if not row.standard)
"""The symbols that only some engines have: drawn only when allowed."""


@contextmanager
def defined(rows: Iterable[Primitive]) -> Iterator[None]:
    """Have more rows in the table, in place of those of the same symbols, until the end of this."""
    before = dict(_TABLE)
    _TABLE.update({row.symbol: row for row in rows})
    try:
        yield
    finally:
        _TABLE.clear()
        _TABLE.update(before)


EXPONENTS: Final = (2, 3, -1, 0.5, -2, 1, 2.0, 1.5, -1.0, 4, -0.5, 3.0, 0, 2.5, -3, 5, 1.0)
"""Exponents: whole and fractional, positive and negative, int and float, and 0; simplest first."""
