"""The limit of time: a hang is a fault, to be slow is none, and neither passes for right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.laws import check_of
from tests.valuecheck.command import ENGINE, engine_in, report
from valuecheck.suite.families import every_law

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = 10**6  # examples: more than any time limit of these tests allows


@pytest.mark.parametrize("law", ["test_a_primitive_alone", "test_any_sequence"], ids=str)
def test_a_right_engine_that_runs_out_of_time_has_no_fault(law: str) -> None:
    task = next(task for task in every_law() if task.name.startswith(law))
    for seed in range(4):
        check = check_of(Value, ENDLESS, seed)
        check.settings = replace(check.settings, time_limit=0.2)
        outcome = check.try_law(task)
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
    arguments = (
        "--time-limit",
        "1",
        "-k",
        "policies or identical_gradients",
        "--strict",
        str(file),
    )
    status, document = report(*arguments)
    policies = document["targets"][0]["policies"]
    assert status == 1
    assert policies["log of 0"] == policies["log of -1"] == "never finishes"
    assert policies["nan * 1"] == "gives nan"
