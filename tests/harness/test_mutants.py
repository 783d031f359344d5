"""Engines wrong on purpose: each is caught, and its mistake is named and never misnamed."""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.laws import all_laws, try_all
from tests.mutants import MUTANTS, Mutant
from valuecheck.assertion import WrongGradientError, assert_gradients
from valuecheck.diagnosis import KINDS
from valuecheck.primitives import PRIMITIVES
from valuecheck.probing import bind
from valuecheck.session import time_limit
from valuecheck.trial import Fault, NotJudged, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from valuecheck.verdict import Finding


def _findings(mutant: Mutant, seed: int = 0) -> list[Finding]:
    # The oracles vote on every fault; that they agree with the ruler is tested elsewhere.
    trial = Trial(bind(mutant.engine), max_examples=60, seed=seed, oracles=())
    outcomes = try_all(trial, limit=20.0, until_found=True)
    return [outcome.finding for outcome in outcomes if outcome.finding is not None]


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
    if all(step.symbol in trial.engine.operations for step in mutant.smallest.steps):
        right = Trial(bind(Value if mutant.base == "scalar" else _closures()))
        right.judge(mutant.smallest)


def _closures() -> type:
    from tests.engines import closures  # noqa: PLC0415

    return closures.Value


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_every_mutant_is_caught_and_its_mistake_is_named(mutant: Mutant, tmp_path: Path) -> None:
    findings = _findings(mutant)
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
    if not program.strip() or finding.kind == "stale state":
        return  # what shows only after some history is replayed by its law
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


@pytest.mark.parametrize(
    "law_name",
    sorted({law.name for law, _ in all_laws()}),
)
def test_no_law_is_vacuous(law_name: str) -> None:
    for mutant in MUTANTS:
        trial = Trial(bind(mutant.engine), max_examples=60, seed=0, oracles=())
        for law, arguments in all_laws():
            if law.name != law_name:
                continue
            try:
                with time_limit(20.0):
                    law.try_on(trial, *arguments)
            except NotJudged:
                continue
            except Fault:
                return
    pytest.fail("this law catches none of the mutants")


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
