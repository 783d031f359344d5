"""What laws share: the public strategies with the options of the engine on trial, a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuecheck.fault import Fault
from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    self_operands,
    twins,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis import strategies as st

    from valuecheck.program.expression import Expression
    from valuecheck.trial import Trial

__all__ = [
    "changed",
    "drawn_chains",
    "drawn_diamonds",
    "drawn_expressions",
    "drawn_fan_outs",
    "drawn_ladders",
    "drawn_self_operands",
    "drawn_twins",
]


def _of_the_engine(
    strategy: Callable[..., st.SearchStrategy[Expression]], *, joins: bool = False
) -> Callable[..., Callable[[Trial], st.SearchStrategy[Expression]]]:
    def with_options(**options: Any) -> Callable[[Trial], st.SearchStrategy[Expression]]:
        def for_trial(trial: Trial) -> st.SearchStrategy[Expression]:
            if joins:
                trial.join()
            return strategy(**trial.options(), **options)

        return for_trial

    return with_options


drawn_expressions = _of_the_engine(expressions)
drawn_diamonds = _of_the_engine(diamonds, joins=True)
drawn_ladders = _of_the_engine(ladders, joins=True)
drawn_chains = _of_the_engine(chains)
drawn_fan_outs = _of_the_engine(fan_outs, joins=True)
drawn_self_operands = _of_the_engine(self_operands, joins=True)
drawn_twins = _of_the_engine(twins, joins=True)


def changed(
    expression: Expression, message: str, story: Sequence[str], *, complete: bool = False
) -> Fault:
    """Return the fault of an engine that changed what it must leave alone.

    Args:
        expression: the program it happened on.
        message: what was changed.
        story: lines of Python after the program, the last of which fails.
        complete: the story has the program in it.
    """
    lines = "\n".join(story)
    return Fault(message, expression, quantity="state", story=lines, complete=complete)
