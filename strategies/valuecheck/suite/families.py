"""The families of laws, in the order in which they are tried."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.law import Law, law_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CONSULTING", "FAMILIES", "Task", "every_law"]

FAMILIES: Final = (
    # Single primitives first, so that later laws can leave the broken ones out.
    *("primitives", "agreement", "sharing"),
    *("calculus", "independent", "kinks", "linearity", "machine", "state", "sweeps"),
)

CONSULTING: Final = {"agreement", "replay"}
"""Families whose laws ask the oracles."""


class Task(NamedTuple):
    """A law, and the primitive it is about if it is about one."""

    law: Law
    arguments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the law, with the primitive in brackets."""
        return self.law.name + "".join(f"[{argument}]" for argument in self.arguments)


def every_law() -> Sequence[Task]:
    """Return every law with its arguments, in the order in which they are tried."""
    return _laws_on(tuple(PRIMITIVES))


@cache
def _laws_on(symbols: Sequence[str]) -> Sequence[Task]:
    found: list[Task] = []
    for family in FAMILIES:
        module = importlib.import_module(f"valuecheck.suite.test_{family}")
        for function in vars(module).values():
            law = law_of(function)
            if law is None:
                continue
            if "symbol" in inspect.signature(function).parameters:
                found += [Task(law, (symbol,)) for symbol in symbols]
            else:
                found.append(Task(law))
    return tuple(found)
