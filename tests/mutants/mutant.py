"""What a mutant is, and how it is made."""

from __future__ import annotations

import inspect
import itertools
import sys
import types
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.engines import closures, frozen
from valuecheck.program.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Mutant"]

_numbers = itertools.count()


@dataclass(frozen=True)
class Mutant:
    """An engine wrong on purpose.

    Attributes:
        name: what is wrong, in a few words.
        changes: pairs of a text that stands once in the engine's source, and what replaces it.
        kind: the kind that the diagnosis should give it.
        primitive: the primitive that the diagnosis should name.
        operand: the operand that the diagnosis should name.
        leaves: the leaves of the smallest expression that shows it.
        steps: the steps of that expression, as in JSON; empty when it takes more than one sweep.
        base: the engine that is changed: "frozen" or "closures", of `tests.engines`.
        also: kinds that are true of it too, where two descriptions fit.
        varies: what it does differs from one time to the next.
        spreads_to: primitives that the base engine builds from the guilty one.
    """

    name: str
    changes: Sequence[tuple[str, str]]
    kind: str
    primitive: str | None = None
    operand: int | None = None
    leaves: Sequence[float] = ()
    steps: Sequence[Sequence[Any]] = ()
    base: str = "frozen"
    also: tuple[str, ...] = ()
    varies: bool = False
    spreads_to: tuple[str, ...] = ()

    @cached_property
    def source(self) -> str:
        """The source of the wrong engine."""
        module = frozen if self.base == "frozen" else closures
        source = inspect.getsource(module)
        for old, new in self.changes:
            assert source.count(old) == 1, f"{self.name}: {old!r} stands {source.count(old)} times"
            source = source.replace(old, new)
        return source

    @cached_property
    def engine(self) -> type:
        """The class of the wrong engine, in a module of its own."""
        module = types.ModuleType(f"mutant_{next(_numbers)}")
        sys.modules[module.__name__] = module
        exec(compile(self.source, f"<{self.name}>", "exec"), module.__dict__)  # noqa: S102 - our own text
        cls: type = module.__dict__["Value"]
        return cls

    def write(self, folder: Path) -> Path:
        """Write the wrong engine to a file of its own and return it."""
        file = folder / f"mutant_{self.name.replace(' ', '_').translate(_NO_SIGNS)}.py"
        file.write_text(self.source, encoding="utf-8")
        return file

    @cached_property
    def smallest(self) -> Expression | None:
        """The smallest expression that shows it, None when it takes more than one sweep."""
        if not self.steps:
            return None
        return Expression.from_json(
            {"leaves": list(self.leaves), "steps": [list(step) for step in self.steps]}
        )

    def __str__(self) -> str:
        return self.name


_NO_SIGNS = str.maketrans(dict.fromkeys("+*/-=()<>'.,`:", "_"))
