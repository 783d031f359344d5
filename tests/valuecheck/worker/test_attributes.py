"""Nodes are read and written in the kind of number that their class keeps."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from valuecheck.worker.attributes import writer


class Array(list[float]):
    shape = (1,)

    def __setitem__(self, _where: Any, value: Any) -> None:
        super().__setitem__(0, value)


@pytest.mark.parametrize(
    ("held", "want"),
    [
        (1.0, 0.5),
        (1, 0.5),
        (None, 0.5),
        (Decimal(1), Decimal("0.5")),
        (1j, 0.5 + 0j),
        (Array([1.0]), Array([0.5])),
        ("no number", "0.5"),
    ],
)
def test_what_is_written_is_of_the_type_that_was_held(held: Any, want: Any) -> None:
    node = SimpleNamespace(data=held)
    writer("data")(node, 0.5)
    assert node.data == want
    assert type(node.data) is type(want)
    assert node.data is not held


def test_a_method_is_never_hidden_by_a_number() -> None:
    class Node:
        def data(self) -> float:
            return 1.0

    with pytest.raises(AttributeError, match="is a method"):
        writer("data")(Node(), 2.0)
