"""Operations that the table does not know are judged by their own values, and all are counted."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.engines.closures import Value
from valuecheck.checking.others import judge_others
from valuecheck.checking.require import missing, required
from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.engines.in_process import open_class


def _unary(primal: object, partial: object) -> object:
    def method(self: Value) -> Value:
        out = Value(primal(self.data), (self,))  # type: ignore[operator]

        def rule() -> None:
            self.grad += partial(self.data) * out.grad  # type: ignore[operator]

        out._backward = rule
        return out

    return method


def _overwriting(self: Value) -> Value:
    out = Value(self.data**2, (self,))

    def rule() -> None:
        self.grad = 2 * self.data * out.grad

    out._backward = rule
    return out


def _forgetting_the_upstream(self: Value) -> Value:
    out = Value(self.data**2, (self,))

    def rule() -> None:
        self.grad += 2 * self.data

    out._backward = rule
    return out


def _without_return(self: Value) -> None:
    Value(self.data**2, (self,))


def _stumbling(self: Value) -> Value:
    out = Value(self.data**2, (self,))

    def rule() -> None:
        self.grad += 2 * self.datas * out.grad  # type: ignore[attr-defined]

    out._backward = rule
    return out


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def _softplus_partial(x: float) -> float:
    return 1 / (1 + math.exp(-x))


_SAYS = {
    "right": (_unary(_softplus, _softplus_partial), None, ""),
    "constant": (_unary(_softplus, lambda _: 42.0), "wrong partial", ""),
    "sign": (_unary(_softplus, lambda x: -_softplus_partial(x)), "wrong partial", ""),
    "overwritten": (_overwriting, "overwritten gradient", ""),
    "no upstream": (_forgetting_the_upstream, "upstream ignored", ""),
    "typo": (lambda self: Value(self.dta), "crash", ""),
    "typo in the rule": (_stumbling, "crash", ""),
    "the node": (lambda self: Value(math.exp(self)), "crash", ""),
    "detach": (lambda self: Value(self.data), None, "no gradient comes back through it"),
    "no return": (_without_return, "wrong type", ""),
    "a list": (lambda self: Value([self.data], (self,)), "wrong type", ""),
    "a node": (lambda self: Value(self * 2, (self,)), "wrong type", ""),
    "a text": (lambda self: Value(str(self.data), (self,)), "wrong type", ""),
    "no node": (lambda self: self.data, None, "it gave 0.7 of type float, not a node"),
}


@pytest.mark.parametrize("name", _SAYS)
def test_an_operation_outside_the_table_is_judged_by_its_own_values(name: str) -> None:
    method, kind, why = _SAYS[name]
    engine = open_class(type("Value", (Value,), {"extra": method}))
    findings, left = judge_others(engine, ["+", "*"])
    assert [finding.kind for finding in findings if finding.primitive == "extra"] == (
        [kind] if kind else []
    )
    told = [why for name, why in left if name == "extra"]
    assert len(told) == bool(why)
    assert all(why in each for each in told)


def test_what_smells_of_files_or_training_is_not_called() -> None:
    def never(self: Value) -> Value:
        raise AssertionError(self)

    names = {"save": never, "draw_dot": never, "step": never, "set_label": never}
    findings, left = judge_others(open_class(type("Value", (Value,), names)), ["+", "*"])
    assert not findings
    assert {"save", "draw_dot", "step", "set_label"} <= {each.name for each in left}


def test_what_is_required_and_missing_is_a_fault_each(tmp_path: Path) -> None:
    stub = tmp_path / "stub.py"
    stub.write_text(
        "class Value:\n"
        "    def __init__(self, data, parents=()):\n"
        "        self.data, self.grad, self.parents = data, 0.0, parents\n"
        "    def __add__(self, other):\n"
        "        return Value(self.data + other.data, (self, other))\n"
        "    def tanh(self):\n"
        "        raise NotImplementedError\n"
        "    def backward(self):\n"
        "        self.grad += 1.0\n"
        "        self.back(1.0)\n"
        "    def back(self, upstream):\n"
        "        for parent in self.parents:\n"
        "            parent.grad += upstream\n"
        "            parent.back(upstream)\n"
    )
    settings = Settings(examples=5, require=required("+ tanh '2 - x' x**y"), select="primitive")
    checked = check(str(stub), settings, lambda *_: None)
    assert not checked.error
    assert [(f.kind, f.primitive) for f in checked.findings] == [
        ("missing operation", "tanh"),
        ("missing operation", "-"),
        ("missing operation", "x**y"),
    ]
    assert "NotImplementedError" in checked.findings[0].message
    assert checked.verdict(strict=False) == "fail"


def test_forms_symbols_and_methods_can_be_required() -> None:
    engine = open_class(Value)
    names = required("+ * 'x - 2' '2 - x' tanh cosh")
    assert [told for told, _ in missing(engine, names)] == ["cosh is required, and not there"]
    with pytest.raises(ValueError, match=r"'2 \? x' is none of"):
        required("'2 ? x'")


def test_a_function_known_by_name_that_gives_a_number_is_a_fault() -> None:
    engine = open_class(type("Value", (Value,), {"gelu": lambda self: self.data}))
    findings, _ = judge_others(engine, ["+", "*"])
    assert [finding.kind for finding in findings] == ["detached result"]
