"""The parts of the diagnosis that ask what is lost where results and nodes are used again."""

from __future__ import annotations

import pytest

from minigrad import Value
from tests.harness.altered import ADD, MUL, told, trial_of, unary
from valuecheck.diagnosis.experiments import join_of
from valuecheck.diagnosis.patterns import Pattern
from valuecheck.diagnosis.sharing import conclude
from valuecheck.expression import Expression, Step
from valuecheck.probing import bind
from valuecheck.trial import Trial


def test_gradients_that_are_wrong_from_some_depth_on_are_told() -> None:
    trial = trial_of(
        (
            "            node._backward(node)\n",
            "            node._backward(node)\n"
            "            for o in node._prev if len(order) > 5 else ():\n"
            "                o.grad *= 1.5\n",
        )
    )
    steps = tuple(Step("+", (0 if n == 0 else n + 1, 1)) for n in range(8))
    expression = Expression((0.7, 1.3), steps)
    kind, _, _, sentence = told(trial, expression)
    assert (kind, sentence) == ("unexplained", "gradients are wrong below about 6 steps")


def test_operands_kept_in_a_set_lose_one_of_two_whatever_the_operator() -> None:
    trial = trial_of(
        (ADD, "    for a in set(out._prev):\n        a.grad += out.grad\n"),
        (MUL, "    if a is b:\n        a.grad += b.data * out.grad\n        return\n" + MUL),
    )
    both = Expression((3.0,), (Step("+", (0, 0)), Step("*", (0, 0)), Step("-", (1, 2))))
    for expression in (both, Expression((3.0,), (Step("+", (0, 0)),))):
        kind, primitive, _, sentence = told(trial, expression)
        assert (kind, primitive) == ("lost contribution", None)
        assert sentence.startswith("in x op x the node stands at both operands")
    only_sums = trial_of((ADD, "    for a in set(out._prev):\n        a.grad += out.grad\n"))
    assert told(only_sums, Expression((3.0,), (Step("+", (0, 0)),)))[1] == "+"


def test_a_contribution_that_no_use_explains_is_not_called_overwritten() -> None:
    odd = ("    a.grad += b.data * out.grad\n", "    a.grad = b.data * out.grad + 0.3 * a.grad\n")
    twice = Expression((0.7,), (Step("exp", (0,)), Step("*", (0, 1)), Step("+", (2, 0))))
    assert told(trial_of(odd), twice)[0] not in {"overwritten gradient", "lost contribution"}


@pytest.mark.parametrize("uses", [3, 4, 5, 6])
def test_the_use_that_is_lost_is_counted(uses: int) -> None:
    loses = (
        "            node._backward(node)\n",
        "            before = {o: o.grad for o in node._prev}\n"
        "            node._backward(node)\n"
        "            for o in before:\n"
        "                count[o] = count.get(o, 0) + 1\n"
        f"                if count[o] >= {uses} and not o._prev:\n"
        "                    o.grad = before[o]\n",
    )
    trial = trial_of(
        loses, ("        self.grad += 1.0\n", "        count = {}\n        self.grad += 1.0\n")
    )
    steps = [Step("exp", (0,)) for _ in range(uses)]
    sums = [Step("+", (1 if n == 0 else uses + n, n + 2)) for n in range(uses - 1)]
    found = told(trial, Expression((0.7,), (*steps, *sums)))
    assert found[0] == "lost contribution"
    assert found[3].startswith(f"a node that is used {uses} times does not get all its contr")


def test_an_engine_that_cannot_join_nodes_is_not_asked_about_sharing() -> None:
    trial = Trial(bind(Value), oracles=())
    trial.known_broken |= {"+", "*", "-", "/"}
    assert conclude(trial, unary("exp")) is None


# Twins


def test_twins_are_equal_or_nearly_so() -> None:
    for off in (0.0, 2.0**-20):
        pattern = Pattern(0)
        one = pattern.leaf()
        pattern.step(join_of("+"), one, pattern.twin(one, off))
        x, y = pattern.expression.leaves
        assert (x == y) == (off == 0.0)
        assert abs(x - y) < 1e-5
