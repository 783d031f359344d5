"""The quiz: its items, their keys, and the judgement of free answers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml

from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.program.definition import BadDefinitionError

ROOT = Path(__file__).resolve().parents[2]
QUIZ = ROOT / "quiz"


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, QUIZ / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


questions = _load("questions")
ITEMS = questions.items()
WRITTEN = yaml.safe_load((QUIZ / "07.yaml").read_text(encoding="utf-8"))
FREE = [item for item in ITEMS if item.kind == "free"]


def test_the_file_has_the_form_of_its_schema() -> None:
    jsonschema.validate(WRITTEN, questions.schema())
    assert [item.id for item in ITEMS] == [f"q-07-{n:02}" for n in range(1, len(ITEMS) + 1)]
    assert len(ITEMS) >= 40
    assert {item.kind for item in ITEMS} == {"single", "multiple", "free"}


def test_every_page_of_theory_and_labs_is_asked_about() -> None:
    course = ROOT / "docs" / "course"
    pages = {
        f"{folder}/{page.name.removesuffix('.en.md')}"
        for folder in ("theory", "lab")
        for page in (course / folder).glob("*.en.md")
    }
    assert {item.page for item in ITEMS} == pages


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: str(item.id))
def test_an_item_is_whole_in_both_languages(item: Any) -> None:
    assert set(item.text) == {"en", "es"}
    assert item.text["en"] != item.text["es"]
    rights = sum(choice.right for choice in item.choices)
    assert rights == {"single": 1, "free": 0}.get(item.kind, max(rights, 2))
    for choice in item.choices:
        assert set(choice.text) == {"en", "es"}
        assert choice.right or all(choice.why.values())


@pytest.mark.parametrize("item", FREE, ids=lambda item: str(item.id))
def test_a_key_is_right_and_what_differs_is_wrong(item: Any) -> None:
    assert questions.is_right(item, item.answer)
    assert questions.is_right(item, f"({item.answer}) * 2 / 2")
    assert not questions.is_right(item, f"({item.answer}) + 0.001")
    if item.variables:
        assert not questions.is_right(item, f"({item.answer}) * {item.variables[0]}")


@pytest.mark.parametrize(
    ("number", "right", "wrong"),
    [
        ("q-07-10", ["-x/y^2", "-(x/y)/y", "-x * y**-2"], ["x / y**2", "-x / y"]),
        ("q-07-11", ["1-tanh(x)^2", "4/(exp(x)+exp(-x))^2"], ["tanh(x)", "1 - x**2"]),
        ("q-07-24", ["2*l - 2*t", "(l - t) * 2"], ["l - t", "2 * (t - l)"]),
        ("q-07-41", ["0,4", "4/10", "0.3 + 0.05*2"], ["0.2", "0.3 - 0.05*2"]),
    ],
)
def test_any_way_of_writing_a_formula_counts(
    number: str, right: list[str], wrong: list[str]
) -> None:
    item = next(item for item in ITEMS if item.id == number)
    assert all(questions.is_right(item, answer) for answer in right)
    assert not any(questions.is_right(item, answer) for answer in wrong)


@pytest.mark.parametrize("answer", ["", "x +", "import os", "nothing(x)", "q"])
def test_what_is_no_formula_is_told(answer: str) -> None:
    with pytest.raises(BadDefinitionError):
        questions.is_right(FREE[0], answer)


@pytest.mark.parametrize(
    "written", [w for w in WRITTEN if "engine" in w], ids=lambda w: str(w["id"])
)
def test_the_wrong_line_of_an_engine_is_the_one_that_the_suite_finds(
    written: dict[str, Any], tmp_path: Path
) -> None:
    source = questions.engine_of(*written["engine"])
    file = tmp_path / "engine.py"
    file.write_text(source, encoding="utf-8")
    checked = check(str(file), Settings(examples=10, first_only=True), lambda *_: None)
    (finding, *_) = checked.causes
    assert finding.where is not None
    assert finding.line == written["engine"][1].strip() or (
        # A fault of the sweep has no rule: it is told at the method.
        finding.primitive is None and finding.line.startswith(f"def {written['around']}(")
    )


def _answers(language: str) -> str:
    del language
    lines = []
    for item in ITEMS:
        if item.kind == "free":
            lines.append(item.answer)
        else:
            keys = [str(number) for number, c in enumerate(item.choices, 1) if c.right]
            lines.append(" ".join(keys))
    return "\n".join(lines) + "\n"


def _take(language: str, answers: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(QUIZ / "take.py"), "07", "--lang", language],
        input=answers,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.mark.parametrize(("language", "told"), [("en", "passed"), ("es", "aprobado")])
def test_who_knows_everything_passes_in_the_terminal(language: str, told: str) -> None:
    done = _take(language, _answers(language))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ITEMS)} " in done.stdout.splitlines()[-1]
    assert told in done.stdout


def test_who_knows_little_is_told_what_to_read_again() -> None:
    answers = "\n".join("7" if item.kind == "free" else "1" for item in ITEMS) + "\n"
    done = _take("en", answers)
    assert done.returncode == 1
    assert "read again: docs/course/theory/03-worked-backprop.en.md" in done.stdout


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_exported_for_moodle_can_be_read_back(language: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(QUIZ / "export.py"), "07", "--lang", language],
        capture_output=True,
        check=True,
    )
    root = ET.fromstring(done.stdout.decode())  # noqa: S314 - what we wrote ourselves
    read = root.findall("question")
    assert [q.findtext("name/text") for q in read] == [item.id for item in ITEMS]
    for question, item in zip(read, ITEMS, strict=True):
        assert item.text[language].split("<")[0][:20] in (
            question.findtext("questiontext/text") or ""
        )
        worth = [float(a.attrib["fraction"]) for a in question.findall("answer")]
        assert sum(w for w in worth if w > 0) == pytest.approx(100, abs=0.01)
        if item.kind != "free":
            assert len(worth) == len(item.choices)
