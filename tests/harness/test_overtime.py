"""The limit of time: a hang is a fault, to be slow is none, and neither passes for right."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.harness.command import ENGINE, engine_in, report
from tests.laws import all_laws
from valuecheck.engine import call
from valuecheck.overtime import TimeIsUp, check_time, time_limit, took_most_of_it
from valuecheck.probing import bind
from valuecheck.trial import Trial
from valuecheck.verdict import try_law

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = 10**6  # examples: more than any time limit of these tests allows


@pytest.mark.parametrize("law", ["test_a_primitive_alone", "test_any_sequence"], ids=str)
def test_a_right_engine_that_runs_out_of_time_has_no_fault(law: str) -> None:
    name = next(law_ for law_ in all_laws() if law_[0].name.startswith(law))
    for seed in range(4):
        trial = Trial(bind(Value), max_examples=ENDLESS, seed=seed, oracles=())
        with time_limit(0.2):
            outcome = try_law(trial, name[0], *name[1])
        assert (outcome.outcome, outcome.finding) == ("timed out", None)


def test_an_engine_that_is_slow_is_not_said_to_hang(tmp_path: Path) -> None:
    line = "        self.grad = 1.0"
    file = engine_in(tmp_path, line, f"        __import__('time').sleep(0.1)\n{line}")
    arguments = ("--time-limit", "1", "--max-examples", "100", "-k", "diamond", str(file))
    status, document = report(*arguments)
    (target,) = document["targets"]
    assert (status, target["verdict"], target["faults"]) == (2, "error", [])
    assert {law["outcome"] for law in target["laws"]} == {"timed out"}
    assert "give a longer --time-limit" in target["error"]


def test_a_policy_that_is_never_found_out_takes_no_other_with_it(tmp_path: Path) -> None:
    line = "        out = Value(math.log(self.data)"
    assert line in ENGINE
    file = engine_in(tmp_path, line, f"        while self.data <= 0: pass\n{line}")
    arguments = ("--time-limit", "0.5", "-k", "policies", "--strict", str(file))
    status, document = report(*arguments)
    policies = document["targets"][0]["policies"]
    assert status == 1
    assert policies["log of 0"] == policies["log of -1"] == "does not come to an end"
    assert policies["nan * 1"] == "gives nan"


def test_only_what_took_more_than_half_of_the_time_took_most_of_it() -> None:
    now = time.monotonic()
    assert not took_most_of_it(now - 60.0)  # there is no limit
    with time_limit(100.0):
        assert took_most_of_it(now - 60.0)
        assert not took_most_of_it(now - 40.0)


def test_the_alarm_is_forgotten_with_its_limit() -> None:
    with pytest.raises(TimeIsUp), time_limit(0.01):
        call("backward", _for_ever)
    check_time()


def _for_ever() -> None:
    while True:
        pass
