"""The ruler and the one place that decides agreement."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import msgspec
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from valuecheck.engines.protocol import NotNumber
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.source import assertion
from valuecheck.strategies import expressions
from valuecheck.truth.agreement import (
    Agreement,
    NotANumberError,
    agrees,
    judge,
    read_number,
    same,
)
from valuecheck.truth.balls import Ball, Balls
from valuecheck.truth.ruler import _total, enclose, midpoint, radius
from valuecheck.worker.numbers import described


def repr_of_type(value: object) -> str:
    return type(value).__name__


class _Array:
    def __init__(self, *numbers: float) -> None:
        self.numbers = numbers

    def item(self) -> float:
        (number,) = self.numbers
        return number


@pytest.mark.parametrize(
    ("got", "number"),
    [(3, 3.0), (True, 1.0), (2.5, 2.5), (None, 0.0), (_Array(2.0), 2.0), (10**400, math.inf)],
    ids=["int", "bool", "float", "None", "0-d array", "int beyond floats"],
)
def test_what_turns_into_one_float_is_read_as_it(got: Any, number: float) -> None:
    assert read_number(described(got)) == number


@pytest.mark.parametrize(
    "got", ["2", b"2", 2j, _Array(1.0, 2.0), [1.0], object()], ids=repr_of_type
)
def test_what_is_not_a_real_number_is_said_so(got: Any) -> None:
    sent = msgspec.convert(described(got), NotNumber)
    with pytest.raises(NotANumberError, match="is not a real number"):
        read_number(sent)
    ball = arb(2)
    assert judge(sent, ball, lambda: ball) is Agreement.NOT_A_NUMBER


def test_a_number_on_the_edge_of_its_ball_agrees() -> None:
    assert agrees(1.5, arb(1, 0.5))
    assert not agrees(1.6, arb(1, 0.5))


def test_the_sign_of_a_zero_does_not_matter() -> None:
    assert agrees(-0.0, arb(0))
    assert same(-0.0, 0.0)


@pytest.mark.parametrize("got", [math.nan, math.inf, -math.inf])
def test_nan_and_infinities_agree_with_no_ball_of_floats(got: float) -> None:
    assert not agrees(got, arb(1, 1e300))
    assert agrees(got, arb(0, math.inf))


def test_a_ball_beyond_the_floats_decides_nothing() -> None:
    assert agrees(math.inf, arb(2) ** 2000)


@pytest.mark.parametrize(
    ("got", "want", "is_same"),
    [
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (-math.inf, math.inf, False),
        (1.0, math.nan, False),
        (1.0, 1.0, True),
        (1.0, 1.1, False),
        (NotNumber("str", "x"), 1.0, False),
    ],
)
def test_same_takes_nan_for_nan_and_infinity_for_infinity(
    got: Any, want: float, is_same: bool
) -> None:
    assert same(got, want) is is_same


def test_between_the_balls_a_number_is_rough() -> None:
    expression = Expression((3.0,), (Step("log", (0,)),))
    tight, loose = enclose(expression).adjoints[0], enclose(expression, loose=True).adjoints[0]
    assert judge(1 / 3, tight, lambda: loose) is Agreement.INSIDE
    assert judge(1 / 3 * (1 + 1e-9), tight, lambda: loose) is Agreement.ROUGH
    assert judge(1 / 3 * (1 + 1e-3), tight, lambda: loose) is Agreement.OUTSIDE


def test_an_assertion_holds_within_its_ball_and_nowhere_else() -> None:
    allowed = radius(arb(2.0, 0.5))
    text = assertion("x.grad", 2.0, allowed)
    assert text == f"assert abs(x.grad - 2.0) <= {allowed}, x.grad"
    assert assertion("x.grad", 5e-324, 0.0) == "assert x.grad == 5e-324, x.grad"
    for number, holds in ((1.5, True), (2.5, True), (1.49, False), (2.51, False), (2.0, True)):
        try:
            exec(assertion("x", 2.0, allowed), {"x": number})  # noqa: S102 - our own text
        except AssertionError:
            assert not holds
        else:
            assert holds


@given(expressions())
def test_the_loose_ball_holds_the_tight_one(expression: Expression) -> None:
    tight, loose = enclose(expression), enclose(expression, loose=True)
    if tight.undecided or loose.undecided:
        return
    nothing = arb(0, 2.0**-499)  # twice what an adjoint may be off by where it underflows
    for inner, outer in zip(tight.adjoints, loose.adjoints, strict=True):
        assert (outer + nothing).contains(inner)


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=5))
def test_every_order_of_adding_contributions_stays_in_the_ball(numbers: list[float]) -> None:
    # x * c1 + x * c2 + ...: the adjoint of x is the sum of the constants.
    steps = [Step("*", (0, Constant(c))) for c in numbers]
    total = 1
    for node in range(2, len(numbers) + 1):
        steps.append(Step("+", (total, node)))
        total = len(steps)
    ball = enclose(Expression((1.0,), tuple(steps))).adjoints[0]
    for order in permutations(numbers):
        accumulated = 0.0
        for contribution in order:
            accumulated += contribution
        assert agrees(accumulated, ball)


def test_a_dead_node_has_the_adjoint_0_exactly() -> None:
    expression = Expression((1.0, 2.0), (Step("exp", (1,)), Step("neg", (0,))))
    assert enclose(expression).adjoints[1].is_zero()
    assert enclose(expression).adjoints[2].is_zero()


def test_an_operation_gets_the_slack_it_is_promised_and_no_more() -> None:
    ball = enclose(Expression((3.0, 7.0), (Step("/", (0, 1)),))).primals[2]
    assert 2.0**-49 * 3 / 7 < radius(ball) < 2.0**-47 * 3 / 7


@pytest.mark.parametrize("uses", [2, 3, 16, 64, 65])
def test_contributions_get_the_room_that_any_order_of_adding_takes(uses: int) -> None:
    # Of alternating sign, so that the partial sums, and with them their slack, stay small.
    exact = [Ball(arb((-1) ** use), Balls(2.0**-48, 2.0**-1022)) for use in range(uses)]
    margin = radius(_total(exact).arb)
    slack_of_the_sums = (uses - 1) // 2 * 2.0**-48  # every other sum is 1, the rest are 0
    any_order = uses * uses * 2.0**-52 if uses > 2 else 0.0
    assert any_order >= 2 * (uses - 1) * 2.0**-53 * uses or uses == 2
    assert margin == pytest.approx(any_order + slack_of_the_sums, rel=1e-3, abs=1e-40)


@pytest.mark.parametrize("symbol", ["relu", "abs"])
@pytest.mark.parametrize("leaf", [0.25, 4.0, -0.25, -4.0])
def test_off_the_kink_everything_is_decided_and_sharp(symbol: str, leaf: float) -> None:
    balls = enclose(Expression((leaf,), (Step(symbol, (0,)), Step("*", (1, 1)))))
    assert balls.undecided is None
    slope = {"relu": float(leaf > 0), "abs": math.copysign(1.0, leaf)}[symbol]
    primal = abs(leaf) if symbol == "abs" else max(leaf, 0.0)
    assert midpoint(balls.primals[1]) == primal
    assert midpoint(balls.adjoints[0]) == pytest.approx(2 * primal * slope)
    assert radius(balls.adjoints[0]) <= 1e-13 * abs(leaf)


@pytest.mark.parametrize(("symbol", "low", "high"), [("relu", 0, 1), ("abs", -1, 1)])
def test_a_ball_across_the_kink_covers_the_slopes_of_both_sides(
    symbol: str, low: int, high: int
) -> None:
    # 0.1 + 0.2 - 0.3 is nearly 0; the product after it scales what comes back by 3.
    steps = (
        *(Step("+", (0, 1)), Step("-", (3, 2)), Step(symbol, (4,))),
        Step("*", (5, Constant(3.0))),
    )
    balls = enclose(Expression((0.1, 0.2, 0.3), steps))
    assert balls.undecided == "kink"
    for slope in (3.0 * low, 0.0, 3.0 * high):
        assert balls.adjoints[0].contains(slope)
    assert not balls.adjoints[0].contains(3.0 * low - 0.1)
    assert not balls.adjoints[0].contains(3.0 * high + 0.1)


def test_a_dead_branch_on_a_kink_leaves_the_rest_decided() -> None:
    balls = enclose(Expression((0.0, 2.0), (Step("relu", (0,)), Step("exp", (1,)))))
    assert balls.undecided is None
    assert balls.primals[2].is_zero()


def test_relu_at_0_covers_every_subgradient_and_is_undecided() -> None:
    balls = enclose(Expression((0.0,), (Step("relu", (0,)),)))
    assert balls.undecided == "kink"
    assert all(balls.adjoints[0].contains(g) for g in (0.0, 0.5, 1.0))
    assert not balls.adjoints[0].contains(1.5)


def test_a_difference_of_equal_results_straddles_the_kink() -> None:
    steps = (Step("exp", (0,)), Step("exp", (0,)), Step("-", (1, 2)), Step("relu", (3,)))
    assert enclose(Expression((0.3,), steps)).undecided == "kink"


def test_what_leaves_the_range_of_floats_is_undecided() -> None:
    steps = (Step("*", (0, 0)), Step("*", (1, 1)))
    assert enclose(Expression((1e100,), steps)).undecided == "not finite"


def test_an_underflowing_exp_stays_inside() -> None:
    balls = enclose(Expression((-800.0,), (Step("exp", (0,)),)))
    assert balls.primals[1].contains(math.exp(-800.0))
    assert balls.adjoints[0].contains(math.exp(-800.0))


def test_the_seed_scales_every_adjoint() -> None:
    expression = Expression((0.3,), (Step("tanh", (0,)),))
    once, thrice = (enclose(expression, seed=s).adjoints[0] for s in (1.0, 3.0))
    assert midpoint(thrice) == pytest.approx(3 * midpoint(once))
    assert 0 < radius(once) < 1e-13
