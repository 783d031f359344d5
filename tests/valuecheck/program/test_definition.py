"""Primitives that a user defines by a formula."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.valuecheck.command import ENGINE, report, run
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.definition import BadDefinitionError, primitive_of
from valuecheck.program.expression import Expression, Step
from valuecheck.program.primitives import PRIMITIVES, defined
from valuecheck.truth.oracles import central_difference, dual_number

if TYPE_CHECKING:
    from pathlib import Path

SOFTPLUS = "softplus(x) = log(1 + exp(x))"
HYPOTENUSE = "hyp(x, y) = sqrt(x**2 + y**2)"
GELU = "gelu(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))"

OTHERS = """
import math
def _hyp(self, other):
    out = Value(math.hypot(self.data, other.data), (self, other), "hyp")
    def backward():
        self.grad += self.data / out.data * out.grad
        other.grad += {slope} / out.data * out.grad
    out._backward = backward
    return out
Value.hyp = _hyp
"""


@given(st.floats(-5, 5), st.floats(0.5, 5))
def test_a_definition_has_the_primal_and_partials_of_its_formula(x: float, y: float) -> None:
    row = primitive_of(HYPOTENUSE)
    length = row.primal(FLOATS, x, y)
    assert length == pytest.approx(math.hypot(x, y))
    assert row.partials[0](FLOATS, length, x, y) == pytest.approx(x / length)
    assert row.partials[1](FLOATS, length, x, y) == pytest.approx(y / length)


@pytest.mark.parametrize("definition", [SOFTPLUS, GELU])
def test_the_oracles_agree_on_a_defined_primitive(definition: str) -> None:
    row = primitive_of(definition)
    program = Expression((0.7,), (Step(row.symbol, (0,)),))
    with defined([row]):
        (slope,) = central_difference.adjoints(program, [0])
        assert dual_number.adjoints(program, [0]) == [pytest.approx(slope, rel=1e-14)]


def test_a_definition_knows_where_its_formula_has_no_value() -> None:
    row = primitive_of("f(x) = log(x - 1)")
    assert row.domain(2.0)
    assert not row.domain(0.5)


def test_the_table_is_as_before_when_definitions_end() -> None:
    before = dict(PRIMITIVES)
    with defined([primitive_of(SOFTPLUS), primitive_of(HYPOTENUSE)]):
        assert "hyp" in PRIMITIVES
    assert dict(PRIMITIVES) == before


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ("softplus", "is no definition"),
        ("f = x", "is not NAME(x)"),
        ("f(x, y, z) = x + y + z", "one operand or two"),
        ("f(x) = foo(x)", "'foo(x)' is not understood"),
        ("f(x) = x", "computes nothing"),
        ("f(x, y) = x * 2", "does not use every operand"),
        ("f(x) = x * (1 / 0)", "is no number"),
        ("f(x) = x * 1e999", "no finite number"),
        ("f(x) = (x", "is no formula"),
        ("f(x) = maximum(x, 2)", "takes no plain number"),
        ("tanh(x) = exp(x)", "known already"),
    ],
)
def test_what_is_no_definition_is_told(definition: str, told: str) -> None:
    with pytest.raises(BadDefinitionError) as error:
        primitive_of(definition)
    assert told in str(error.value)


@pytest.mark.parametrize(("slope", "status"), [("other.data", 0), ("self.data", 1)])
def test_a_defined_primitive_is_judged_with_proof(slope: str, status: int, tmp_path: Path) -> None:
    file = tmp_path / "theirs.py"
    file.write_text(ENGINE + OTHERS.format(slope=slope), encoding="utf-8")
    got, document = report(f"{file}:Value", "--define", HYPOTENUSE)
    (target,) = document["targets"]
    assert got == status
    assert "hyp" in target["supported"]
    assert all(fault["primitive"] == "hyp" for fault in target["faults"])


def test_definitions_are_read_from_pyproject(tmp_path: Path) -> None:
    file = tmp_path / "theirs.py"
    text = OTHERS.format(slope="self.data")
    file.write_text(ENGINE + text, encoding="utf-8")
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.valuecheck.define]\n'hyp(x, y)' = 'sqrt(x*x + y*y)'\n", "utf-8")
    status, document = report(f"{file}:Value")
    assert (status, document["targets"][0]["faults"][0]["primitive"]) == (1, "hyp")
    settings.write_text("[tool.valuecheck.define]\n'hyp(x, y)' = 'sqrt(x'\n", "utf-8")
    done = run(f"{file}:Value")
    assert done.returncode == 2
    assert "[tool.valuecheck.define]: 'sqrt(x' is no formula" in done.stderr
