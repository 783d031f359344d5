"""What is reported and is no fault."""

from __future__ import annotations

import json
from pathlib import Path

from tests.engines.dress import text_of
from tests.valuecheck.command import report, run

ROOT = Path(__file__).resolve().parents[3]


def test_a_sweep_that_its_caller_must_seed_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "unseeded.py"
    file.write_text(text_of("the caller seeds the sweep"), encoding="utf-8")
    status, document = report(str(file))
    (target,) = document["targets"]
    assert status == 0
    assert [w["kind"] for w in target["warnings"]] == ["missing gradient"]
    assert "without that all gradients are 0" in target["warnings"][0]["message"]
    assert report("--strict", str(file))[0] == 1


def test_digits_that_a_wrong_order_loses_are_no_warning_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "my_scalar.py"
    source = (ROOT / "docs/course/solution/my_scalar.py").read_text(encoding="utf-8")
    assert source.count("reversed(") == 1
    file.write_text(source.replace("reversed(", "list("), encoding="utf-8")
    done = run(str(file), "--format", "json", "--max-examples", "100")
    (target,) = json.loads(done.stdout)["targets"]
    assert [fault["kind"] for fault in target["faults"]] == ["wrong order"]
    assert not target["warnings"]
