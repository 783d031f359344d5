"""`valuecheck.check`: a class at hand, in a notebook and out of one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import valuecheck
from tests.engines.frozen import Value
from valuecheck.notebook import _without_checks

_ENGINE = Path(__file__).parents[2] / "docs" / "examples" / "my_engine.py"

_SESSION = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

InteractiveShell.instance()
shell = InteractiveShell.instance()
results = []
for cell in json.load(sys.stdin):
    result = shell.run_cell(cell, store_history=True, silent=False)
    shown = result.result if result.result is not None else shell.user_ns.get("_")
    results += [shown] if not any(shown is each for each in results) else []
print("\\nRESULTS")
for report in results:
    if type(report).__name__ == "Report":
        print(json.dumps([report.verdict, [f.kind for f in report.faults], str(report),
                          report._repr_html_()]))
"""


def _session(*cells: str, home: Path) -> list[list[Any]]:
    done = subprocess.run(  # noqa: S603 - a script of ours
        [sys.executable, "-c", _SESSION],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env={"IPYTHONDIR": str(home), "HOME": str(home), "FORCE_COLOR": "1", "PATH": ""},
    )
    return [json.loads(line) for line in done.stdout.partition("\nRESULTS\n")[2].splitlines()]


@pytest.mark.skipif(sys.platform == "win32", reason="the session's environment is that of POSIX")
def test_a_class_of_a_notebook_is_checked_by_function_and_magic(tmp_path: Path) -> None:
    source = _ENGINE.read_text(encoding="utf-8")
    check = "valuecheck.check(Value, max_examples=5, select='primitive')"
    mended = source.replace("self.grad = (1 - out", "self.grad += (1 - out")
    assert mended != source
    got = _session(
        "import math\nimport valuecheck",
        source,
        f"report = {check}\nreport",
        "1 / 0",
        "report.faults",
        mended,
        check,
        "%load_ext valuecheck",
        f"%%valuecheck\n{source}",
        home=tmp_path,
    )
    assert [verdict for verdict, *_ in got] == ["fail", "pass", "fail"]
    wrong, right, magic = got
    assert wrong[1] == magic[1] == ["overwritten gradient"]
    assert "look at cell 2:" in wrong[2]
    assert "look at cell 9:" in magic[2]
    assert "\x1b" not in wrong[2]
    assert "NameError" not in right[2]
    assert "<svg" in wrong[3]
    assert str(tmp_path) not in wrong[3]


def test_a_class_of_a_file_is_checked_in_a_process_of_its_own() -> None:
    report = valuecheck.check(Value, select="primitive", max_examples=5)
    assert report.verdict == "pass"
    assert not report.checked.notes


def test_a_class_made_on_the_spot_is_checked_in_this_process_and_says_so() -> None:
    local = type("Value", (Value,), {"__qualname__": "made.Value"})
    report = valuecheck.check(local, select="primitive", max_examples=5)
    assert report.verdict == "pass"
    assert "runs in this process" in str(report)


def test_what_is_no_class_is_refused_in_one_line() -> None:
    with pytest.raises(TypeError, match="give the class itself"):
        valuecheck.check(Value(1.0))  # type: ignore[arg-type]


def test_what_checks_is_not_sent_to_the_worker_and_lines_keep_their_numbers() -> None:
    ours = {"valuecheck"}
    cells = ["from valuecheck import check as look\nx = 1", "r = look(Value)\ny = 2", "r.faults\nz"]
    assert [_without_checks(cell, ours) for cell in cells] == ["\nx = 1", "\ny = 2", "\nz"]
