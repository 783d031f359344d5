"""Asking ahead: the engine works on the next questions while the answers before are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.valuecheck.command import engine_in
from valuecheck.engines.engine import EngineLostError
from valuecheck.engines.process import Limits, Process, open_target
from valuecheck.engines.protocol import Question
from valuecheck.engines.setup import Names
from valuecheck.program.expression import Expression, Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RULE = "            self.grad += (1 - t**2) * out.grad"
_DIES = f"            if self.data == 13.0:\n                import os; os._exit(3)\n{_RULE}"


def _question(x: float) -> Question:
    return Question(Expression((x,), (Step("tanh", (0,)),)), (("backward", 1), ("read",)))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder: Path = tmp_path_factory.mktemp("ahead")
    file = engine_in(folder, _RULE, _DIES)
    found, _ = open_target(f"{file}:Value", Names(), Limits())
    yield found
    found.close()


_numbers = st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.lists(st.tuples(_numbers, st.integers(-1, 5)), min_size=1, max_size=6))
def test_whatever_is_asked_ahead_or_between_each_answer_is_to_its_question(
    engine: Process, asked: list[tuple[list[float], int]]
) -> None:
    lines = [[_question(x) for x in numbers] for numbers, _ in asked]
    for (numbers, ahead), line in zip(asked, lines, strict=True):
        answers = engine.ask(line, lines[ahead] if 0 <= ahead < len(lines) else ())
        assert [answer.got[0].data[0] for answer in answers] == numbers


def test_an_end_is_told_of_the_question_that_caused_it_and_of_no_other(engine: Process) -> None:
    fatal = [_question(13.0)]
    engine.ask([_question(1.0)], fatal)
    (answer,) = engine.ask([_question(2.0)])  # in between
    assert answer.got[0].data[0] == 2.0
    with pytest.raises(EngineLostError) as lost:
        engine.ask(fatal)
    assert lost.value.question is fatal[0]
