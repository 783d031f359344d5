"""Trying a law: what breaks it is shrunk alone, and remembered where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from minigrad import Value
from tests.laws import check_of
from valuecheck.judging.faults import Fault, InconstantError
from valuecheck.suite.drawn import integers, together
from valuecheck.suite.memory import Memory, Remembered
from valuecheck.suite.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuecheck.suite.trial import Held

_CODE = together([integers(0, 2**32 - 1)])
_NUMBER = together([integers(0, 10**6)])


def _trial(claim: Callable[[int], Held]) -> Trial:
    return Trial(check_of(Value).judge, claim)


def _below(limit: int) -> Callable[[int], None]:
    def claim(number: int) -> None:
        if number >= limit:
            raise Fault(str(number))

    return claim


@pytest.mark.parametrize("power", range(4))
@pytest.mark.parametrize("seed", range(3))
def test_what_breaks_a_law_is_shrunk_to_the_simplest_that_does(power: int, seed: int) -> None:
    limit = 256**power
    with pytest.raises(Fault, match=f"^{limit}$"):
        _trial(_below(limit)).draw(_CODE, 1000, str(seed), shrink=True)


def test_the_first_example_is_the_simplest_and_as_many_are_tried_as_were_asked_for() -> None:
    tried: list[int] = []
    _trial(tried.append).draw(_NUMBER, 75, "0", shrink=True)
    assert tried[0] == 0
    assert len(tried) == 75


def test_the_same_seed_draws_the_same_examples() -> None:
    tried: list[list[int]] = [[], [], []]
    for numbers, seed in zip(tried, ("0", "0", "1"), strict=True):
        _trial(numbers.append).draw(_NUMBER, 20, seed, shrink=True)
    assert tried[0] == tried[1] != tried[2]


def test_what_fails_once_and_never_again_is_told_as_inconstant() -> None:
    failed: list[int] = []

    def claim(number: int) -> None:
        if number > 10 and not failed:
            failed.append(number)
            raise Fault("now and then")

    with pytest.raises(InconstantError, match="from one time to the next"):
        _trial(claim).draw(_NUMBER, 100, "0", shrink=True)


def test_what_broke_a_law_is_tried_first_the_next_time_until_it_holds(tmp_path: Path) -> None:
    remembered = Remembered(Memory(tmp_path, "my_engine.py"), "a law")

    def draw(claim: Callable[[int], Any], many: int) -> None:
        _trial(claim).draw(_NUMBER, many, "0", shrink=True, remembered=remembered)

    with pytest.raises(Fault):
        draw(_below(900_000), 1000)
    with pytest.raises(Fault, match=r"^\d+$"):
        draw(_below(900_000), 1)
    draw(_below(10**7), 1)
    draw(_below(900_000), 1)
    assert not remembered.blocks(4)
