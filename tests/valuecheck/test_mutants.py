"""Engines wrong on purpose: each is caught, and its mistake is named and never misnamed."""

from __future__ import annotations

import re
import sys
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.alarm import alarm
from tests.engines import closures
from tests.laws import try_all
from tests.mutants import MUTANTS, Mutant
from tests.mutants.meant_for import MEANT_FOR
from valuecheck.assertion import WrongGradientError, assert_gradients
from valuecheck.diagnosis import KINDS
from valuecheck.engines.engine import EngineLostError
from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import Fault, NotJudged
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.families import every_law
from valuecheck.truth.ruler import DOUBLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.checking.run import Check
    from valuecheck.diagnosis.finding import Finding


def test_there_are_at_least_60_mutants_with_distinct_names() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 60
    assert {mutant.kind for mutant in MUTANTS} <= set(KINDS)
    assert {mutant.primitive for mutant in MUTANTS} <= {None, *PRIMITIVES}


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.smallest is not None], ids=str)
def test_the_smallest_expression_shows_the_mistake_and_spares_a_right_engine(
    mutant: Mutant,
) -> None:
    assert mutant.smallest is not None
    judge = Judge(Subject(open_class(mutant.engine)))
    with alarm(10.0):
        try:
            judge.hold(mutant.smallest)
        except (Fault, EngineLostError):
            pass
        else:  # lost digits are told, and are no fault
            assert judge.ledger.rough or judge.subject.ruler.width < DOUBLE
    right = Subject(open_class(Value if mutant.base == "frozen" else closures.Value))
    if right.lacks(mutant.smallest) is None:
        Judge(right).hold(mutant.smallest)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_every_mutant_is_caught_and_its_mistake_is_named(
    mutant: Mutant, on_check: Callable[[type], Iterator[Check]]
) -> None:
    findings = next(filter(None, map(_findings, on_check(mutant.engine))), None)
    assert findings, "not caught"
    for finding in findings:
        if finding.kind != "unexplained":
            assert finding.kind in {mutant.kind, *mutant.also}, finding.message
            assert finding.primitive in {mutant.primitive, None, *mutant.spreads_to}
    named = {(f.kind, f.primitive, f.operand) for f in findings}
    expected = {mutant.kind, *mutant.also} - {"unexplained"}
    if "unexplained" not in {mutant.kind, *mutant.also}:
        assert any(kind in expected for kind, _, _ in named)
    if mutant.kind not in mutant.also and not mutant.also:
        assert (mutant.kind, mutant.primitive, mutant.operand) in named
    for text in {finding.reproducer for finding in findings}:
        _reproducer_fails_on_the_mutant_and_passes_on_the_right_engine(mutant, text)


def _findings(check: Check) -> list[Finding]:
    """Return what is found up to the first family of laws that finds something."""
    outcomes = try_all(check, limit=20.0, until_found=True)
    found = [outcome.finding for outcome in outcomes if outcome.finding is not None]
    if not found:
        check.warn()
    return found or check.checked.warnings


def _reproducer_fails_on_the_mutant_and_passes_on_the_right_engine(
    mutant: Mutant, reproducer: str
) -> None:
    program = re.sub(r"(?m)^(import sys|sys\.path.*|from .* import .*)$", "", reproducer)
    assert "import" not in program
    if not program.strip() or mutant.varies:
        return  # what shows only now and then is replayed by its law
    assert _fails(replace(mutant), program), f"passes on the mutant:\n{program}"
    right = Mutant("right", [], "", base=mutant.base)
    if mutant.primitive in {None, *open_class(right.engine).supported}:
        assert not _fails(right, program), f"fails on the right engine:\n{program}"


def _fails(mutant: Mutant, program: str) -> bool:
    """Return whether a program raises in the module of an engine that has done nothing yet."""
    try:
        with alarm(20.0):
            exec(program, vars(sys.modules[mutant.engine.__module__]))  # noqa: S102 - our own text
    except (Exception, EngineLostError):  # noqa: BLE001 - whatever a wrong engine raises
        return True
    return False


def test_every_law_is_meant_for_a_mutant() -> None:
    assert {task.law.name for task in every_law()} == set(MEANT_FOR)


@pytest.mark.parametrize("law_name", MEANT_FOR)
def test_no_law_is_vacuous_and_what_breaks_it_can_be_reproduced(
    law_name: str, on_long_check: Callable[[type], Check]
) -> None:
    mutant = next(m for m in MUTANTS if m.name == MEANT_FOR[law_name])
    for law, arguments in every_law():
        # A law about one primitive is asked about the one that is wrong.
        if law.name == law_name and arguments in {(), (mutant.primitive,)}:
            check = on_long_check(mutant.engine)
            try:
                with alarm(20.0):
                    law.try_on(check.judge, check.settings.budget, *arguments)
            except NotJudged:
                continue
            except Fault as fault:
                text = "\n".join(fault.failing(check.judge.subject.engine.source))
                _reproducer_fails_on_the_mutant_and_passes_on_the_right_engine(mutant, text)
                return
    pytest.fail(f"this law does not catch {mutant}")


def test_the_assertion_says_what_the_command_says_and_hides_our_frames() -> None:
    mutant = next(m for m in MUTANTS if m.name == "tanh forgets the square")
    assert mutant.smallest is not None
    with pytest.raises(WrongGradientError) as caught:
        assert_gradients(mutant.engine, mutant.smallest)
    text = str(caught.value)
    assert "WRONG PARTIAL IN TANH" in text
    assert "1 - out, without the square" in " ".join(text.split())
    assert "x0 = Value(0.5)" in text
    assert "dual number" in text
    assert traceback.extract_tb(caught.tb)
    visible = [entry for entry in caught.traceback if not entry.ishidden(caught)]
    assert [str(entry.path).rpartition("/")[2] for entry in visible] == ["test_mutants.py"]
