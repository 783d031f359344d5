"""Primitives: each alone, before anything is built from several of them.

A primitive that breaks a law here is left out of what later laws draw.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuecheck.judging.faults import Fault, NotJudged, RaisedError, SpecialValueError
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.builder import Program
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.program.transform import apart, with_factor
from valuecheck.strategies import expressions
from valuecheck.strategies.codes import decoder_of
from valuecheck.suite.drawn import one_of, together
from valuecheck.suite.grid import grid_of
from valuecheck.suite.law import law_for_each_primitive
from valuecheck.truth.agreement import NotANumberError, same
from valuecheck.truth.high_precision import HighPrecision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuecheck.judging.judge import Judge
    from valuecheck.program.primitives import Primitive
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.trial import Held


def _one_step(judge: Judge, symbol: str) -> Decoder[Expression]:
    # That it failed when it was bound is told once; then it is known.
    broken = judge.subject.broken_when_bound(symbol)
    if broken is not None:
        raise broken
    judge.subject.need(symbol)
    return decoder_of(
        expressions(
            primitives=[symbol],
            constants=judge.subject.sides,
            exponents=judge.subject.engine.exponents,
            floats_only=not judge.subject.takes_number(1),
            min_steps=1,
            max_steps=1,
        )
    )


@law_for_each_primitive()
def test_a_primitive_is_right_on_a_grid_of_numbers(judge: Judge, symbol: str) -> Held:
    """Claims: alone, a primitive is right at a fixed set of numbers, in every form it has.

    Powers of ten of either sign, small integers, the plain numbers 0, 1, -1 and True beside a node,
    exponents of every kind. True as for any other numbers. Catches thresholds, cut-offs and special
    cases, with every seed.
    """
    broken = judge.subject.broken_when_bound(symbol)
    if broken is not None:
        raise broken
    judge.subject.need(symbol)
    return grid_of(judge.subject, symbol)


def _upstreams(judge: Judge, symbol: str) -> Decoder[float]:
    del judge, symbol
    return one_of([2.0, -1.0, 0.5, -3.0, 0.25, 5.0, -0.125])


@law_for_each_primitive(_one_step)
def test_a_primitive_alone_has_the_right_partials(
    judge: Judge, symbol: str, expression: Expression
) -> Held:
    """Claims: one primitive on leaves gives its primal, and its partials as gradients.

    True by the rules of differentiation, with an upstream of 1. Catches a wrong rule: a sign, the
    operands exchanged, the input where the output belongs, a rule never attached, a number on the
    left taken for one on the right.
    """
    del judge, symbol
    return apart(expression)


@law_for_each_primitive(_one_step, _upstreams, weight=0.5)
def test_a_primitive_multiplies_by_the_upstream(
    judge: Judge, symbol: str, expression: Expression, upstream: float
) -> Held:
    """Claims: what a primitive hands on is its partial times the adjoint of its result.

    True by the chain rule. Catches a rule without `* out.grad`, which is right as long as the
    primitive is the output.
    """
    del symbol
    expression = apart(expression)
    # A product with a leaf gives the upstream: its rule has been judged, or is being judged.
    return with_factor(expression, upstream, _carrier(judge))


@law_for_each_primitive(_one_step, weight=0.5)
def test_a_primitive_adds_to_what_its_operand_has(
    judge: Judge, symbol: str, expression: Expression
) -> Iterator[Expression]:
    """Claims: a primitive adds its contribution to an operand that another use contributes to.

    True because an adjoint is the sum over all uses. Catches `=` where `+=` belongs, in the rule
    of one primitive.
    """
    del symbol
    join = judge.subject.join()
    for leaf in range(len(expression.leaves)):
        for uses_first in (False, True):
            program = Program.of(expression)
            first, second = (leaf, expression.output)[:: 1 if uses_first else -1]
            program.add(join, first, second)
            yield program.expression


_SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 20.0, -20.0, 1e-8, -1e-8),
    *(1e8, -1e8, 1e-300, -1e-300, 1e300, -1e300, 5e-324, -5e-324, 2.0**-1022),
    *(math.inf, -math.inf, math.nan),
)


def _special(judge: Judge, symbol: str) -> Decoder[tuple[float, ...]]:
    judge.subject.need(symbol)
    kinds = PRIMITIVES[symbol].operands
    exponents = judge.subject.engine.exponents
    return together([one_of(exponents if kind == "number" else _SPECIAL) for kind in kinds])


@law_for_each_primitive(_special, weight=0.5)
def test_a_primitive_at_special_values_does_what_floats_do(
    judge: Judge, symbol: str, numbers: tuple[float, ...]
) -> None:
    """Claims: at zeros, borders, huge, tiny and non-finite numbers the value is that of the floats.

    True because a primal is a float computation. Where the float function raises, an engine may
    raise or give nan or an infinity, whichever it does is a policy; it may not give a finite
    number. It may not raise where the float function of finite numbers returns a finite one,
    unless what overflows, or divides by a square that underflowed, is a partial or a step on the
    way. Non-finite numbers it may refuse (a policy too), but not turn nan into a number. Gradients
    are held to their balls between 1e-100 and 1e100, where no usual way of computing one overflows
    half way; beyond, the values alone. Catches guards, clamps, offsets and tests of truth.
    """
    row = PRIMITIVES[symbol]
    if not all(map(judge.subject.ruler.holds, filter(math.isfinite, numbers))):
        return  # single precision has no such numbers
    operands = tuple(
        Constant(number) if kind == "number" else position
        for position, (kind, number) in enumerate(zip(row.operands, numbers, strict=True))
    )
    if symbol == "c**x":
        operands, numbers = (Constant(abs(numbers[0])), 0), (abs(numbers[0]), numbers[1])
    leaves = tuple(n for n, o in zip(numbers, operands, strict=True) if isinstance(o, int))
    expression = Expression(leaves, (Step(symbol, operands),))
    want = _floats(row, numbers)
    finite = all(map(math.isfinite, numbers))
    in_domain = want is not None and math.isfinite(want) and row.domain(*numbers)
    if in_domain and all(n == 0.0 or 1e-100 <= abs(n) <= 1e100 for n in numbers):
        judge.hold(expression)
        return
    judge.ledger.examples += 1  # judged by what floats do, where balls are not finite
    try:
        run = judge.build(expression)
        got = run.data_of(-1)
    except (Fault, NotANumberError) as error:
        if in_domain and finite and not _overflowed(error):
            raise
        return  # to raise outside the domain, or give what is not a number there, is a policy
    flushed = _flushed(row, numbers)
    if flushed is not None and same(got, flushed):
        return  # what computes with subnormal numbers as with 0 does so throughout (a policy)
    # The inverse of a subnormal number overflows, and a quotient may be made from an inverse.
    subnormal = symbol == "/" and any(0.0 < abs(n) < 2.0**-1022 for n in numbers)
    if want is not None and math.isfinite(want) and (in_domain or math.isfinite(got)):
        if not subnormal:
            judge.hold_data(expression, run, judge.subject.ruler.enclose(expression))
        return
    if _is_invented(row, numbers, got, want):
        says = "is not a finite number" if want is None else f"is {want!r}"
        raise _special_fault(expression, got, f"{says} for floats, but gives")


def _flushed(row: Primitive, numbers: tuple[float, ...]) -> float | None:
    """Return what floats give where subnormal numbers count as 0; None where none is among them."""
    flushed = tuple(0.0 if 0.0 < abs(n) < 2.0**-1022 else n for n in numbers)
    return _floats(row, flushed) if flushed != numbers else None


def _is_invented(
    row: Primitive, numbers: tuple[float, ...], got: float, want: float | None
) -> bool:
    """Return whether a number stands where floats give none, or another infinity."""
    finite = all(map(math.isfinite, numbers))
    if want is None or math.isnan(want):
        infinite = not finite and not any(map(math.isnan, numbers))
        if want is not None and infinite and not row.standard:
            return False  # a formula of several steps: others have a limit there
        if finite and _is_true(row, numbers, got):
            return False  # where the formula overflows half way, as math.hypot does not
        return math.isfinite(got) and (finite or want is not None) and not row.kink
    # Sums and products take and give infinities; tanh and exp may reach their limits.
    if row.symbol in {"+", "-", "*", "/"}:
        subnormal = row.symbol == "/" and any(0.0 < abs(n) < 2.0**-1022 for n in numbers)
        if not same(got, want) and not subnormal:
            return True
    return finite and math.isfinite(got) and not _is_true(row, numbers, got)


def _overflowed(error: Fault | NotANumberError) -> bool:
    return isinstance(error, RaisedError) and error.error.type in {
        "OverflowError",
        "ZeroDivisionError",
    }


def _special_fault(expression: Expression, got: float, says: str) -> SpecialValueError:
    program = expression.to_python().splitlines()[-1].partition(" = ")[2]
    at = " and ".join(f"x{i} = {leaf!r}" for i, leaf in enumerate(expression.leaves))
    return SpecialValueError(f"{program} at {at} {says} {got!r}", expression, got)


def _floats(row: Primitive, numbers: tuple[float, ...]) -> float | None:
    """Return what the primitive gives for floats, None where it raises or is no real number."""
    try:
        result = row.primal(FLOATS, *map(float, numbers))
    except (ArithmeticError, ValueError, TypeError):
        return None
    return result if isinstance(result, float) else None


def _is_true(row: Primitive, numbers: tuple[float, ...], got: float) -> bool:
    """Return whether a number is the true one where the usual formula overflows half way."""
    arithmetic = HighPrecision(_BITS)
    try:
        true = row.primal(arithmetic, *map(arithmetic.number, numbers))
        return math.isclose(float(true), got, rel_tol=2.0**-40)
    except (ArithmeticError, ValueError):
        return False


_BITS = 256


def _carrier(judge: Judge) -> str:
    if judge.subject.carrier is None:
        raise NotJudged("needs a sound * or / to make an upstream")
    return judge.subject.carrier
