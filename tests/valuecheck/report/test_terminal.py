"""The command in a real terminal: nothing is wider than it, an interrupt loses nothing."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.valuecheck.command import COMMAND, ENGINE, run

if TYPE_CHECKING:
    from pathlib import Path

pexpect = pytest.importorskip("pexpect", reason="there are no such terminals on Windows")

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WIDTHS = (60, 80, 120)


def _in_a_terminal(columns: int, *arguments: str) -> tuple[int, list[str]]:
    """Return the exit status and the lines of a run in a terminal."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "--max-examples", "5", *arguments],
        dimensions=(40, columns),
        env={name: text for name, text in os.environ.items() if name != "COLUMNS"},
        encoding="utf-8",
        timeout=120,
    )
    text = child.read()
    child.close()
    # The line that shows how far it is returns to its beginning, and is taken away in the end.
    lines = [line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n")]
    return child.exitstatus, [_CONTROL.sub("", line) for line in lines]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("target", ["right", "wrong"])
def test_nothing_is_wider_than_the_terminal(columns: int, target: str, tmp_path: Path) -> None:
    folder = tmp_path / "[alice]" / "[/]"
    folder.mkdir(parents=True)
    file = folder / "engine.py"
    source = ENGINE
    if target == "wrong":
        source = source.replace("(1 - t**2) * out.grad", "(1 - t) * out.grad")
    file.write_text(source, encoding="utf-8")
    status, lines = _in_a_terminal(columns, str(file))
    text = "\n".join(lines)
    assert "Traceback" not in text
    assert status == (1 if target == "wrong" else 0)
    assert max(map(len, lines)) <= columns
    assert ("PASS" if target == "right" else "WRONG PARTIAL IN TANH") in text


@pytest.mark.parametrize("columns", WIDTHS)
def test_an_interrupt_gives_the_partial_report_and_130(columns: int, tmp_path: Path) -> None:
    file = tmp_path / "engine.py"
    file.write_text(ENGINE, encoding="utf-8")
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "--max-examples", "100000", "--time-limit", "100", str(file)],
        dimensions=(40, columns),
        encoding="utf-8",
        timeout=60,
    )
    child.expect("a primitive")
    child.sendintr()
    text = child.read()
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in text
    assert "interrupted after" in text
    assert "ERROR" in text


def test_what_is_piped_has_no_spaces_at_line_ends_and_no_control_characters() -> None:
    done = run("--max-examples", "5", "minigrad.scalar:Value")
    assert done.returncode == 0
    assert not [line for line in done.stdout.splitlines() if line != line.rstrip()]
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", ["conftest.py", "sitecustomize.py", "json.py", "hypothesis.py"])
def test_the_folder_that_it_is_started_in_has_no_say(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("raise SystemExit('hostile')\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest]\nnonsense = 1\n[tool.valuecheck]\n", encoding="utf-8"
    )
    (tmp_path / "engine.py").write_text(ENGINE, encoding="utf-8")
    # As installed: started by `python -c` it would look for its own modules in the folder.
    safe = ("-P", *COMMAND[1:])
    child = pexpect.spawn(
        sys.executable,
        [*safe, "--max-examples", "5", "-k", "diamond", "engine.py"],
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
    )
    text = child.read()
    child.close()
    assert child.exitstatus == 0, text
    assert "PASS" in text


def test_a_check_that_judges_no_gradient_is_no_pass(tmp_path: Path) -> None:
    file = tmp_path / "engine.py"
    file.write_text(ENGINE, encoding="utf-8")
    done = run("-k", "policies", str(file))
    assert done.returncode == 2
    assert "no gradient was judged" in done.stderr
    assert "PASS" not in done.stdout
