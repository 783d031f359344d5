"""What is reported and is no fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engines.dress import text_of
from tests.valuecheck.command import report

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sweep_that_its_caller_must_seed_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "unseeded.py"
    file.write_text(text_of("the caller seeds the sweep"), encoding="utf-8")
    status, document = report(str(file))
    (target,) = document["targets"]
    assert status == 0
    assert [w["kind"] for w in target["warnings"]] == ["missing gradient"]
    assert "without that all gradients are 0" in target["warnings"][0]["message"]
    assert report("--strict", str(file))[0] == 1
