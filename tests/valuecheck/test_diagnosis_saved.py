"""Rules that find what another use of their primitive saved."""

from __future__ import annotations

import pytest

from tests.valuecheck.altered import subject_of, told
from valuecheck.program.expression import Expression, Step

_SIGMOID = [
    (
        "        s = 1 / (1 + math.exp(-self.data))\n",
        "        Value.s = s = 1 / (1 + math.exp(-self.data))\n",
    ),
    ("s * (1 - s) * out.grad", "Value.s * (1 - Value.s) * out.grad"),
]
_TANH = [
    ("        t = math.tanh(self.data)\n", "        Value.t = t = math.tanh(self.data)\n"),
    ("(1 - t**2) * out.grad", "(1 - Value.t**2) * out.grad"),
]
_PRODUCT = [
    (
        "out = Value(self.data * other.data",
        "Value.a, Value.b = self.data, other.data\n        out = Value(self.data * other.data",
    ),
    ("self.grad += other.data * out.grad", "self.grad += Value.b * out.grad"),
    ("other.grad += self.data * out.grad", "other.grad += Value.a * out.grad"),
]


def _twice(*symbols: str) -> Expression:
    """Return a sum of primitives, each on a leaf of its own."""
    leaves = tuple(0.25 + 0.5 * index for index in range(len(symbols)))
    steps = [Step(symbol, (index,)) for index, symbol in enumerate(symbols)]
    for index in range(1, len(symbols)):
        before = len(symbols) if index == 1 else 2 * len(symbols) + index - 2
        steps.append(Step("+", (before, len(symbols) + index)))
    return Expression(leaves, tuple(steps))


def test_a_primitive_whose_rule_finds_what_its_latest_use_saved_is_told() -> None:
    kind, primitive, _, sentence = told(
        subject_of(*_SIGMOID, base="closures"), _twice("sigmoid", "sigmoid")
    )
    assert (kind, primitive) == ("stale state", "sigmoid")
    assert sentence == (
        "two uses of sigmoid in one program are wrong, though one is right: the rule finds what "
        "the latest use saved; each result must keep what its own rule needs"
    )


@pytest.mark.parametrize("symbol", ["*", "/"])
def test_what_is_made_of_such_a_primitive_does_not_speak_for_it(symbol: str) -> None:
    subject = subject_of(*_PRODUCT, base="closures")
    assert "*" in subject.engine.hello.made_of["/"]
    steps = (Step(symbol, (0, 1)), Step(symbol, (2, 3)), Step("+", (4, 5)))
    assert told(subject, Expression((0.5, 1.5, 2.5, 3.5), steps))[:2] == ("stale state", symbol)


def test_where_several_do_so_none_is_named() -> None:
    subject = subject_of(*_SIGMOID, *_TANH, base="closures")
    kind, primitive, _, sentence = told(subject, _twice("sigmoid", "sigmoid", "tanh", "tanh"))
    assert (kind, primitive) == ("stale state", None)
    assert "two uses of an operation" in sentence


def test_what_is_wrong_beside_another_primitive_too_is_not_said_to_do_so() -> None:
    # It is right after exp alone: whatever is computed after it spoils it.
    spoilt = [
        (
            "        out = Value(math.exp(self.data)",
            "        Value.s = 2.0\n        out = Value(math.exp(self.data)",
        )
    ]
    subject = subject_of(*_SIGMOID, *spoilt, base="closures")
    assert told(subject, _twice("sigmoid", "exp"))[0] != "stale state"
