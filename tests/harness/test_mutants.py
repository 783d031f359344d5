"""Engines wrong on purpose: each is caught, and its mistake is named and never misnamed."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.engines import closures
from tests.laws import all_laws, try_all
from tests.mutants import MUTANTS, Mutant
from tests.mutants.meant_for import MEANT_FOR
from valuecheck.assertion import WrongGradientError, assert_gradients
from valuecheck.diagnosis import KINDS
from valuecheck.fault import Fault, NotJudged
from valuecheck.primitives import PRIMITIVES
from valuecheck.probing import bind
from valuecheck.session import time_limit
from valuecheck.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from valuecheck.verdict import Finding


def test_there_are_at_least_60_mutants_with_distinct_names() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 60
    assert {mutant.kind for mutant in MUTANTS} <= set(KINDS)
    assert {mutant.primitive for mutant in MUTANTS} <= {None, *PRIMITIVES}


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.smallest is not None], ids=str)
def test_the_smallest_expression_shows_the_mistake_and_spares_a_right_engine(
    mutant: Mutant,
) -> None:
    assert mutant.smallest is not None
    trial = Trial(bind(mutant.engine))
    with time_limit(10.0), pytest.raises(Fault):
        trial.judge(mutant.smallest)
    right = Trial(bind(Value if mutant.base == "scalar" else closures.Value))
    if all(step.symbol in right.engine.operations for step in mutant.smallest.steps):
        right.judge(mutant.smallest)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_every_mutant_is_caught_and_its_mistake_is_named(
    mutant: Mutant, tmp_path: Path, on_trial: Callable[[type], Trial]
) -> None:
    # Up to the first family that finds something; experiments/detection-power takes many seeds.
    outcomes = try_all(on_trial(mutant.engine), limit=20.0, until_found=True)
    findings = [outcome.finding for outcome in outcomes if outcome.finding is not None]
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
    _reproducer_fails_on_the_mutant_and_passes_on_the_right_engine(mutant, findings[0], tmp_path)


def _reproducer_fails_on_the_mutant_and_passes_on_the_right_engine(
    mutant: Mutant, finding: Finding, folder: Path
) -> None:
    program = re.sub(r"(?m)^(import sys|sys\.path.*|from .* import .*)$", "", finding.reproducer)
    assert "import" not in program
    if not program.strip() or mutant.varies:
        return  # what shows only now and then is replayed by its law
    wrong = mutant.write(folder)
    assert _run(wrong, program) != 0, f"passes on the mutant:\n{program}"
    right = folder / "right.py"
    source = wrong.read_text(encoding="utf-8")
    for old, new in mutant.changes:
        source = source.replace(new, old) if new else source
    if mutant.base == "scalar" and all(new for _, new in mutant.changes):
        right.write_text(source, encoding="utf-8")
        assert _run(right, program) == 0, f"fails on the right engine:\n{program}"


def _run(engine: Path, program: str) -> int:
    script = f"from {engine.stem} import *\nfrom {engine.stem} import Value\n{program}"
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", script], cwd=engine.parent, capture_output=True, check=False
    )
    return done.returncode


def test_every_law_is_meant_for_a_mutant() -> None:
    assert {law.name for law, _ in all_laws()} == set(MEANT_FOR)


@pytest.mark.parametrize("law_name", MEANT_FOR)
def test_no_law_is_vacuous(law_name: str, on_long_trial: Callable[[type], Trial]) -> None:
    mutant = next(m for m in MUTANTS if m.name == MEANT_FOR[law_name])
    for law, arguments in all_laws():
        # A law about one primitive is asked about the one that is wrong.
        if law.name == law_name and arguments in {(), (mutant.primitive,)}:
            try:
                with time_limit(20.0):
                    law.try_on(on_long_trial(mutant.engine), *arguments)
            except NotJudged:
                continue
            except Fault:
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
    assert "dual_number" in text
    assert traceback.extract_tb(caught.tb)
    visible = [entry for entry in caught.traceback if not entry.ishidden(caught)]
    assert [str(entry.path).rpartition("/")[2] for entry in visible] == ["test_mutants.py"]
