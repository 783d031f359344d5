"""[tool.valuecheck]: every option of the command, checked, shown, and outdone by the command."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.valuecheck.command import engine_in, run
from valuecheck.checking.settings import OPTIONS
from valuecheck.cli import main
from valuecheck.configuration import options_of

if TYPE_CHECKING:
    from pathlib import Path

_RULE = "            self.grad += (1 - t**2) * out.grad"
_ENDS = {"apart", "explain", "list", "replay", "show-config", "version"}
"""Options that end the command, say what one call is about, or are not for users."""

_OF_A_TARGET = {"data", "grad", "backward", "primitive", "define"}


def test_every_option_of_the_command_may_stand_in_the_file() -> None:
    spelled = {o.removeprefix("--") for p in main.params for o in p.opts if o.startswith("--")}
    assert set(options_of(main)) == set(OPTIONS)
    short = {"targets", "select", "jobs"}
    assert spelled | short == {*OPTIONS, *_OF_A_TARGET, *_ENDS}


def _configured(folder: Path, table: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.valuecheck]\n{table}\n", encoding="utf-8")


def test_the_command_line_goes_before_the_file_and_the_file_before_what_is_built_in(
    tmp_path: Path,
) -> None:
    _configured(tmp_path, 'max-examples = 7\nrandom-seed = 3\nrequire = "+ tanh"')
    shown = run("--show-config", "--random-seed", "5", cwd=tmp_path).stdout
    table = tomllib.loads(shown)["tool"]["valuecheck"]
    assert (table["max-examples"], table["random-seed"]) == (7, 5)
    assert table["require"] == ["+", "tanh"]
    assert "max-examples = 7  # pyproject.toml" in shown
    assert "random-seed = 5  # the command line" in shown
    assert "time-limit = 30.0  # built in" in shown


def test_what_is_shown_says_the_same_when_it_stands_in_the_file(tmp_path: Path) -> None:
    table = 'targets = ["a.py"]\nselect = "tanh"\nstrict = true\nfor = "1m30s"\njobs = 2'
    _configured(tmp_path, table)
    shown = run("--show-config", cwd=tmp_path).stdout
    (tmp_path / "pyproject.toml").write_text(shown, encoding="utf-8")
    again = run("--show-config", cwd=tmp_path).stdout
    assert tomllib.loads(again) == tomllib.loads(shown)


def test_targets_of_the_file_are_checked_when_none_is_given(tmp_path: Path) -> None:
    file = engine_in(tmp_path, _RULE, _RULE.replace("+=", "="))
    _configured(
        tmp_path, f'targets = ["{file.name}"]\nselect = "primitive and tanh"\nmax-examples = 5'
    )
    done = run(cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "OVERWRITTEN GRADIENT IN TANH" in done.stdout


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("max-example = 5", "has no max-example: did you mean max-examples?"),
        ('max-examples = "five"', "max-examples: 'five' is not a valid integer"),
        ("max-examples = 0", "max-examples: 0 is not in the range x>=1"),
        ("strict = 1", "strict takes true or false"),
        ("require = 5", "require takes a string or a list of strings"),
        ('format = "xml"', "format: 'xml' is not one of"),
        ('for = "soon"', "for: 'soon' is not a time such as"),
        ("max-examples = [5]", "max-examples takes a string or a number"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_key(
    table: str, told: str, tmp_path: Path
) -> None:
    _configured(tmp_path, table)
    done = run("a.py", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path / 'pyproject.toml'}: [tool.valuecheck] {told}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_is_wrong_on_the_command_line_is_not_told_of_the_file(tmp_path: Path) -> None:
    _configured(tmp_path, "max-examples = 5")
    done = run("--max-examples=five", "a.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "Invalid value for '--max-examples'" in done.stderr
