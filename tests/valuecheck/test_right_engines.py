"""Right engines in unusual dress are bound without help, and blamed for nothing."""

from __future__ import annotations

import cProfile
import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from minigrad import Value
from tests.engines import closures, elementary, operations, tape
from tests.engines.dress import CHANGES, dressed
from tests.laws import check_of, try_all
from tests.mutants import MUTANTS
from valuecheck.engines.engine import CannotCheckError
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import Question
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression, Step
from valuecheck.suite.families import Task, every_law
from valuecheck.truth.oracles.panel import ORACLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.checking.run import Check
    from valuecheck.suite.law import Law


def _law(words: str) -> Law:
    return next(task.law for task in every_law() if words in task.law.name)


def test_there_are_a_dozen_dresses() -> None:
    assert len(CHANGES) >= 12


@pytest.mark.parametrize("name", CHANGES)
def test_a_right_engine_in_unusual_dress_is_blamed_for_nothing(
    name: str, on_small_check: Callable[..., Check]
) -> None:
    check = on_small_check(dressed(name))
    outcomes = try_all(check)
    assert [o.finding.evidence for o in outcomes if o.finding] == []
    assert {"+", "*", "tanh", "exp", "**"} <= set(check.judge.subject.engine.supported)
    assert sum(o.outcome == "held" for o in outcomes) > 50


@pytest.mark.parametrize(
    "cls",
    [tape.Variable, operations.Node, elementary.Value],
    ids=["a tape", "a class each", "every function of the table"],
)
def test_a_right_engine_of_another_build_is_blamed_for_nothing(
    cls: type, on_small_check: Callable[..., Check]
) -> None:
    outcomes = try_all(on_small_check(cls))
    assert [o.finding.evidence for o in outcomes if o.finding] == []
    assert sum(o.outcome == "held" for o in outcomes) > 30


def test_of_two_methods_the_one_that_goes_beyond_one_step_is_the_sweep() -> None:
    assert open_class(operations.Node).source.spellings["backward"] == "backprop({0})"


def test_what_an_engine_declines_is_left_out_and_listed() -> None:
    floats_only = open_class(dressed("leaves from floats only"))
    assert floats_only.bound.make(2).data == 2.0
    assert floats_only.source.spellings["leaf"] == "Value(float({0}))"
    whole_only = open_class(dressed("whole exponents only"))
    assert set(whole_only.exponents) == {2, 3, -1, -2, 1, 4, 0, -3, 5}
    assert {"x ** 0.5", "x ** 2.0"} <= set(whole_only.hello.unsupported)


def test_a_value_is_only_ever_replaced_by_a_float(ours: Check) -> None:
    engine: Any = ours.judge.subject.engine
    set_data, given = engine.bound.set_data, []

    def note(node: Any, number: float) -> None:
        given.append(type(number))
        set_data(node, number)

    engine.bound.set_data = note
    ours.settings = replace(ours.settings, examples=100)
    for task in every_law():
        if task.law.family == "machine":
            ours.try_law(task)
    assert len(given) > 10
    assert set(given) == {float}


def test_a_primitive_that_calls_another_one_is_made_of_it() -> None:
    made_of = open_class(closures.Value).hello.made_of
    assert set(made_of["/"]) == {"*", "**"}
    assert made_of["neg"] == ["*"]
    assert "*" not in made_of


def test_who_profiles_the_check_goes_on_profiling() -> None:
    profile = cProfile.Profile()
    engine = profile.runcall(open_class, closures.Value)
    assert engine.supported == open_class(closures.Value).supported
    assert any(entry.code is closures.Value.tanh.__code__ for entry in profile.getstats())


def test_a_sweep_that_does_nothing_the_second_time_does_not_reset() -> None:
    assert Subject(open_class(tape.Variable)).second_sweep == "neither"
    assert Subject(open_class(dressed("every sweep resets"))).second_sweep == "resets"


def test_a_sweep_from_a_leaf_may_set_its_gradient() -> None:
    # Where +x is x itself, a program may end at one of its leaves.
    twice = Expression((1.0,), (Step("+", (0, 0)),))
    itself = Expression((1.0,), (Step("pos", (0,)),))
    judge = Judge(Subject(open_class(dressed("+x is x itself"))))
    _law("add_up_or_replace").claim(judge, twice, itself)


def test_a_sweep_that_resets_only_where_it_goes_is_right() -> None:
    two_ends = Expression((1.0, -8.0), (Step("+", (0, 0)), Step("+", (2, 2)), Step("+", (1, 1))))
    judge = Judge(Subject(open_class(dressed("every sweep resets"))))
    _law("after_a_smaller_one_is_right").claim(judge, two_ends)


def test_a_value_that_is_read_by_a_method_is_not_set_behind_its_back() -> None:
    engine = open_class(dressed("the value is read by a method"))
    leaf = Expression((2.0,))
    answer = engine.ask_one(Question(leaf, (("set", "data", 0, 5.0),)))
    assert answer.error is not None
    assert "item() is a method" in answer.error.message
    assert engine.ask_one(Question(leaf, (("read",),))).number_of(0, "data", 0) == 2.0


@pytest.mark.parametrize("engine", ["minigrad", "micrograd"])
def test_engines_that_are_right_hold_every_law_by_every_oracle(
    engine: str, on_small_check: Callable[..., Check]
) -> None:
    cls: Any = Value
    if engine == "micrograd":
        cls = pytest.importorskip("micrograd.engine").Value
    outcomes = try_all(on_small_check(cls, oracles=tuple(ORACLES)))
    assert [o.finding.evidence for o in outcomes if o.finding] == []
    assert [dispute for o in outcomes for dispute in o.disputes] == []
    assert sum(o.examples for o in outcomes) > 500


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("def __init__(self): ...", "a leaf is made from one number"),
        ("def __init__(self, data): ...", "gives the number back"),
        ("def __init__(self, data): self.data = data", "none of the operations"),
        (
            "def __init__(self, data): self.data = data\n    def __add__(self, _): return self",
            "no method that runs the reverse sweep",
        ),
    ],
    ids=["no number", "no data", "no operations", "no sweep"],
)
def test_a_class_that_cannot_be_bound_is_told_what_is_missing(body: str, says: str) -> None:
    names: dict[str, Any] = {"__name__": "strange"}
    exec(f"class Strange:\n    {body}", names)  # noqa: S102 - our own text
    with pytest.raises(CannotCheckError, match=says):
        open_class(names["Strange"])


def test_a_near_miss_is_pointed_out_by_name() -> None:
    source = inspect.getsource(closures).replace("def __rtruediv__", "def __rtruediv")
    names: dict[str, Any] = {"__name__": "near"}
    exec(source, names)  # noqa: S102 - our own text
    hello = open_class(names["Value"]).hello
    assert "2 / x" in hello.unsupported
    assert hello.near_misses == ["__rtruediv looks like __rtruediv__, which Python calls"]


def test_a_function_that_is_flat_to_high_order_is_no_fault(ours: Check) -> None:
    # (x*y)**4 at y = 0: the ball has no width, and only terms of fourth order are left over.
    claim = _law("taylor").claim
    steps = (Step("*", (0, 1)), Step("*", (2, 2)), Step("*", (3, 3)))
    claim(ours.judge, Expression((6.0, 0), steps), [1])


def test_a_function_that_cannot_be_fed_with_its_own_output_is_no_fault() -> None:
    # The sigmoid as most people write it overflows far below 0.
    claim = _law("chain_rule").claim
    steps = (Step("sigmoid", (0,)), Step("-", (2, 1)))
    claim(Judge(Subject(open_class(closures.Value))), Expression((1.0, 4e6), steps))


@pytest.mark.parametrize("seed", [3, 16, 101, 117, 121])
def test_leaves_in_single_precision_break_no_law_whatever_the_seed(seed: int) -> None:
    (rounded,) = (m for m in MUTANTS if m.name == "leaves are rounded to single precision")
    check = check_of(rounded.engine, 100, seed)
    tasks = [t for t in every_law() if t.law.family not in {"primitives", "agreement"}]
    outcomes = [check.try_law(task) for task in tasks]
    assert [o.finding.evidence for o in outcomes if o.finding] == []


@pytest.mark.parametrize(("flushed", "held"), [(0.0, True), (1e-300, False)])
def test_to_compute_with_subnormal_numbers_as_with_0_is_no_fault(
    flushed: float, held: bool
) -> None:
    class Flushing(elementary.Value):
        def maximum(self, other: Any) -> Any:
            result = super().maximum(other)
            if 0.0 < abs(result.data) < 2.0**-1022:
                result.data = flushed
            return result

    check = check_of(Flushing, 1000)
    outcome = check.try_law(Task(_law("special_values"), ("maximum",)))
    assert (outcome.outcome == "held") is held
