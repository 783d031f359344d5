"""The command: its targets, its report, its exit status."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import MUTANTS
from tests.valuecheck.command import COMMAND, ENGINE, engine_in, report, run


def test_our_engine_passes_with_status_0_and_a_document_as_promised() -> None:
    status, document = report("minigrad.scalar:Value")
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
    runs = [report("--random-seed", "7", "-k", "diamond or sharing", str(file)) for _ in range(2)]
    for _, document in runs:
        document["targets"][0]["seconds"] = None
    assert runs[0] == runs[1]


def test_an_engine_with_a_fault_fails_with_status_1_and_is_told_where(tmp_path: Path) -> None:
    mutant = next(m for m in MUTANTS if m.name == "tanh forgets the square")
    file = mutant.write(tmp_path)
    reproducers = tmp_path / "reproducers"
    done = run("--max-examples", "10", "--reproducers", str(reproducers), f"{file}:Value")
    assert done.returncode == 1
    assert "WRONG PARTIAL IN TANH" in done.stdout
    assert "v1 = x0.tanh()" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80 + len(str(tmp_path))
    (program,) = reproducers.glob("*.py")
    again = subprocess.run([sys.executable, str(program)], capture_output=True, check=False)  # noqa: S603
    assert again.returncode == 1
    assert b"AssertionError" in again.stderr


def test_files_are_written_even_when_nobody_reads_the_report(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"leaves": [2.0], "steps": [["tanh", 0]]}', encoding="utf-8")
    command = ["--replay", str(case), "--draw", str(tmp_path), "minigrad.scalar:Value"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert list(tmp_path.glob("*.svg"))


def test_a_case_can_be_replayed(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text('{"leaves": [2.0], "steps": [["tanh", 0], ["+", 1, 0]]}', encoding="utf-8")
    status, document = report("--replay", str(case), "minigrad.scalar:Value")
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
        (["--time-limit", "nan", "minigrad.scalar:Value"], "not a number of seconds"),
        ([""], "'' is not a target"),
        (["-k", "and and", "minigrad.scalar:Value"], "-k 'and and'"),
        (["--grad", "slope", "minigrad.scalar:Value"], "no slope (--grad)"),
        (["--primitive", "tanh=squash", "minigrad.scalar:Value"], "there is no squash"),
    ],
    ids=[
        *("file", "module", "class", "number", "option", "none", "law", "primitive", "case"),
        *("output", "folder", "seconds", "empty", "expression", "gradient", "name"),
    ],
)
def test_bad_use_is_status_2_and_one_line_on_standard_error(
    arguments: list[str], says: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ('{"leaves": [2.0], "steps": [["sqrt", 0]]}', "lacks sqrt"),
        ('{"leaves": [800.0], "steps": [["exp", 0]]}', "no finite value"),
        ('{"leaves": [2.0], "steps": [[["exp"], 0]]}', "must begin with one of"),
        ("[" * 100_000, "case.json"),
    ],
    ids=["lacking", "out of range", "no symbol", "nested"],
)
def test_a_case_that_cannot_be_judged_is_status_2(case: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(case, encoding="utf-8")
    done = run("--replay", str(tmp_path / "case.json"), "minigrad.scalar:Value")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef (:\n", encoding="utf-8")
    done = run(str(tmp_path / "broken.py"))
    assert done.returncode == 2
    assert "line 2" in done.stderr


def test_of_a_folder_the_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef (:\n", encoding="utf-8")
    done = run(str(tmp_path))
    assert done.returncode == 2
    assert "broken.py, line 2" in done.stderr


def test_what_is_set_for_pytest_elsewhere_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x --collect-only")
    done = run("-k", "odd", "minigrad.scalar:Value", cwd=tmp_path)
    assert done.returncode == 0
    assert "PASS  1 law held" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_written_in_any_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    mutant = next(m for m in MUTANTS if m.name == "tanh forgets the square")
    done = run("-k", "alone", "--max-examples", "10", str(mutant.write(tmp_path)))
    assert done.returncode == 1
    assert "? WRONG PARTIAL IN TANH" in done.stdout


def test_two_classes_that_qualify_are_both_named(tmp_path: Path) -> None:
    own = "    def tanh(self):\n        return self * 2\n"
    text = f"{ENGINE}\n\nclass Other(Value):\n{own}"
    (tmp_path / "two.py").write_text(text, encoding="utf-8")
    done = run(str(tmp_path / "two.py"))
    assert done.returncode == 2
    assert "two.py:Value" in done.stderr
    assert "two.py:Other" in done.stderr
    plain = ENGINE + "\n\nclass Parameter(Value):\n    pass\n"
    (tmp_path / "one.py").write_text(plain, encoding="utf-8")
    status, document = report("-k", "alone", str(tmp_path / "one.py"))
    assert (status, document["targets"][0]["class"]) == (0, "Value")


def test_a_notebook_is_read_without_its_magics(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    cells = [
        nbformat.v4.new_code_cell("%matplotlib inline\n!pip install nothing\n" + ENGINE),
        nbformat.v4.new_code_cell("%%bash\nrm -rf nothing"),
        nbformat.v4.new_markdown_cell("# not code"),
    ]
    file = tmp_path / "lesson.ipynb"
    # A notebook has no use for the future import, and this engine's annotations need it.
    plain = re.sub(r": (tuple|list|set|Callable)\[.*?\](?= =)|\(v: Value\)|-> Value", "", ENGINE)
    plain = plain.replace("def build -> None", "def build(v) -> None")
    magics = "%matplotlib inline\n!pip install \\\n  nothing\nfiles = !ls\nhome = %env HOME\n"
    cells[0]["source"] = magics + plain.replace("from __future__ import annotations", "").replace(
        "other.grad += out.grad\n", "other.grad += out.grad  # += or =?\n"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    status, document = report("-k", "alone", str(file))
    assert status == 0, document
    (target,) = document["targets"]
    assert target["file"].endswith("lesson.ipynb, code cell 1")
    assert cells[0]["source"].splitlines()[target["line"] - 1] == "class Value:"


def test_relative_imports_inside_a_package_work(tmp_path: Path) -> None:
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "base.py").write_text(ENGINE, encoding="utf-8")
    text = "from .base import Value as Base\n\n\nclass Value(Base):\n    pass\n"
    (package / "engine.py").write_text(text, encoding="utf-8")
    status, _ = report("-k", "alone", f"{package / 'engine.py'}:Value")
    assert status in {0, 1}


def test_names_in_pyproject_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text(ENGINE.replace("def tanh(", "def squash("), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.valuecheck.primitives]\ntanh = "squash"\n', encoding="utf-8"
    )
    _, document = report("-k", "alone", str(file))
    assert "tanh" in document["targets"][0]["supported"]
    by_pytest = [sys.executable, "-m", "pytest", "--pyargs", "valuecheck.suite", "-k", "alone"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*by_pytest, "--value", str(file), "--value-examples", "5"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert "[tanh]: needs tanh" not in done.stdout
    (tmp_path / "pyproject.toml").write_text("[tool.valuecheck]\nodd = 1\n", encoding="utf-8")
    done = run(str(file))
    assert done.returncode == 2
    assert "[tool.valuecheck] has no odd: it takes" in done.stderr


def test_several_workers_of_xdist_find_the_faults_that_one_process_finds(tmp_path: Path) -> None:
    right = "            self.grad += (1 - t**2) * out.grad"
    file = engine_in(tmp_path, right, right.replace("+=", "="))
    found = []
    for workers in ("0", "2"):
        done = subprocess.run(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "pytest", "-q", "--pyargs", "valuecheck.suite"),
                *("-k", "tanh or adjoints or kink", "-n", workers, "--value", str(file)),
                *("--value-examples", "20", "--value-seed", "0"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        found.append([line for line in done.stdout.splitlines() if line.startswith("FAILED")])
        assert done.returncode == 1, done.stdout
    assert found[0] == found[1]
    assert len(found[0]) == 1
