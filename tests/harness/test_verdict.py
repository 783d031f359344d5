"""From a fault to what is reported of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from minigrad import Value
from tests.harness.altered import trial_of
from tests.harness.command import engine_in
from tests.mutants import MUTANTS
from valuecheck.fault import Fault
from valuecheck.loading import load
from valuecheck.overtime import time_limit
from valuecheck.probing import bind
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.report.reproducer import reproducer
from valuecheck.trial import Trial
from valuecheck.verdict import _cut_short, finding_of

_LOG_OF_1 = Expression((1.0,), (Step("log", (0,)),))


def test_what_is_raised_is_shown_where_it_is_raised(tmp_path: Path) -> None:
    file = engine_in(tmp_path, "out.grad / self.data", "out.grad / out.data")
    trial = Trial(load(str(file)).engine, oracles=())
    with pytest.raises(Fault) as caught:
        trial.judge(_LOG_OF_1)
    finding = finding_of(trial, caught.value)
    assert finding is not None
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "out.grad / out.data" in line)
    assert finding.where == f"{file}:{number}"


def test_a_number_in_place_of_a_node_is_shown_whatever_is_done_with_it() -> None:
    mutant = next(m for m in MUTANTS if m.name == "2 + x returns a number")
    engine = bind(mutant.engine)
    later = Expression((1.0, 2.0), (Step("+", (Constant(1.0), 0)), Step("*", (2, 1))))
    with pytest.raises(Fault) as caught:
        Trial(engine, oracles=()).judge(later)
    program = reproducer(engine, caught.value).partition("\n\n")[2]
    with pytest.raises(AttributeError, match="'float' object has no attribute 'data'"):
        exec(program, {"Value": mutant.engine})  # noqa: S102 - our own text
    exec(program, {"Value": Value})  # noqa: S102 - our own text


def test_what_is_cut_short_hangs_only_if_it_was_the_cause_of_it() -> None:
    fault = Fault("a number is wrong", _LOG_OF_1)
    trial, now = trial_of(), time.monotonic()
    with time_limit(100.0):
        assert _cut_short(trial, fault, now - 60.0).quantity == "time"
        short = _cut_short(trial, fault, now - 40.0)
    finding = finding_of(trial, short)
    assert finding is not None
    assert finding.kind != "hang"
    assert "no time was left" in finding.message
    assert "v1 = x0.log()" in finding.reproducer
