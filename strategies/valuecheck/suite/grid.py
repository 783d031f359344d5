"""A fixed grid of numbers for single primitives: to find a wrong one is no matter of luck."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import SIDES, Form
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuecheck.judging.subject import Subject

__all__ = ["grid_of"]

_SIMPLE: Final = (1.0, 2.0, 0.5, 3.0, 1.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 0.1, 0.7)

_LARGE: Final = (
    *(10.5, 16.0, 20.0, 25.0, 30.0, 37.0, 40.0, 50.5, 60.0, 75.0, 88.8, 100.0, 128.0, 150.0, 200.0),
    *(250.0, 299.0, 500.0, 1023.0, 1024.5, *(10.0**power for power in range(4, 13))),
)

_TINY: Final = tuple(10.0**-power for power in range(2, 13))

_UNARY: Final = tuple(sign * x for x in (*_SIMPLE, *_LARGE, *_TINY) for sign in (1, -1))

_BINARY: Final = tuple(
    sign * x
    for x in (1.0, 2.0, 0.5, 3.0, 7.0, 1e-3, 1e3, 1e-6, 1e6, 1e-11, 3e11)
    for sign in (1, -1)
)

_NUMBERS: Final = (2, 2.0, 1, 1.0, -1, -1.0, 0, 0.0, -0.0, True, 3, 0.5, -2, 10, 1e10, -1e-3, 7.0)
"""Plain numbers that stand beside a node: 0, 1, -1 and True are where special cases hide."""

_EXPONENTS: Final = (
    *(2, 3, -1, 1, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, -2, -3, -4, -5, -6, 16, 20, -10, 31, True),
    *(2.0, 3.0, -1.0, 1.0, 0.0, 4.0, 6.0, -2.0, 0.5, 1.5, -0.5, 2.5, -1.5, 3.5, 1 / 3, 2 / 3),
    *(-1 / 3, 4 / 3, 0.25, 0.75, 0.1, 1.1, 2.7, 7.0, 10.0, 1e-3, 5.5, -2.5),
)

_AT: Final = (3.0, 0.5, -1.5, 2.0, -3.0, 1e3, 1e-3, 1.0, -1.0, 10.0)
"""Numbers at the node beside a plain number."""

_WITHIN: Final = (1e-100, 1e100)
"""Sizes between which no usual way of computing a value overflows half way."""


def grid_of(subject: Subject, symbol: str) -> list[Expression]:
    """Return single steps of a primitive on the grid, in every form that an engine takes."""
    return [e for e in _steps(subject, symbol) if _is_defined(e)]


def _steps(subject: Subject, symbol: str) -> Iterator[Expression]:
    row = PRIMITIVES[symbol]
    if row.arity == 1:
        yield from (Expression((x,), (Step(symbol, (0,)),)) for x in _UNARY)
    elif symbol == "**":
        exponents = [n for n in _EXPONENTS if subject.engine.takes_exponent(n)]
        for exponent, x in product(exponents, _AT):
            yield Expression((x,), (Step(symbol, (0, Constant(exponent))),))
    elif symbol == "c**x":
        numbers = [n for n in _NUMBERS if n > 0 and subject.takes_number(n)]
        for x, number in product(_AT, numbers):
            yield Expression((x,), (Step(symbol, (Constant(number), 0)),))
    else:
        yield from (
            Expression((x, y), (Step(symbol, (0, 1)),)) for x, y in product(_BINARY, repeat=2)
        )
        yield from _beside_numbers(subject, symbol)


def _beside_numbers(subject: Subject, symbol: str) -> Iterator[Expression]:
    """Yield a binary primitive with plain numbers on the sides where an engine takes them."""
    if "either" in PRIMITIVES[symbol].operands:
        numbers = [n for n in _NUMBERS if subject.takes_number(n)]
        for side in SIDES:
            if side in subject.sides.get(symbol, ()):
                form = Form(symbol, side)
                for number, x in product(numbers, _AT):
                    yield Expression((x,), (form.step([0], number),))


def _is_defined(expression: Expression) -> bool:
    (step,) = expression.steps
    numbers = [
        float(o.value) if isinstance(o, Constant) else float(expression.leaves[o])
        for o in step.operands
    ]
    row = PRIMITIVES[step.symbol]
    if not row.domain(*numbers):
        return False
    try:
        size = abs(row.primal(FLOATS, *numbers))
        partials = [abs(p(FLOATS, row.primal(FLOATS, *numbers), *numbers)) for p in row.partials]
    except (ArithmeticError, ValueError):
        return False
    return all(n == 0.0 or _WITHIN[0] < n < _WITHIN[1] for n in (size, *partials))
