"""One fault hides no other: what else is wrong with a primitive, and with the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.valuecheck.altered import MUL, SQUARE, TANH, subject_of, told
from tests.valuecheck.command import engine_in, report
from valuecheck.diagnosis.further import further
from valuecheck.program.expression import Expression, Step

if TYPE_CHECKING:
    from pathlib import Path

_PRODUCT = Expression((0.7, 1.3), (Step("*", (0, 1)),))


@pytest.mark.parametrize(
    ("rule", "symbol", "kind", "others"),
    [
        ("a.grad = -(1.0 - out.data * out.data) * out.grad", "tanh", "wrong partial", 1),
        ("a.grad = (1.0 - out.data * out.data)", "tanh", "upstream ignored", 1),
        ("a.grad += -(1.0 - out.data * out.data) * out.grad", "tanh", "wrong partial", 0),
    ],
)
def test_a_wrong_rule_that_sets_its_gradient_has_two_faults(
    rule: str, symbol: str, kind: str, others: int
) -> None:
    found = list(further(subject_of((TANH, rule)), symbol, kind))
    assert [more.diagnosis.kind for more in found] == ["overwritten gradient"] * others


def test_a_sign_and_a_sum_that_are_wrong_in_one_operand_are_two_faults() -> None:
    rule = "    a.grad = -b.data * out.grad\n    b.grad += a.data * out.grad\n"
    found = further(subject_of((MUL, rule)), "*", "wrong value")
    assert [(m.diagnosis.kind, m.diagnosis.operand) for m in found] == [
        ("wrong partial", 0),
        ("overwritten gradient", 0),
    ]


def test_what_is_no_matter_of_a_rule_is_not_looked_into_further() -> None:
    assert not list(further(subject_of((TANH, "a.grad = out.grad")), "tanh", "stale state"))


def test_a_rule_that_reads_grad_for_data_is_told_as_that() -> None:
    rule = "    a.grad += b.grad * out.grad\n    b.grad += a.grad * out.grad\n"
    kind, primitive, _, sentence = told(subject_of((MUL, rule)), _PRODUCT)
    assert (kind, primitive) == ("wrong partial", "*")
    assert "grad where data belongs" in sentence


def test_a_sweep_that_runs_the_last_rule_again_is_told_as_one_fault_of_the_sweep() -> None:
    call = "            node._backward(node)\n"
    again = f"{call}            if node is self: node._backward(node)\n"
    kind, primitive, _, sentence = told(subject_of((call, again)), SQUARE)
    assert (kind, primitive) == ("wrong order", None)
    assert "more than once" in sentence


def test_a_wrong_order_is_told_once_and_at_the_line_of_the_sweep(tmp_path: Path) -> None:
    file = engine_in(tmp_path, "for v in reversed(topo)", "for v in topo")
    status, document = report(str(file))
    assert status == 1
    (fault,) = document["targets"][0]["faults"]
    assert (fault["kind"], fault["primitive"]) == ("wrong order", None)
    line = (
        file.read_text(encoding="utf-8").splitlines().index("    def backward(self) -> None:") + 1
    )
    assert fault["where"].endswith(f"{file.name}:{line}")


@pytest.mark.parametrize(
    ("factor", "numbers", "where"),
    [
        ("(2.0 if a.data > 1e6 else 1.0)", (1e9, 2.0), "for operands above 1e+06"),
        ("(2.0 if b.data > 50 else 1.0)", (0.7, 1e4), "where the other operand is above 50"),
        (
            "(2.0 if 0 < a.data < 1e-4 else 1.0)",
            (1e-7, 2.0),
            "for operands nearer to 0 than 0.0001",
        ),
        ("(2.0 if b.data == 1 else 1.0)", (0.7, 1.0), "where the other operand is 1"),
    ],
)
def test_where_a_rule_goes_wrong_is_narrowed_down(
    factor: str, numbers: tuple[float, float], where: str
) -> None:
    rule = MUL.replace("b.data * out.grad", f"b.data * out.grad * {factor}", 1)
    expression = Expression(numbers, (Step("*", (0, 1)),))
    kind, primitive, operand, sentence = told(subject_of((MUL, rule)), expression)
    assert (kind, primitive, operand) == ("wrong partial", "*", 0)
    assert where in sentence


def test_a_result_that_is_wrong_for_ints_only_is_told_with_ints() -> None:
    change = (
        "Value(self.data * other.data, (self, other)",
        "Value(self.data * other.data + (type(self.data) is int), (self, other)",
    )
    # A sum of ints, as of two results of relu, is an int.
    expression = Expression((3, 1, 2), (Step("+", (0, 1)), Step("*", (3, 2))))
    kind, primitive, _, sentence = told(subject_of(change, base="closures"), expression)
    assert (kind, primitive) == ("wrong value", "*")
    assert "at x = 3 and y = 2" in sentence
    assert "an int" in sentence
