"""The public strategies, with the options of the engine that is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Callable

    from hypothesis import strategies as st

    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Expression

__all__ = [
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
) -> Callable[..., Callable[[Judge], st.SearchStrategy[Expression]]]:
    def with_options(**options: Any) -> Callable[[Judge], st.SearchStrategy[Expression]]:
        def for_judge(judge: Judge) -> st.SearchStrategy[Expression]:
            if joins:
                judge.subject.join()
            return strategy(**judge.subject.options(), **options)

        return for_judge

    return with_options


drawn_expressions = _of_the_engine(expressions)
drawn_diamonds = _of_the_engine(diamonds, joins=True)
drawn_ladders = _of_the_engine(ladders, joins=True)
drawn_chains = _of_the_engine(chains)
drawn_fan_outs = _of_the_engine(fan_outs, joins=True)
drawn_self_operands = _of_the_engine(self_operands, joins=True)
drawn_twins = _of_the_engine(twins, joins=True)
