"""The parts of the diagnosis that look at whole sweeps: state, order, clipping."""

from __future__ import annotations

import pytest

from minigrad import Value
from tests.valuecheck.altered import (
    CALL,
    EXP,
    SQUARE,
    only,
    subject_of,
    told,
    unary,
    wrong_number,
)
from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.diagnosis.measure import measure
from valuecheck.diagnosis.shared_nodes import varies_by_order
from valuecheck.diagnosis.whole_sweep import clipped, negative, steady, stops_early
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import NotNumber
from valuecheck.judging.faults import Fault, InconstantError, NotANumberFault
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Expression, Step
from valuecheck.truth.ruler import enclose

# Clipping

TIMES = '        out = Value(self.data * other.data, (self, other), "*")\n'


@pytest.mark.parametrize(("cap", "found"), [(10.0, True), (1e6, True), (1e11, False)])
def test_a_clipped_gradient_is_told_where_it_is_clipped(cap: float, found: bool) -> None:
    clip = f"            for o in node._prev:\n                o.grad = min(o.grad, {cap})\n"
    subject = subject_of((CALL, CALL + clip))
    steep = measure(subject, Expression((0.5, 1e12), (Step("*", (0, 1)),)))
    assert steep is not None
    answer = clipped(subject, steep)
    assert answer == (
        Diagnosis("wrong partial", f"gradients are clipped: none comes out above {cap:g}")
        if found
        else None
    )
    flat = measure(subject, Expression((0.5, 9.0), (Step("*", (0, 1)),)))
    assert flat is not None
    assert clipped(subject, flat) is None


def test_where_a_large_product_raises_nothing_is_called_clipped() -> None:
    refuses = (
        "        if isinstance(other, Value) and other.data > 1e7:\n            raise KeyError\n"
    )
    subject = subject_of((TIMES, refuses + TIMES))
    steep = measure(subject, Expression((0.5, 1e7), (Step("*", (0, 1)),)))
    assert steep is not None
    assert clipped(subject, steep) is None


# State and order

COUNTER = ("class Value:\n", "_sweeps = [0]\n\n\nclass Value:\n")
SWEEP = f"        for node in reversed(order):\n{CALL}"
SHARED = Expression(
    (2.0, 3.0), (Step("*", (0, 1)), Step("*", (2, 0)), Step("+", (2, 3)), Step("*", (4, 1)))
)
"""A result is used twice: first by the sum, then by the product that the sum is made of."""


def alternating(otherwise: str) -> Subject:
    """Put an engine of which every second sweep does something else."""
    sweep = SWEEP.replace("        ", "            ", 1).replace("\n            ", "\n" + " " * 16)
    return subject_of(
        (
            SWEEP,
            "        _sweeps[0] += 1\n"
            "        if _sweeps[0] % 2:\n"
            f"{sweep}"
            "        else:\n"
            f"{otherwise}",
        ),
        COUNTER,
    )


ROOT_FIRST = """\
            done, stack = set(), [self]
            while stack:
                node = stack.pop()
                if node not in done:
                    done.add(node)
                    node._backward(node)
                    stack += reversed(node._prev)
"""
"""Hands on before all has arrived, where results are shared; right otherwise."""

SETS_LEAVES = """\
            for node in reversed(order):
                had = [(o, o.grad) for o in node._prev if not o._prev and len(order) > 1]
                node._backward(node)
                for o, before in had[:1]:
                    o.grad -= before
"""


def test_an_order_that_is_wrong_now_and_then_is_told_from_state() -> None:
    subject = alternating(ROOT_FIRST)
    assert varies_by_order(subject, SHARED)
    assert not varies_by_order(subject, SQUARE)
    order = "sweep in reverse topological order, each node once"
    ball = enclose(SHARED).adjoints[0]
    once = wrong_number("what", SHARED, 0.0, ball)
    for fault in (once, InconstantError("what", SHARED, [])):
        found = diagnose(subject, fault)
        assert (found.kind, found.sentence.split(": ")[-1]) == ("wrong order", order)


def test_what_varies_without_shared_results_is_no_matter_of_order() -> None:
    always = alternating("            pass\n")
    assert not varies_by_order(always, SHARED)
    raises = alternating("            raise KeyError\n")
    assert not varies_by_order(raises, SHARED)


def test_what_varies_where_single_steps_are_steady_is_looked_into() -> None:
    subject = alternating(SETS_LEAVES)
    assert steady(subject)
    twice = Expression((0.7,), (Step("exp", (0,)), Step("*", (1, 0))))
    assert diagnose(subject, Fault("what", twice)).kind == "overwritten gradient"


def test_single_steps_that_vary_or_raise_are_not_steady() -> None:
    assert not steady(alternating("            pass\n"))
    assert not steady(subject_of((EXP, "raise KeyError")))
    assert steady(Subject(open_class(Value)))


def test_what_is_remembered_of_a_program_shows_on_numbers_never_seen() -> None:
    remembers = f"{EXP} * (2.0 if out.data in _seen else 1.0)\n    _seen.add(out.data)"
    subject = subject_of((EXP, remembers), ("class Value:\n", "_seen = set()\n\n\nclass Value:\n"))
    Judge(subject).hold(unary("exp"))
    assert told(subject, unary("exp"))[0] == "stale state"


def test_an_order_that_matters_in_no_experiment_is_not_explained() -> None:
    at_times = (
        "        uses = [o for node in order for o in node._prev if o._prev]\n"
        "        if len(order) == 4 and len(uses) > len(set(uses)):\n"
        "            _sweeps[0] += 1\n"
        "            self.grad += _sweeps[0] % 2\n"
    )
    subject = subject_of((SWEEP, at_times + SWEEP), COUNTER)
    assert varies_by_order(subject, SHARED)
    fault = InconstantError("what", SHARED, [])
    assert diagnose(subject, fault) == Diagnosis("unexplained", "what")


STALE = (
    "the same program gives other gradients each time it is built and run: something is left over "
    "from one time to the next"
)


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("* (1.0 + 1e-6 * (_sweeps[0] % 2))", "stale state"),
        ("* (1.0 + 1e-8 * (_sweeps[0] % 2))", "stale state"),
        ("* (math.nan if _sweeps[0] % 2 else 1.0)", "stale state"),
        ("* math.nan", "unexplained"),
    ],
    ids=["a millionth", "less", "nan at times", "nan always"],
)
def test_gradients_that_differ_from_run_to_run_are_state(rule: str, kind: str) -> None:
    subject = subject_of(
        (EXP, f"_sweeps[0] += 1\n    {EXP} {rule}"),
        COUNTER,
    )
    found = diagnose(subject, Fault("what", unary("exp")))
    assert found.kind == kind
    if kind == "stale state":
        assert found.sentence == STALE


def test_what_differs_from_run_to_run_is_state_even_if_it_is_no_number() -> None:
    subject = alternating("            self.grad = 'steep'\n")
    for node in (0, 1):
        got = NotNumber("str", "'steep'")
        fault = NotANumberFault(SQUARE, node=node, quantity="grad", got=got)
        assert diagnose(subject, fault).kind == "stale state"


def test_a_program_that_cannot_be_run_is_not_explained() -> None:
    subject = subject_of((EXP, "raise KeyError"))
    assert diagnose(subject, Fault("what", unary("exp"))) == Diagnosis("unexplained", "what")


def test_an_unknown_mistake_on_results_is_reported_as_unexplained() -> None:
    halves = (
        CALL,
        "            for o in node._prev if node is not self else ():\n"
        f"                o.grad -= node.grad / 8.0\n{CALL}",
    )
    chain = Expression((0.7,), (Step("exp", (0,)), Step("tanh", (1,))))
    kind, primitive, _, sentence = told(subject_of(halves), chain)
    assert (kind, primitive) == ("unexplained", None)
    assert sentence == "wrong as soon as one operation is applied to another's result"
    indented = halves[1].replace("\n    ", "\n        ")[:-1]
    at_times = alternating(f"            for node in reversed(order):\n    {indented}\n")
    assert diagnose(at_times, Fault("what", chain)).kind == "stale state"


# The whole sweep


def leaving_out(when: str = "node.grad < 0.0", more: str = "") -> tuple[str, str]:
    """Return the change that makes a sweep leave nodes out."""
    left_out = f"            if {when}:\n{more}                continue\n"
    return CALL, left_out + CALL


def test_a_sweep_that_leaves_negative_gradients_out_is_told_whatever_the_operation() -> None:
    subject = subject_of(leaving_out())
    minus = measure(subject, Expression((0.7,), (Step("exp", (0,)), Step("neg", (1,)))))
    plus = measure(subject, unary("exp"))
    assert minus is not None
    assert plus is not None
    found = negative(subject, minus)
    assert found is not None
    assert found.kind == "missing gradient"
    assert negative(subject, plus) is None
    dead = measure(subject, Expression((-0.7,), (Step("relu", (0,)),)))
    small = measure(subject, unary("exp", -0.7))
    assert dead is not None
    assert small is not None
    assert dead.true_adjoints[0] == 0.0 < small.true_adjoints[0] < 1.0
    assert negative(subject, dead) is negative(subject, small) is None
    subject.known_broken |= {"*", "/"}
    assert negative(subject, minus) is None


def test_what_cannot_be_run_is_left_out_of_what_all_have_in_common() -> None:
    raises = (
        "                if node._op == '+':\n                    raise KeyError\n",
        "            if node._op == 'tanh' and node.grad == 4.0:\n                raise KeyError\n",
    )
    call, sweep = leaving_out(more=raises[0])
    subject = subject_of((call, raises[1] + sweep))
    minus = measure(subject, Expression((0.7,), (Step("exp", (0,)), Step("neg", (1,)))))
    assert minus is not None
    assert negative(subject, minus) is not None


def test_three_primitives_are_enough_to_put_it_down_to_the_sweep() -> None:
    subject = only(subject_of(leaving_out()), "*", "exp", "tanh", "neg")
    minus = measure(subject, Expression((0.7,), (Step("exp", (0,)), Step("neg", (1,)))))
    assert minus is not None
    assert negative(subject, minus) is not None
    assert negative(only(subject, "*", "exp", "neg"), minus) is None
    subject = only(subject_of(leaving_out("len(order) == 1")), "exp", "tanh", "neg")
    nothing = measure(subject, unary("exp"))
    assert nothing is not None
    assert stops_early(subject, nothing) is not None
    assert stops_early(only(subject, "exp", "neg"), nothing) is None


def test_a_sweep_that_stops_early_may_do_so_below_one_operand_only() -> None:
    subject = subject_of(leaving_out("len(order) == len(node._prev) == 1"))
    outcome = measure(subject, unary("exp"))
    assert outcome is not None
    assert stops_early(subject, outcome) is not None


def test_a_sweep_that_stops_early_leaves_all_leaves_without_a_gradient() -> None:
    subject = subject_of((SWEEP, SWEEP.replace("(order)", "(order[1:])")))
    outcome = measure(subject, unary("exp"))
    assert outcome is not None
    found = stops_early(subject, outcome)
    assert found is not None
    assert found.kind == "missing gradient"
    right = measure(Subject(open_class(Value)), unary("exp"))
    assert right is not None
    assert stops_early(subject, right) is None
