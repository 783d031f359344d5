"""Small expressions built for one experiment, each run on several sets of numbers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from valuecheck.diagnosis.measure import GENERIC, measure
from valuecheck.program.builder import Program
from valuecheck.program.transform import in_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuecheck.diagnosis.measure import Measurement
    from valuecheck.judging.subject import Subject
    from valuecheck.program.expression import Expression
    from valuecheck.program.form import Form

__all__ = ["Pattern", "fails", "trials"]


def _numbers() -> Iterator[float]:
    """Yield numbers without relations, for ever."""
    for turn in range(1000):
        yield from (number + turn / 32 for number in GENERIC)


class Pattern:
    """An expression built for one experiment; `step` gives each step leaves of its own."""

    def __init__(self, shift: int) -> None:
        self._numbers = islice(_numbers(), shift, None)
        self._leaves: list[float] = []
        self._steps: list[tuple[Form, list[Any]]] = []

    def leaf(self) -> tuple[str, int]:
        """Add a leaf with a number of its own."""
        self._leaves.append(next(self._numbers))
        return ("leaf", len(self._leaves) - 1)

    def twin(self, leaf: tuple[str, int], off: float) -> tuple[str, int]:
        """Add a leaf of equal value, or nearly so: on the same side of every threshold."""
        self._leaves.append(self._leaves[leaf[1]] * (1.0 + off))
        return ("leaf", len(self._leaves) - 1)

    def step(self, form: Form, *nodes: tuple[str, int]) -> tuple[str, int]:
        """Add a step on the nodes given, and on new leaves where it takes more."""
        own = [*nodes, *(self.leaf() for _ in range(form.nodes - len(nodes)))]
        self._steps.append((form, own[: form.nodes]))
        return ("step", len(self._steps) - 1)

    @property
    def expression(self) -> Expression:
        """The expression built so far."""
        program = Program(self._leaves)
        for form, nodes in self._steps:
            numbers = [n if kind == "leaf" else len(self._leaves) + n for kind, n in nodes]
            constant = 3 if form.symbol == "**" else 1.75
            program.steps.append(form.step(numbers, constant))
        return program.expression


def trials(
    subject: Subject, build: Callable[[Pattern], object], most: int = 4
) -> list[Measurement]:
    """Run a pattern on several sets of numbers and return the outcome."""
    outcomes: list[Measurement] = []
    for shift in range(len(GENERIC)):
        pattern = Pattern(shift)
        build(pattern)
        if len(outcomes) < most and in_domain(pattern.expression):
            outcome = measure(subject, pattern.expression)
            if outcome is not None:
                outcomes.append(outcome)
    return outcomes


def fails(outcomes: Sequence[Measurement]) -> bool:
    """Return whether any number in any of the outcomes is wrong."""
    return any(not outcome.right() for outcome in outcomes)
