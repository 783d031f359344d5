"""The parts of the diagnosis that look at one rule, each asked about one wrong in a known way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.engines.dress import dressed
from tests.valuecheck.altered import DIV, EXP, MUL, TIMES_NUMBER, subject_of, told
from valuecheck.diagnosis import diagnose
from valuecheck.diagnosis.known_mistakes import explain
from valuecheck.diagnosis.measure import (
    Contribution,
    Edge,
    carrier,
    measure,
    measure_edge,
    partials_at,
    samples,
    takes_an_operands_gradient,
)
from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import Fault
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("changes", "step", "sentence"),
    [
        (
            [(MUL, MUL.replace("+= b", "-= b"))],
            Step("*", (0, Constant(2.0))),
            "in the rule of x * y, left operand: the sign is the wrong way round",
        ),
        (
            [(MUL, MUL.replace("+= b", "-= b").replace("+= a", "+= 2 * a"))],
            Step("*", (0, 1)),
            "in the rule of x * y, left operand: the sign is the wrong way round; right operand: "
            "the partial is twice what it should be",
        ),
        (
            [
                (
                    TIMES_NUMBER,
                    TIMES_NUMBER.replace("(other)", "(other)\n            self = Value(self.data)"),
                )
            ],
            Step("*", (0, Constant(2.0))),
            "x * 2 returns a new leaf",
        ),
        (
            [
                (
                    "        return Value(other) - self\n",
                    "        return self * -1.0 - -other\n",
                )
            ],
            Step("-", (Constant(2.0), 0)),
            "",
        ),
        (
            [("        return Value(other) - self\n", "        return Value(other - self.data)\n")],
            Step("-", (Constant(2.0), 0)),
            "2 - x returns a new leaf",
        ),
    ],
    ids=["with a number too", "both operands", "with a number only", "right", "reflected"],
)
def test_a_rule_is_called_by_how_it_is_written(
    changes: list[tuple[str, str]], step: Step, sentence: str
) -> None:
    subject = subject_of(*changes)
    leaves = (0.7, 1.3)[: 1 + sum(isinstance(o, int) and o == 1 for o in step.operands)]
    expression = Expression(leaves, (step,))
    if not sentence:
        Judge(subject).hold(expression)
        return
    assert sentence in told(subject, expression)[3]


def test_an_upstream_is_made_by_what_is_right() -> None:
    right = Subject(open_class(Value))
    assert (carrier(right, "exp"), carrier(right, "*")) == ("*", "/")
    wrong = subject_of((MUL, MUL.replace("+= b", "-= b")))
    assert (carrier(wrong, "exp"), carrier(wrong, "/")) == ("/", None)


def test_interior_gradients_that_an_engine_forgets_are_not_held_against_it() -> None:
    subject = Subject(open_class(dressed("interior gradients are forgotten")))
    assert not subject.keeps_interior
    outcome = measure(subject, Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,)))))
    assert outcome is not None
    assert outcome.right()


def test_another_name_of_a_leaf_has_what_the_leaf_has() -> None:
    subject = Subject(open_class(dressed("+x is x itself")))
    outcome = measure(subject, Expression((0.7,), (Step("pos", (0,)), Step("*", (1, 0)))))
    assert outcome is not None
    assert outcome.right()


def test_experiments_ask_for_what_the_engine_takes() -> None:
    subject = Subject(open_class(dressed("whole exponents only")))
    exponents = {
        single.steps[0].operands[1].value  # type: ignore[union-attr]
        for single in samples(subject, Form("**", "right"))
    }
    assert exponents == {3, 2, -1, -2, 1, 4}
    factors = {single.steps[0].operands[1] for single in samples(subject, Form("*", "right"))}
    assert len(factors) > 2


def test_without_a_factor_edges_are_measured_as_they_are() -> None:
    subject = Subject(open_class(Value))
    edge = Edge(Form("exp"), 0)
    assert {row.upstream for row in measure_edge(subject, edge)} == {1.0, 4.0, -0.5}
    subject.known_broken |= {"*", "/"}
    assert {row.upstream for row in measure_edge(subject, edge)} == {1.0}


@pytest.mark.parametrize(
    ("rule", "takes"),
    [("a.grad += out.data * a.grad", True), ("pass", False), ("a.grad += a.grad", False)],
)
def test_a_rule_that_takes_its_operands_gradient_is_told_from_one_that_does_nothing(
    rule: str, takes: bool
) -> None:
    subject = subject_of((EXP, rule))
    assert takes_an_operands_gradient(subject, Edge(Form("exp"), 0)) == takes


def test_a_product_may_take_the_gradient_of_either_operand() -> None:
    subject = subject_of((MUL, MUL.replace("b.data * out.grad", "b.data * b.grad")))
    left = Edge(Form("*"), 0)
    assert takes_an_operands_gradient(subject, left)
    assert not takes_an_operands_gradient(Subject(open_class(Value)), left)


def test_whose_gradient_is_taken_is_asked_by_what_is_right_itself() -> None:
    odd = MUL.replace("a.data * out.grad", "a.data * out.grad * 2.0")
    subject = subject_of((EXP, "a.grad += out.data * a.grad"), (MUL, odd))
    edge = Edge(Form("exp"), 0)
    assert not takes_an_operands_gradient(subject, edge)
    subject.known_broken.add("*")
    assert takes_an_operands_gradient(subject, edge)
    subject.known_broken.add("/")
    assert not takes_an_operands_gradient(subject, edge)


def test_a_gradient_is_taken_only_where_every_sample_says_so() -> None:
    edge = Edge(Form("exp"), 0)
    for when in ("a.data == 0.7", "a.data != 0.7"):
        subject = subject_of((EXP, f"a.grad += out.data * a.grad * ({when})"))
        assert not takes_an_operands_gradient(subject, edge)
    raises = subject_of((EXP, "pass"), (MUL, "    raise KeyError\n"))
    assert not takes_an_operands_gradient(raises, edge)
    steep = subject_of((EXP, "a.grad = 'steep'"))
    assert not takes_an_operands_gradient(steep, edge)


def test_a_gradient_may_be_taken_from_the_other_operand_alone() -> None:
    either = "    a.grad += b.data * (b.grad or out.grad)\n    b.grad += a.data * out.grad\n"
    assert takes_an_operands_gradient(subject_of((MUL, either)), Edge(Form("*"), 0))


@pytest.mark.parametrize(
    ("rule", "wrong", "step", "sentence"),
    [
        (
            DIV,
            DIV.replace("out.data / b.data", "out.data / a.data"),
            Step("/", (0, 1)),
            "the value of this operand stands where that of the other belongs",
        ),
        (
            "_power(a.data, n.data - 1.0)",
            "_power(out.data, n.data - 1.0)",
            Step("**", (0, Constant(3))),
            "the partial is computed from the result where the operand belongs",
        ),
    ],
    ids=["the other operand", "the result for the base"],
)
def test_a_formula_at_the_wrong_number_is_told(
    rule: str, wrong: str, step: Step, sentence: str
) -> None:
    leaves = (0.7, 1.3) if step.symbol == "/" else (0.7,)
    assert sentence in told(subject_of((rule, wrong)), Expression(leaves, (step,)))[3]


def test_an_operand_that_is_wrong_below_others_only_hides_no_other() -> None:
    odd = "    a.grad += b.data * out.grad if out.grad == 1.0 else math.sin(out.grad)\n"
    subject = subject_of((MUL, odd + "    b.grad -= a.data * out.grad\n"))
    found = told(subject, Expression((0.7, 1.3), (Step("*", (0, 1)),)))
    assert found[:3] == ("wrong partial", "*", 1)


def test_a_detached_result_is_not_what_raised() -> None:
    detached = (
        "    def tanh(self) -> Value:\n",
        "    def tanh(self) -> Value:\n        if self.data != 0.7:\n            return 1.0\n",
    )
    subject = subject_of((EXP, "raise KeyError"), detached)
    both = Expression((0.7,), (Step("tanh", (0,)), Step("exp", (0,)), Step("+", (1, 2))))
    with pytest.raises(Fault) as caught:
        Judge(subject).hold(both)
    assert diagnose(subject, caught.value).primitive == "exp"


# What a table of contributions tells

NUMBERS = (-2.0, -1.5, -0.75, -0.5, 0.0, 0.5, 1.25, 1.5, 3.0)


def table_of(
    symbol: str, wrong: Callable[[tuple[float, ...]], bool], position: int = 0, factor: float = -1
) -> tuple[Edge, list[Contribution]]:
    """Return what would be measured of a rule that is off by a factor on some operands."""
    form = Form("**", "right") if symbol == "**" else Form(symbol)
    rows = []
    for x in NUMBERS:
        for y in NUMBERS:
            pair = (x, y)
            try:
                partials = partials_at(symbol, {"-": x - y, "**": 1.0}[symbol], pair)
            except ZeroDivisionError:
                continue
            if partials[position] == partials[position] != 0.0:  # not nan
                off = factor if wrong(pair) else 1.0
                rows += [
                    Contribution(pair, 1.0, partials, up, off * up * partials[position], off == 1.0)
                    for up in (1.0, 4.0, -0.5)
                ]
    return Edge(form, position), rows


@pytest.mark.parametrize(
    ("symbol", "wrong", "condition"),
    [
        ("-", lambda o: o[0] < 0, "for negative operands"),
        ("-", lambda o: o[0] > 0, "for positive operands"),
        ("-", lambda o: o[0] > 1.25, "for operands above 1.25"),
        ("-", lambda o: o[0] < -0.75, "for operands below -0.75"),
        ("-", lambda o: max(o) < 0, "where both operands are negative"),
        ("-", lambda o: min(o) > 0, "where both operands are positive"),
        ("-", lambda o: o[0] * o[1] < 0, "where the signs differ"),
        ("-", lambda o: o[1] < 0, "where the other operand is negative"),
        ("-", lambda o: o[1] > 0, "where the other operand is positive"),
        ("-", lambda o: o == (3.0, 0.5), "not everywhere, but at 3, 0.5 for one"),
        ("**", lambda o: o[1] < 0, "for negative exponents"),
        ("**", lambda o: not o[1].is_integer(), "for fractional exponents"),
        ("**", lambda o: o[1] > 2, "for exponents above 2"),
    ],
)
def test_where_a_rule_is_wrong_is_told(
    symbol: str, wrong: Callable[[tuple[float, ...]], bool], condition: str
) -> None:
    assert explain(*table_of(symbol, wrong)) == (
        "wrong partial",
        f"{condition}, the sign is the wrong way round",
    )
    if symbol == "-":
        exchanged = table_of(symbol, lambda o: wrong(o[::-1]), position=1)
        assert explain(*exchanged) == (
            "wrong partial",
            f"{condition}, the sign is the wrong way round".replace("3, 0.5", "0.5, 3"),
        )


def test_a_rule_that_is_wrong_everywhere_is_told_without_a_condition() -> None:
    assert explain(*table_of("-", lambda _: True)) == (
        "wrong partial",
        "the sign is the wrong way round",
    )
    odd = explain(*table_of("-", lambda _: True, factor=0.3))
    assert odd == ("wrong partial", "at -2, -2 the partial comes out as 0.3, but it is 1")
    odd = explain(*table_of("-", lambda o: o[0] < 0, factor=0.3))
    assert odd is not None
    assert odd[1].startswith("for negative operands, at -2, -2 the partial comes out as 0.3, but")


def test_a_rule_that_is_right_is_not_explained() -> None:
    assert explain(*table_of("-", lambda _: False)) is None


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_what_is_not_in_proportion_to_the_upstream_is_no_partial(scale: float) -> None:
    edge = Edge(Form("exp"), 0)

    def rows(off: float) -> list[Contribution]:
        return [
            Contribution((x,), 1.0, (scale,), up, 0.3 * scale * up * (1 + off * up), False)
            for x in (0.5, 1.5)
            for up in (1.0, 4.0, -0.5)
        ]

    assert explain(edge, rows(off=1e-11)) is not None
    assert explain(edge, rows(off=1e-7)) is None
