"""Central differences: (f(x + h) - f(x - h)) / 2h, which needs no derivative rule at all.

Two errors. Truncation: h^2 / 6 * f''' (Taylor). Cancellation: 2^-p * |f| / h at p bits. With
p = 256 and h = 2^-80 * |x| they are 2^-163 * |x^2 f'''| and 2^-176 * |f / x|, far below the
ruler's 2^-48 for everything that a float can hold apart: a function would have to bend within
2^-50 of x, or be flatter than 2^-128, to bring them near it. At x = 0 the step is 2^-160, and they
are 2^-323 * |f'''| and 2^-96 * |f|.

Where the two values differ by less than 2^-192 of the largest number on the way, or of 1, or not at
all, the quotient may be nothing but error. It is taken again at p = 1792 and h = 2^-640 * |x|, or
2^-640 at 0: that leaves a slope of 2^-1000 some 64 bits beside 2^88, and where the slope is 0, h^2
is 0 as a float. A primal below 2^-1022, which is where floats end, counts as 0 for the step.

The error is not only argued but measured: the difference is taken again at half the step. The
truncation error shrinks to a quarter by that, so 4/3 of what changed is an estimate of it.

The stencil must stay on one smooth piece: where the two ends take a relu or abs on another side
than the middle does, or leave a domain, the oracle abstains.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.truth.high_precision import HighPrecision, LeftDomainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuecheck.program.expression import Expression
    from valuecheck.program.primitives import Primitive

__all__ = ["Difference", "adjoints", "differences", "primal"]


class _Precision(NamedTuple):
    """How finely differences are taken: bits, and the step as a power of 2, relative and at 0."""

    bits: int
    relative: int
    at_zero: int


_USUAL = _Precision(256, -80, -160)
_FINE = _Precision(1792, -640, -640)
_LEAST = 2.0**-1022
_LOST = 2.0**-192
"""What may be lost of a difference, beside the largest primal, at the usual precision: 64 bits more
than it has."""


class Difference(NamedTuple):
    """A central difference and the estimated size of its error, both rounded to floats."""

    value: float
    error: float


def differences(
    expression: Expression,
    nodes: Sequence[int],
    table: Mapping[str, Primitive] = PRIMITIVES,
) -> list[Difference | None]:
    """Return d output / d node for each of `nodes`, None where the stencil leaves its piece."""
    return [
        None if pair is None else Difference(float(pair[1]), float(abs(pair[0] - pair[1]) * 4 / 3))
        for pair in _quotients(expression, nodes, (1.0, 0.5), table)
    ]


def primal(expression: Expression) -> float | None:
    """Return the output in the middle of the stencil; abstains outside the domain."""
    try:
        return float(_Stencil(expression, PRIMITIVES, _USUAL).middle[-1])
    except (LeftDomainError, ZeroDivisionError):
        return None


def adjoints(expression: Expression, nodes: Sequence[int]) -> list[float | None]:
    """Return d output / d node for each of `nodes`, None where the stencil leaves its piece."""
    return [
        None if quotient is None else float(quotient[0])
        for quotient in _quotients(expression, nodes, (0.5,), PRIMITIVES)
    ]


def _quotients(
    expression: Expression,
    nodes: Sequence[int],
    parts: Sequence[float],
    table: Mapping[str, Primitive],
) -> list[list[Any] | None]:
    """Return for each of `nodes` the difference quotients at some parts of the step."""
    try:
        stencil = _Stencil(expression, table, _USUAL)
    except (LeftDomainError, ZeroDivisionError):
        return [None] * len(nodes)

    @cache
    def fine() -> _Stencil:
        return _Stencil(expression, table, _FINE)

    def quotients(node: int) -> list[Any] | None:
        try:
            found = [stencil.quotient(node, part) for part in parts]
            if stencil.is_lost(node, found[0]):
                found = [fine().quotient(node, part) for part in parts]
        except (LeftDomainError, ZeroDivisionError):
            return None
        return found

    return [quotients(node) for node in nodes]


class _Stencil:
    """An expression evaluated in high precision, and again with one of its nodes moved.

    Raises `LeftDomainError` and `ZeroDivisionError` where it has no value.
    """

    def __init__(
        self, expression: Expression, table: Mapping[str, Primitive], precision: _Precision
    ) -> None:
        self._expression = expression
        self._table = table
        self._precision = precision
        self._arithmetic = HighPrecision(precision.bits)
        self._branches: list[list[int]] = []  # of each step, at the middle
        self.middle = expression.replay(
            [self._arithmetic.number(leaf) for leaf in expression.leaves], self._at_the_middle
        )

    def quotient(self, node: int, part: float) -> Any:
        """Return the difference quotient in a node, at some part of the usual step."""
        x, step = self.middle[node], part * self._step(node)
        return (self._output(node, x + step) - self._output(node, x - step)) / (2 * step)

    def is_lost(self, node: int, quotient: Any) -> bool:
        """Return whether a quotient may be nothing but error."""
        return bool(abs(quotient) * self._step(node) <= _LOST * self._largest)

    @cached_property
    def _largest(self) -> Any:
        return max(1, *map(abs, self.middle))

    def _step(self, node: int) -> Any:
        """Return the usual step, which is absolute where floats have nothing but 0 near."""
        size, power = abs(self.middle[node]), self._arithmetic.context.ldexp
        if size > _LEAST:
            return power(size, self._precision.relative)
        return power(1, self._precision.at_zero)

    def _at_the_middle(self, symbol: str, operands: tuple[Any, ...]) -> Any:
        primal, branches = self._apply(symbol, operands)
        self._branches.append(branches)
        return primal

    def _apply(self, symbol: str, operands: Sequence[Any]) -> tuple[Any, list[int]]:
        """Return the primal of a step, and the branches it took."""
        branches = self._arithmetic.branches = []
        return self._table[symbol].primal(self._arithmetic, *operands), branches

    def _output(self, node: int, primal: Any) -> Any:
        """Return the output when one primal is moved, and with it all that depends on it."""
        leaves = len(self._expression.leaves)
        moved = {node: primal}
        for index, (symbol, operands) in enumerate(self._expression.steps):
            if moved.keys().isdisjoint(operands):
                continue
            primals = [
                (moved[o] if o in moved else self.middle[o]) if isinstance(o, int) else o.value
                for o in operands
            ]
            moved[leaves + index], here = self._apply(symbol, primals)
            if 0 in here or here != self._branches[index]:
                raise LeftDomainError
        return moved.get(self._expression.output, self.middle[-1])
