"""From a fault to what is reported of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.harness.altered import trial_of
from tests.harness.command import engine_in
from valuecheck.expression import Expression, Step
from valuecheck.fault import Fault
from valuecheck.loading import load
from valuecheck.overtime import time_limit
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
