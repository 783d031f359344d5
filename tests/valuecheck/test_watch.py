"""`--watch`: a check whenever the file is saved, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.valuecheck.command import COMMAND, engine_in, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("watchfiles")

_RULE = "            self.grad += (1 - t**2) * out.grad"
_QUICK = ("-k", "primitive and tanh", "--max-examples", "5")


def _until(lines: Iterator[str], word: str) -> str:
    seen = ""
    for line in lines:
        seen += line
        if word in line:
            return seen
    pytest.fail(f"no {word!r} in\n{seen}")


@pytest.mark.skipif(sys.platform == "win32", reason="ended by a signal, as Ctrl-C does")
def test_a_file_is_checked_again_when_it_is_saved(tmp_path: Path) -> None:
    file = engine_in(tmp_path, _RULE, _RULE.replace("+=", "="))
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "--watch", *_QUICK, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        assert "OVERWRITTEN GRADIENT IN TANH" in _until(lines, "waiting for the next save")
        saved = tmp_path / "saved.py"  # as editors do: another file in place of the old one
        saved.write_text(file.read_text(encoding="utf-8").replace("(1 - t**2)", "(1 - t)"), "utf-8")
        saved.replace(file)
        assert "WRONG PARTIAL IN TANH" in _until(lines, "waiting for the next save")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("no_such_module:Value",), "--watch needs files or folders"),
        (("-j", "2", "a.py"), "--watch tells one check after the other on the screen"),
    ],
)
def test_what_cannot_be_watched_is_told(arguments: tuple[str, ...], told: str) -> None:
    done = run("--watch", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
