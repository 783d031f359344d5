"""The parts of the diagnosis that ask what is lost where results and nodes are used again."""

from __future__ import annotations

import pytest

from minigrad import Value
from tests.valuecheck.altered import (
    ADD,
    CALL,
    EXP,
    MUL,
    SQUARE,
    TIMES_NUMBER,
    only,
    subject_of,
    told,
    unary,
)
from valuecheck.diagnosis.patterns import Pattern
from valuecheck.diagnosis.shared_nodes import conclude
from valuecheck.engines.in_process import open_class
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import Form


def test_gradients_that_are_wrong_from_some_depth_on_are_told() -> None:
    subject = subject_of(
        (
            CALL,
            f"{CALL}"
            "            for o in node._prev if len(order) > 5 else ():\n"
            "                o.grad *= 1.5\n",
        )
    )
    steps = tuple(Step("+", (0 if n == 0 else n + 1, 1)) for n in range(8))
    expression = Expression((0.7, 1.3), steps)
    kind, _, _, sentence = told(subject, expression)
    assert (kind, sentence) == ("unexplained", "gradients are wrong below about 6 steps")


def test_operands_kept_in_a_set_lose_one_of_two_whatever_the_operator() -> None:
    subject = subject_of(
        (ADD, "    for a in set(out._prev):\n        a.grad += out.grad\n"),
        (MUL, "    if a is b:\n        a.grad += b.data * out.grad\n        return\n" + MUL),
    )
    both = Expression((3.0,), (Step("+", (0, 0)), Step("*", (0, 0)), Step("-", (1, 2))))
    for expression in (both, Expression((3.0,), (Step("+", (0, 0)),))):
        kind, primitive, _, sentence = told(subject, expression)
        assert (kind, primitive) == ("lost contribution", None)
        assert sentence.startswith("in x op x the node stands at both operands")
    only_sums = subject_of((ADD, "    for a in set(out._prev):\n        a.grad += out.grad\n"))
    assert told(only_sums, Expression((3.0,), (Step("+", (0, 0)),)))[1] == "+"


def test_a_contribution_that_no_use_explains_is_not_called_overwritten() -> None:
    odd = ("    a.grad += b.data * out.grad\n", "    a.grad = b.data * out.grad + 0.3 * a.grad\n")
    twice = Expression((0.7,), (Step("exp", (0,)), Step("*", (0, 1)), Step("+", (2, 0))))
    assert told(subject_of(odd), twice)[0] not in {"overwritten gradient", "lost contribution"}


# Three uses and more


def forgetful(then: str, uses: int = 3, when: str = "True", afterwards: str = "") -> Subject:
    """Put an engine that does something else at a later use of a leaf.

    Args:
        then: what it does with the leaf `o`, which had `before[o]`.
        uses: at which use.
        when: a further condition, on the node `node` or on `o`.
        afterwards: what it does after the sweep when that happened.
    """
    sweep = (
        "            before = {o: o.grad for o in node._prev}\n"
        f"{CALL}"
        "            for o in before:\n"
        "                count[o] = count.get(o, 0) + 1\n"
        f"                if count[o] >= {uses} and not o._prev and {when}:\n"
        f"                    {then}\n"
        "                    late = True\n"
        f"        if late:\n            {afterwards or 'pass'}\n"
    )
    start = "        self.grad += 1.0\n"
    return subject_of((CALL, sweep), (start, f"        count, late = {{}}, False\n{start}"), NUMBER)


def fan(*, uses: int = 3, number: float = 0.7, by: Step | None = None) -> Expression:
    """Return a program in which a leaf is used several times, and the results are added up."""
    steps = [by or Step("exp", (0,)) for _ in range(uses)]
    sums = [Step("+", (1 if n == 0 else uses + n, n + 2)) for n in range(uses - 1)]
    return Expression((number,), (*steps, *sums))


NUMBER = (TIMES_NUMBER, TIMES_NUMBER.replace("(other)", '(other, (), "number")'))
"""Marks the leaves that stand for plain numbers in products."""
IS_TIMES_NUMBER = 'node._prev[-1]._op == "number"'
THRICE = "a node that is used 3 times does not get all its contr"


@pytest.mark.parametrize("uses", [3, 4, 5, 6])
def test_the_use_that_is_lost_is_counted(uses: int) -> None:
    found = told(forgetful("o.grad = before[o]", uses), fan(uses=uses))
    assert found[0] == "lost contribution"
    assert found[3].startswith(f"a node that is used {uses} times does not get all its contr")


@pytest.mark.parametrize("then", ["o.grad -= before[o]", "o.grad = 0.0", "o.grad = before[o]"])
def test_whichever_contributions_of_a_third_use_are_lost_it_is_told(then: str) -> None:
    for symbols in (("exp", "+"), ("exp", "*", "+", "tanh")):
        assert told(only(forgetful(then), *symbols), fan())[3].startswith(THRICE)


def test_a_third_use_is_told_by_the_leaf_that_lacks_something() -> None:
    subject = only(forgetful("o.grad = before[o]"), "exp", "*")
    steps = (*[Step("exp", (0,))] * 3, Step("*", (1, 2)), Step("*", (4, 3)))
    assert told(subject, Expression((0.7,), steps))[3].startswith(THRICE)


def test_a_third_use_that_is_lost_for_some_numbers_only_is_told() -> None:
    subject = forgetful("o.grad = before[o]", when="o.data > 1.0")
    assert told(subject, fan(number=1.5))[3].startswith(THRICE)


def test_a_third_use_by_a_product_with_a_number_is_told() -> None:
    subject = forgetful("o.grad = before[o]", when=IS_TIMES_NUMBER)
    double = fan(by=Step("*", (0, Constant(2.0))))
    assert told(subject, double)[3].startswith(THRICE)


@pytest.mark.parametrize(
    "afterwards",
    [
        "for node in order:\n"
        "                for o in node._prev:\n"
        "                    o.grad *= 1.5 if count[o] < 3 and not o._prev else 1.0",
        "next(o for node in reversed(order) for o in node._prev if not o._prev).grad *= 1.5",
    ],
    ids=["all other leaves", "the first one"],
)
@pytest.mark.parametrize("then", ["o.grad = before[o]", "pass"])
def test_what_spoils_other_leaves_too_is_no_lost_third_use(then: str, afterwards: str) -> None:
    steps = (*[Step("exp", (0,))] * 3, Step("/", (2, 1)), Step("+", (3, 4)), Step("+", (6, 5)))
    found = told(forgetful(then, afterwards=afterwards), Expression((0.7, 1.3), steps))
    assert found[0] != "lost contribution"


# On a result, or below one


def test_a_rule_that_is_wrong_below_others_only_is_told_by_its_role() -> None:
    wrong = "a.grad += out.data * out.grad if out.grad == 1.0 else math.sin(out.grad)"
    chain = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    kind, primitive, _, sentence = told(subject_of((EXP, wrong)), chain)
    assert (kind, primitive) == ("unexplained", "exp")
    assert sentence == "exp is right alone, but wrong when used below another"


def test_one_pair_that_fails_is_put_down_to_neither() -> None:
    subject = subject_of((EXP, f'{EXP} * (1.5 if a._op == "tanh" else 1.0)'))
    kind, primitive, _, _ = told(
        subject, Expression((0.7,), (Step("tanh", (0,)), Step("exp", (1,))))
    )
    assert (kind, primitive) == ("unexplained", None)


def test_the_only_primitive_there_is_can_be_wrong_on_its_own_result() -> None:
    half = ADD.replace("a.grad += out.grad", "a.grad += out.grad * (0.5 if a._prev else 1.0)")
    sums = Expression((0.7, 1.3), (Step("+", (0, 1)), Step("+", (2, 1))))
    assert told(only(subject_of((ADD, half)), "+"), sums)[1] == "+"


SPOILS_RESULTS = "        for o in self._prev:\n            o.grad *= 2.0 if o._prev else 1.0\n"


@pytest.mark.parametrize("more", ["", SPOILS_RESULTS], ids=["right", "twice what is due"])
def test_a_sweep_that_stops_after_one_step_leaves_nothing_below(more: str) -> None:
    loop = "        for node in reversed(order):\n"
    stops = (loop + CALL, loop.replace("reversed(order)", "order[-1:]") + CALL + more)
    chain = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    assert told(subject_of(stops), chain)[0] == "wrong order"


# Two uses


def test_a_square_that_hands_nothing_on_has_not_lost_one_of_two() -> None:
    subject = subject_of((MUL, f"    if a is b:\n        return\n{MUL}"))
    assert told(subject, SQUARE)[0] == "unexplained"


def test_a_product_with_a_number_that_overwrites_is_told() -> None:
    scale = '    if b._op == "number":\n        a.grad = b.data * out.grad\n        return\n'
    twice = Expression((0.7,), (Step("*", (0, Constant(2.0))), Step("+", (1, 0))))
    assert told(subject_of((MUL, scale + MUL), NUMBER), twice)[:2] == ("overwritten gradient", "*")


@pytest.mark.parametrize("operand", [0, 1], ids=["left", "right"])
@pytest.mark.parametrize(("rule", "symbol"), [(ADD, "+"), (MUL, "*")], ids=["sum", "product"])
def test_of_two_operands_the_one_that_is_overwritten_is_told(
    rule: str, symbol: str, operand: int
) -> None:
    name = "ab"[operand]
    subject = subject_of((rule, rule.replace(f"{name}.grad +=", f"{name}.grad =")))
    inner = Step(symbol, (operand, 1 - operand))  # the leaf 0 stands at that operand
    twice = Expression((3.0, 2.0), (inner, Step("+", (0, 2))))
    *found, sentence = told(subject, twice)
    assert found == ["overwritten gradient", symbol, operand]
    assert f"sets the gradient of its {('left', 'right')[operand]} operand (`=`)" in sentence


def test_what_is_made_of_a_rule_that_overwrites_is_not_named_beside_it() -> None:
    rule = "self.grad += other.data * out.grad"
    subject = subject_of((rule, rule.replace("+=", "=")), base="closures")
    assert "*" in subject.engine.hello.made_of["/"]
    twice = Expression((3.0, 2.0), (Step("*", (0, 1)), Step("+", (0, 2))))
    assert told(subject, twice)[:3] == ("overwritten gradient", "*", 0)


def test_a_rule_that_overwrites_for_some_numbers_only_is_told() -> None:
    subject = subject_of((EXP, f"a.grad = a.grad * (a.data < 1.0)\n    {EXP}"))
    twice = Expression((1.5,), (Step("exp", (0,)), Step("+", (1, 0))))
    assert told(subject, twice)[:2] == ("overwritten gradient", "exp")


@pytest.mark.parametrize(("symbols", "primitive"), [(("+",), None), (("+", "exp"), "+")])
def test_the_rule_that_overwrites_is_named_if_another_might_have(
    symbols: tuple[str, ...], primitive: str | None
) -> None:
    subject = only(subject_of((ADD, ADD.replace("+=", "="))), *symbols)
    twice = Expression((0.7, 1.3), (Step("+", (0, 1)), Step("+", (2, 0))))
    assert told(subject, twice)[:2] == ("overwritten gradient", primitive)


def test_a_rule_that_overwrites_and_spoils_another_leaf_is_not_called_overwriting() -> None:
    spoils = (
        "    if a.grad and not a._prev:\n"
        "        a.grad = 0.0\n"
        "        b.grad += a.data * out.grad\n"
    )
    twice = Expression((0.7, 1.3), (Step("*", (0, 1)), Step("+", (2, 0))))
    assert told(subject_of((MUL, spoils + MUL)), twice)[0] != "overwritten gradient"


# A result used twice

TWICE = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,)), Step("+", (2, 1))))


def test_what_is_wrong_as_well_without_sharing_is_not_put_down_to_it() -> None:
    spoils = (
        "        if len(order) in (3, 4) and any(node._op == 'exp' for node in order):\n"
        "            order[0]._prev[0].grad *= 1.5\n"
    )
    subject = subject_of((CALL, CALL + spoils))
    assert conclude(subject, TWICE) is None
    assert told(subject, TWICE)[0] == "unexplained"


def test_a_shared_result_without_a_number_has_not_kept_one_contribution() -> None:
    spoils = (
        "        uses = [o for node in order for o in node._prev if o._prev]\n"
        "        for node in uses if len(set(uses)) < len(uses) else ():\n"
        "            node.grad = 'steep'\n"
    )
    found = conclude(subject_of((CALL, CALL + spoils)), TWICE)
    assert found is not None
    assert found.kind == "wrong order"


def test_an_engine_that_cannot_join_nodes_is_not_asked_about_sharing() -> None:
    subject = Subject(open_class(Value))
    subject.known_broken |= {"+", "*", "-", "/"}
    assert conclude(subject, unary("exp")) is None


# Twins


def test_twins_are_equal_or_nearly_so() -> None:
    for off in (0.0, 2.0**-20):
        pattern = Pattern(0)
        one = pattern.leaf()
        pattern.step(Form("+"), one, pattern.twin(one, off))
        x, y = pattern.expression.leaves
        assert (x == y) == (off == 0.0)
        assert abs(x - y) < 1e-5


def test_products_with_numbers_that_are_taken_for_one_are_told() -> None:
    subject = subject_of(
        (
            "            elif node._prev and node not in seen:\n",
            '            elif node._prev and node._prev[-1]._op == "number" and node.data in met:\n'
            "                continue\n"
            "            elif node._prev and node not in seen:\n"
            "                met.add(node.data)\n",
        ),
        ("        order: list[Value] = []\n", "        order, met = [], set()\n"),
        NUMBER,
    )
    double = [Step("*", (leaf, Constant(2.0))) for leaf in (0, 1)]
    twins = Expression((0.7, 0.7), (*double, Step("+", (2, 3))))
    assert told(subject, twins)[0] == "conflated nodes"
