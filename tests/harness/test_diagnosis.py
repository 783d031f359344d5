"""The diagnosis by itself: the smallest expression that shows a mistake is enough to name it.

What it tells of each mutant is kept in `tests/mutants/sentences.json`, to be read as a beginner
would. Long decimals are left out of it (`~`): their last digits are those of a machine's libm; and
so is what Python says of its own errors, which differs from version to version.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.mutants import MUTANTS, Mutant
from tests.mutants.wrong_lines import WRONG_LINES, WrongLine
from valuecheck.diagnosis import Diagnosis, diagnose
from valuecheck.expression import Expression
from valuecheck.probing import bind
from valuecheck.session import time_limit
from valuecheck.trial import Fault, Trial

SMALL = [mutant for mutant in MUTANTS if mutant.smallest is not None]
SENTENCES = json.loads(
    (Path(__file__).parents[1] / "mutants" / "sentences.json").read_text(encoding="utf-8")
)
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{9,}(e[-+]\d+)?")
_PYTHONS_WORDS = re.compile(r"(raised \w+): (.*?)(?=: it |$)")


def _diagnosis(engine: type, expression: Expression) -> tuple[Diagnosis, str]:
    """Return the diagnosis of what an engine does, and its sentence as it is kept."""
    trial = Trial(bind(engine), seed=0, oracles=())
    with time_limit(20.0):
        with pytest.raises(Fault) as caught:
            trial.judge(expression)
        found = diagnose(trial, caught.value)
    return found, _PYTHONS_WORDS.sub(r"\1: ~", _LONG_DECIMAL.sub("~", found.sentence))


@pytest.mark.parametrize("mutant", SMALL, ids=str)
def test_the_smallest_expression_is_enough_to_name_the_mistake(mutant: Mutant) -> None:
    assert mutant.smallest is not None
    found, sentence = _diagnosis(mutant.engine, mutant.smallest)
    assert found.kind in {mutant.kind, *mutant.also}
    if found.kind != "unexplained":
        assert (found.primitive, found.operand) == (mutant.primitive, mutant.operand)
    assert sentence == SENTENCES[mutant.name]


def test_a_sentence_is_kept_for_every_mutant_with_a_smallest_expression() -> None:
    assert list(SENTENCES) == [mutant.name for mutant in SMALL]


@pytest.mark.parametrize("row", WRONG_LINES, ids=lambda row: f"{row.rule}: {row.wrong}")
def test_a_wrong_line_is_told_in_words(row: WrongLine) -> None:
    found, sentence = _diagnosis(row.engine, row.shows)
    assert (found.kind, sentence) == (row.kind, row.sentence)
