"""Each strategy draws what it says, shrinks towards what it says, and rejects nothing."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from minigrad import Value
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, MalformedExpressionError
from valuecheck.program.primitives import OPTIONAL, PRIMITIVES, STANDARD
from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    self_operands,
    twins,
)

Strategy = Callable[..., st.SearchStrategy[Expression]]
ALL: list[Strategy] = [expressions, diamonds, ladders, chains, fan_outs, self_operands, twins]
MANY = [*STANDARD, *OPTIONAL]


_find_settings = settings.get_profile("search")


def _names(value: Any) -> str | None:
    return getattr(value, "__name__", None)


def _is_valid(expression: Expression) -> bool:
    """Every primal is finite, in the domain of its primitive, and the program reads back."""

    def apply(symbol: str, operands: tuple[Any, ...]) -> float:
        row = PRIMITIVES[symbol]
        assert row.domain(*operands)
        primal = row.primal(FLOATS, *operands)
        assert math.isfinite(primal)
        return float(primal)

    expression.replay(expression.leaves, apply)
    return True


@pytest.mark.parametrize("strategy", ALL, ids=_names)
def test_every_draw_is_valid_with_all_health_checks_on(strategy: Strategy) -> None:
    @settings(phases=[Phase.generate, Phase.explain], suppress_health_check=[])
    @given(strategy(primitives=MANY))
    def every(expression: Expression) -> None:
        assert _is_valid(expression)

    every()


@pytest.mark.parametrize("strategy", ALL, ids=_names)
def test_nothing_is_rejected(strategy: Strategy) -> None:
    draws = 0

    @settings(settings.get_profile("few"), phases=[Phase.generate])
    @given(strategy())
    def count(_: Expression) -> None:
        nonlocal draws
        draws += 1

    count()
    assert draws == settings.get_profile("few").max_examples


@pytest.mark.parametrize("strategy", ALL, ids=_names)
def test_json_round_trips_every_bit(strategy: Strategy) -> None:
    @given(strategy(primitives=MANY))
    def round_trip(expression: Expression) -> None:
        again = Expression.from_json(json.loads(json.dumps(expression.to_json())))
        assert repr(again) == repr(expression)
        assert [type(leaf) for leaf in again.leaves] == [type(leaf) for leaf in expression.leaves]
        assert [math.copysign(1, leaf) for leaf in again.leaves] == [
            math.copysign(1, leaf) for leaf in expression.leaves
        ]

    round_trip()


@pytest.mark.parametrize("strategy", ALL, ids=_names)
def test_the_printed_form_is_python_that_runs(strategy: Strategy) -> None:
    @given(strategy())
    def runs(expression: Expression) -> None:
        names: dict[str, Any] = {"Value": Value}
        exec(str(expression), names)  # noqa: S102 - our own printed program
        assert isinstance(names[expression.name(expression.output)], Value)
        assert eval(repr(expression), {"Expression": Expression}) == expression  # noqa: S307 - our own repr

    runs()


@pytest.mark.parametrize(
    ("strategy", "program"),
    [
        (expressions(), "x0 = Value(1.0)\nv1 = x0 + x0"),
        (expressions(min_steps=0), "x0 = Value(1.0)"),
        (diamonds(), "x0 = Value(1.0)\nv1 = x0 + x0\nv2 = v1 + x0"),
        (ladders(), "x0 = Value(1.0)\nv1 = x0 + x0\nv2 = v1 + x0"),
        (chains(), "x0 = Value(1.0)\nv1 = x0 + x0"),
        (
            fan_outs(),
            "x0 = Value(1.0)\nv1 = x0 + x0\nv2 = x0 + v1\nv3 = x0 + v2\nv4 = v1 + v2\nv5 = v4 + v3",
        ),
        (self_operands(), "x0 = Value(1.0)\nv1 = x0 + x0"),
        (twins(), "x0 = Value(1.0)\nx1 = Value(1.0)\nv2 = x0 + x1"),
    ],
    ids=[
        "expressions",
        "a leaf alone",
        "diamonds",
        "ladders",
        "chains",
        "fan_outs",
        "self_operands",
        "twins",
    ],
)
def test_the_minimal_example_is_what_the_docstring_says(
    strategy: st.SearchStrategy[Expression], program: str
) -> None:
    assert str(find(strategy, lambda _: True, settings=_find_settings)) == program


@pytest.mark.parametrize(
    ("symbol", "position"),
    [
        (symbol, position)
        for symbol in MANY
        for position, kind in enumerate(PRIMITIVES[symbol].operands)
        if kind != "number"
    ],
)
def test_every_primitive_is_reachable_with_a_node_at_every_operand(
    symbol: str, position: int
) -> None:
    def uses(expression: Expression) -> bool:
        return any(
            step.symbol == symbol and isinstance(step.operands[position], int)
            for step in expression.steps
        )

    find(expressions(primitives=MANY), uses, settings=_find_settings)


@pytest.mark.parametrize(("symbol", "side"), list(itertools.product("+-*/", (0, 1))))
def test_numbers_stand_on_both_sides_as_ints_and_floats(symbol: str, side: int) -> None:
    for kind in (int, float):

        def stands(expression: Expression, kind: type = kind) -> bool:
            return any(
                step.symbol == symbol
                and isinstance(step.operands[side], Constant)
                and type(step.operands[side].value) is kind  # type: ignore[union-attr]
                for step in expression.steps
            )

        find(expressions(), stands, settings=_find_settings)


def _is_dead(expression: Expression) -> bool:
    return not all(expression.live())


@pytest.mark.parametrize(
    "condition",
    [
        _is_dead,
        lambda e: any(leaf == 0 and math.copysign(1, leaf) < 0 for leaf in e.leaves),
        lambda e: any(abs(leaf) >= 1e6 for leaf in e.leaves),
        lambda e: any(0 < abs(leaf) <= 1e-6 for leaf in e.leaves),
        lambda e: any(s.symbol == "tanh" and e.leaves[0] > 5 for s in e.steps),
        lambda e: any(len(uses) >= 3 for uses in e.uses()),
        lambda e: len(e.steps) == 12,
        lambda e: any(s.operands[0] == s.operands[-1] and len(s.operands) == 2 for s in e.steps),
    ],
    ids=[
        *("dead branch", "negative zero", "huge leaf", "tiny leaf", "saturated tanh"),
        *("fan-out", "longest", "x op x"),
    ],
)
def test_what_expressions_promises_is_reachable(condition: Callable[[Expression], bool]) -> None:
    find(expressions(), condition, settings=_find_settings)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("symbol", ["relu", "tanh", "exp", "neg"])
def test_numbers_on_either_side_of_0_come_within_a_usual_budget(symbol: str, sign: int) -> None:
    # A relu that hands on what is negative is as common a mistake as any.
    def is_there(expression: Expression) -> bool:
        def primal(symbol: str, operands: tuple[Any, ...]) -> float:
            return float(PRIMITIVES[symbol].primal(FLOATS, *operands))

        primals = expression.replay([float(leaf) for leaf in expression.leaves], primal)
        return any(
            step.symbol == symbol
            and isinstance(step.operands[0], int)
            and primals[step.operands[0]] * sign > 0
            for step in expression.steps
        )

    budget = settings(_find_settings, phases=[Phase.generate])
    find(expressions(), is_there, settings=budget, random=Random(0))


@given(diamonds())
def test_a_diamond_always_has_two_different_paths_that_meet(expression: Expression) -> None:
    live = expression.live()
    assert any(len({user for user, _ in uses if live[user]}) >= 2 for uses in expression.uses())


@given(fan_outs(min_uses=3))
def test_a_fan_out_always_has_a_node_of_three_uses(expression: Expression) -> None:
    assert max(map(len, expression.uses())) >= 3


@given(twins())
def test_twins_always_have_two_leaves_of_equal_value(expression: Expression) -> None:
    assert len(set(map(float, expression.leaves))) < len(expression.leaves)


@given(chains(min_depth=1500, max_depth=2000))
@settings(settings.get_profile("few"))
def test_a_chain_may_be_deeper_than_any_recursion(expression: Expression) -> None:
    assert 1500 <= len(expression.steps) <= 2000
    assert _is_valid(expression)


@given(st.integers(1, 10**12), st.integers(-(10**12), 10**12))
def test_whole_numbers_are_not_raised_to_powers_that_never_come_to_an_end(x: int, y: int) -> None:
    for symbol in ("x**y", "c**x"):
        assert PRIMITIVES[symbol].domain(x, y) == (abs(y * math.log(x)) < 300.0)
    assert not PRIMITIVES["x**y"].domain(5, 10**10)


@given(ladders(min_rungs=24, max_rungs=24))
@settings(settings.get_profile("few"))
def test_a_ladder_of_24_rungs_stays_finite(expression: Expression) -> None:
    assert _is_valid(expression)


@pytest.mark.parametrize(
    ("strategy", "condition"),
    [
        (expressions(), lambda e: any(s.symbol == "tanh" for s in e.steps)),
        (expressions(), lambda e: any(s.symbol == "**" for s in e.steps) and len(e.leaves) > 1),
        (diamonds(), lambda e: any(s.symbol == "*" for s in e.steps)),
        (expressions(), lambda e: any(len(u) > 2 for u in e.uses())),
    ],
    ids=["tanh", "power", "product in a diamond", "three uses"],
)
def test_counterexamples_shrink_to_three_operations_and_simple_leaves(
    strategy: st.SearchStrategy[Expression], condition: Callable[[Expression], bool]
) -> None:
    found = sorted(
        (find(strategy, condition, settings=_find_settings, random=Random(n)) for n in range(7)),
        key=lambda expression: len(expression.steps),
    )
    assert len(found[len(found) // 2].steps) <= 3
    assert set(found[0].leaves) <= {0, 1, 2, -1, 0.5}


@pytest.mark.parametrize("strategy", ALL, ids=_names)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"primitives": ["%"]}, "primitives=.*'%'"),
        ({"primitives": "+"}, r"primitives='\+'"),
        ({"primitives": []}, r"primitives=\[\]"),
        ({"constants": ["up"]}, r"constants=\['up'\]"),
        ({"leaf_kinds": ["odd"]}, "leaf_kinds=.*'odd'"),
        ({"min_leaf": 2.0, "max_leaf": 1.0}, "min_leaf=2.0 is larger than max_leaf=1.0"),
        ({"min_leaf": math.nan}, "min_leaf=nan"),
        ({"min_leaf": math.inf}, "min_leaf=inf"),
        ({"primitives": 5}, "primitives=5"),
        ({"constants": 5}, "constants=5"),
        ({"constants": {"+": 5}}, "constants=.*5"),
        ({"exponents": 3}, "exponents=3"),
        ({"exponents": [math.nan]}, "exponents=.*nan"),
    ],
    ids=[
        *("unknown", "a string", "none", "side", "kind", "empty range", "nan", "no leaf"),
        *("no collection", "no sides", "no sides of one", "no sequence", "no exponent"),
    ],
)
def test_invalid_arguments_are_named_at_once(
    strategy: Strategy, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidArgument, match=says):
        strategy(**options)


@pytest.mark.parametrize(
    ("strategy", "options", "says"),
    [
        (expressions, {"min_steps": 3, "max_steps": 2}, "min_steps=3"),
        (expressions, {"max_steps": -1}, "max_steps=-1"),
        (expressions, {"min_steps": 1.5}, "min_steps=1.5"),
        (diamonds, {"max_arm": 0}, "max_arm=0"),
        (ladders, {"min_rungs": 0}, "min_rungs=0"),
        (chains, {"min_depth": 9, "max_depth": 8}, "min_depth=9"),
        (fan_outs, {"min_uses": 1}, "min_uses=1"),
        (diamonds, {"primitives": ["tanh"]}, "no expression can be built"),
        (expressions, {"primitives": ["log"], "max_leaf": -1.0}, "no expression can be built"),
    ],
)
def test_sizes_that_cannot_be_are_named_at_once(
    strategy: Strategy, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidArgument, match=says):
        strategy(**options)


@pytest.mark.parametrize("symbol", MANY)
def test_every_primitive_alone_can_be_drawn(symbol: str) -> None:
    @given(expressions(primitives=[symbol]))
    def only(expression: Expression) -> None:
        assert {step.symbol for step in expression.steps} == {symbol}
        assert _is_valid(expression)

    only()


@given(expressions(constants=(), primitives=["+", "*", "tanh"], min_leaf=-2.0, max_leaf=3.0))
def test_options_are_kept(expression: Expression) -> None:
    assert all(isinstance(o, int) for step in expression.steps for o in step.operands)
    assert {step.symbol for step in expression.steps} <= {"+", "*", "tanh"}
    assert all(-2.0 <= leaf <= 3.0 for leaf in expression.leaves)


@given(st.data(), st.integers(0, 12), st.integers(0, 12))
def test_the_number_of_steps_stays_within_its_bounds(data: st.DataObject, a: int, b: int) -> None:
    least, most = sorted((a, b))
    expression = data.draw(expressions(min_steps=least, max_steps=most))
    assert least <= len(expression.steps) <= most


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"leaves": [], "steps": []},
        {"leaves": ["a"], "steps": []},
        {"leaves": [1], "steps": [["%", 0]]},
        {"leaves": [1], "steps": [["+", 0]]},
        {"leaves": [1], "steps": [["+", 0, 5]]},
        {"leaves": [1], "steps": [["tanh", {"constant": 1}]]},
        {"leaves": [1], "steps": [["+", {"constant": 1}, {"constant": 2}]]},
        {"leaves": [1], "steps": [["**", 0, 0]]},
        {"leaves": [2**53 + 1], "steps": [["neg", 0]]},
        {"leaves": [10**400], "steps": [["neg", 0]]},
    ],
    ids=str,
)
def test_malformed_json_is_refused_with_what_would_be_right(document: Any) -> None:
    with pytest.raises(MalformedExpressionError, match=r"must|is|takes"):
        Expression.from_json(document)


def test_non_finite_leaves_read_back() -> None:
    expression = Expression((math.inf, -math.inf, math.nan))
    again = Expression.from_json(json.loads(json.dumps(expression.to_json(), allow_nan=False)))
    assert repr(again.leaves) == repr(expression.leaves)
    assert 'float("inf")' in str(expression)
