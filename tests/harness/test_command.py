"""The command: its report, its exit status, and that no engine can harm it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.mutants import MUTANTS

_ENGINE = (Path(__file__).parents[1] / "engines" / "closures.py").read_text(encoding="utf-8")

_COMMAND = (sys.executable, "-c", "from valuecheck.cli import main; main()")


def _run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*_COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
    )


def _report(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = _run("--format", "json", "--max-examples", "10", *arguments)
    document = json.loads(done.stdout)
    assert document["schema"] == 1
    return done.returncode, document


def _engine(folder: Path, old: str, new: str) -> Path:
    file = folder / "engine_on_trial.py"
    assert old in _ENGINE
    file.write_text(_ENGINE.replace(old, new, 1), encoding="utf-8")
    return file


def test_our_engine_passes_with_status_0_and_a_document_as_promised() -> None:
    status, document = _report("minigrad.scalar:Value")
    (target,) = document["targets"]
    assert (status, document["verdict"], target["verdict"]) == (0, "pass", "pass")
    assert target["class"] == "Value"
    assert target["faults"] == []
    assert "tanh" in target["supported"]
    assert {law["outcome"] for law in target["laws"]} == {"held", "unsupported"}
    assert document["oracles"].keys() == {"torch", "central_difference", "dual_number"}
    assert target["policies"]["second backward"] == "accumulates"
    assert all(limit["reached"] for limit in target["limits"])


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    file = MUTANTS[0].write(tmp_path)
    runs = [_report("--random-seed", "7", "-k", "diamond or sharing", str(file)) for _ in range(2)]
    for _, document in runs:
        document["targets"][0]["seconds"] = None
    assert runs[0] == runs[1]


def test_an_engine_with_a_fault_fails_with_status_1_and_is_told_where(tmp_path: Path) -> None:
    mutant = next(m for m in MUTANTS if m.name == "tanh forgets the square")
    file = mutant.write(tmp_path)
    reproducers = tmp_path / "reproducers"
    done = _run("--max-examples", "10", "--reproducers", str(reproducers), f"{file}:Value")
    assert done.returncode == 1
    assert "WRONG PARTIAL IN TANH" in done.stdout
    assert "v1 = x0.tanh()" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80 + len(str(tmp_path))
    (program,) = reproducers.iterdir()
    again = subprocess.run([sys.executable, str(program)], capture_output=True, check=False)  # noqa: S603
    assert again.returncode == 1
    assert b"AssertionError" in again.stderr


def test_files_are_written_even_when_nobody_reads_the_report(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"leaves": [2.0], "steps": [["tanh", 0]]}', encoding="utf-8")
    command = ["--replay", str(case), "--draw", str(tmp_path), "minigrad.scalar:Value"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*_COMMAND, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert list(tmp_path.glob("*.svg"))


def test_a_case_can_be_replayed(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"leaves": [2.0], "steps": [["tanh", 0], ["+", 1, 0]]}', encoding="utf-8")
    status, document = _report("--replay", str(case), "minigrad.scalar:Value")
    assert status == 0
    assert len(document["targets"][0]["laws"]) == 1
    assert [n["name"] for n in document["targets"][0]["replayed"]["nodes"]] == ["x0", "v1", "v2"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch.py"], "no such file"),
        (["no_such_module:Value"], "no module of that name"),
        (["minigrad.scalar:Nothing"], "no class Nothing"),
        (["--max-examples", "many", "x"], "--max-examples"),
        (["--no-such-option", "x"], "--no-such-option"),
        ([], "TARGET"),
        (["-k", "nothing_is_called_so", "minigrad.scalar:Value"], "no law matches"),
        (["--primitive", "tanh", "minigrad.scalar:Value"], "SYMBOL=NAME"),
        (["--replay", "nosuch.json", "minigrad.scalar:Value"], "cannot be read"),
        (["--output", "no/such/folder/file", "minigrad.scalar:Value"], "No such file"),
        (["--draw", __file__, "minigrad.scalar:Value"], "File exists"),
    ],
    ids=[
        *("file", "module", "class", "number", "option", "none", "law", "primitive", "case"),
        *("output", "folder"),
    ],
)
def test_bad_use_is_status_2_and_one_line_on_standard_error(
    arguments: list[str], says: str
) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef (:\n", encoding="utf-8")
    done = _run(str(tmp_path / "broken.py"))
    assert done.returncode == 2
    assert "line 2" in done.stderr


def test_two_classes_that_qualify_are_both_named(tmp_path: Path) -> None:
    text = _ENGINE + "\n\nclass Other(Value):\n    pass\n"
    (tmp_path / "two.py").write_text(text, encoding="utf-8")
    done = _run(str(tmp_path / "two.py"))
    assert done.returncode == 2
    assert "two.py:Value" in done.stderr
    assert "two.py:Other" in done.stderr


_HARM = {
    "an endless loop in an operator": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        while self.data > 1.5: pass",
        {"hang"},
    ),
    "an endless loop in the sweep": (
        "        self.grad = 1.0",
        "        self.grad = 1.0\n        while len(self._prev) and self.data > 1000.0: pass",
        {"hang"},
    ),
    "os._exit": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: __import__('os')._exit(3)",
        {"crash"},
    ),
    "sys.exit": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: raise SystemExit(3)",
        {"crash"},
    ),
    "KeyboardInterrupt": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: raise KeyboardInterrupt",
        {"crash"},
    ),
    "a crash of the interpreter": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n"
        "        if self.data > 1.5: __import__('ctypes').string_at(0)",
        {"crash"},
    ),
    "a memory bomb": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: self.bomb = [0] * 10**9",
        {"crash"},
    ),
    "RecursionError": (
        "        t = math.tanh(self.data)",
        "        t = self.tanh().data if self.data > 1.5 else math.tanh(self.data)",
        {"crash"},
    ),
    "megabytes printed": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data) + (print('x' * 10**6) or 0.25)",
        {"wrong value"},
    ),
    "standard output closed": (
        "        t = math.tanh(self.data)",
        "        __import__('sys').stdout.close()\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "standard output closed underneath": (
        "        t = math.tanh(self.data)",
        "        __import__('os').closerange(0, 3)\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "math.exp patched": (
        "        t = math.tanh(self.data)",
        "        math.exp = lambda x: 1.0\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "builtins patched": (
        "        t = math.tanh(self.data)",
        "        import builtins\n        builtins.len = builtins.isinstance = lambda *_: 1\n"
        "        t = math.tanh(self.data)",
        {"crash"},
    ),
    "results that differ from run to run": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data) + __import__('time').perf_counter_ns() % 1000",
        {"stale state", "wrong value", "unexplained"},
    ),
    "a gradient that is complex": (
        "            self.grad += (1 - t**2) * out.grad",
        "            self.grad += (1 - t**2) * out.grad * (1 + 1j)",
        {"wrong type"},
    ),
    "a gradient that is a tensor": (
        "            self.grad += (1 - t**2) * out.grad",
        "            class Tensor(list):\n"
        "                def __radd__(self, other): return self\n"
        "            self.grad += Tensor([1.0, 2.0])",
        {"wrong type"},
    ),
    "a gradient that is a string": (
        "            self.grad += (1 - t**2) * out.grad",
        "            self.grad = 'steep'",
        {"wrong type", "crash"},
    ),
}


@pytest.mark.parametrize("harm", _HARM)
def test_no_engine_harms_the_check(harm: str, tmp_path: Path) -> None:
    old, new, kinds = _HARM[harm]
    file = _engine(tmp_path, old, new)
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    # Far more time than a law of ten examples takes on a slow machine.
    laws = "alone or both_sides or afresh or diamond"
    limits = ("--time-limit", "3", "--memory-limit", "512")
    status, document = _report("-k", laws, *limits, str(file))
    (target,) = document["targets"]
    assert status == 1, document
    assert {fault["kind"] for fault in target["faults"]} <= kinds | {"hang", "crash"}
    assert target["faults"]
    assert sum(law["outcome"] == "held" for law in target["laws"]) >= 5
    assert {p.pid for p in psutil.Process().children(recursive=True)} <= before
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".py") == [file.name]


@pytest.mark.parametrize(
    "extra",
    [
        "print('x' * 10_000_000)",
        "import sys; sys.stdout.close(); sys.stdout = None",
        "import a_library_that_is_not_there",
        "raise SystemExit(1)",
        "while True: pass",
        "import os; os._exit(0)",
        "import math; math.exp = lambda x: 1.0",
    ],
    ids=["prints", "closes", "imports", "exits", "loops", "dies", "patches"],
)
def test_what_a_file_does_at_import_does_no_harm(extra: str, tmp_path: Path) -> None:
    file = tmp_path / "trains_at_import.py"
    file.write_text(f"{_ENGINE}\n\n{extra}\n", encoding="utf-8")
    status, document = _report("--time-limit", "3", "-k", "alone", str(file))
    (target,) = document["targets"]
    if "math.exp" in extra:
        assert {f["primitive"] for f in target["faults"]} <= {"exp", "sigmoid"}
    else:
        assert status == 0, document
    if any(word in extra for word in ("there", "Exit", "while", "_exit")):
        assert "only its imports, classes, functions and constants" in target["note"]


def test_a_notebook_is_read_without_its_magics(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    cells = [
        nbformat.v4.new_code_cell("%matplotlib inline\n!pip install nothing\n" + _ENGINE),
        nbformat.v4.new_code_cell("%%bash\nrm -rf nothing"),
        nbformat.v4.new_markdown_cell("# not code"),
    ]
    file = tmp_path / "lesson.ipynb"
    # A notebook has no use for the future import, and this engine's annotations need it.
    plain = re.sub(r": (tuple|list|set|Callable)\[.*?\](?= =)|\(v: Value\)|-> Value", "", _ENGINE)
    plain = plain.replace("def build -> None", "def build(v) -> None")
    cells[0]["source"] = "%matplotlib inline\n!pip install nothing\n" + plain.replace(
        "from __future__ import annotations", ""
    )
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    status, document = _report("-k", "alone", str(file))
    assert status == 0, document


def test_relative_imports_inside_a_package_work(tmp_path: Path) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "base.py").write_text(_ENGINE, encoding="utf-8")
    text = "from .base import Value as Base\n\n\nclass Value(Base):\n    pass\n"
    (package / "engine.py").write_text(text, encoding="utf-8")
    status, _ = _report("-k", "alone", f"{package / 'engine.py'}:Value")
    assert status in {0, 1}


def test_names_in_pyproject_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text(_ENGINE.replace("def tanh(", "def squash("), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.valuecheck.primitives]\ntanh = "squash"\n', encoding="utf-8"
    )
    _, document = _report("-k", "alone", str(file))
    assert "tanh" in document["targets"][0]["supported"]
    (tmp_path / "pyproject.toml").write_text("[tool.valuecheck]\nodd = 1\n", encoding="utf-8")
    done = _run(str(file))
    assert done.returncode == 2
    assert "[tool.valuecheck] takes" in done.stderr
