"""The pages of the chapter: their code runs, and both languages say the same."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.diagnosis.diagnosis import KINDS
from valuecheck.report.explain import explain, kinds, listing
from valuecheck.suite.families import every_law

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "docs" / "course"
PAGES = sorted(page.relative_to(COURSE) for page in COURSE.rglob("*.md"))
SOLUTION = COURSE / "solution" / "my_scalar.py"

_CODE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
_FENCES = re.compile(r"^ *```(\w*)", re.MULTILINE)
_HEADINGS = re.compile(r"^(#+) ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:]+\.md)(#[^)]*)?\)")


def _text(page: Path) -> str:
    return (COURSE / page).read_text(encoding="utf-8")


def _in_spanish(page: Path) -> Path:
    return page.with_name(page.name.replace(".en.md", ".es.md"))


ENGLISH = [page for page in PAGES if page.name.endswith(".en.md")]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_code_of_a_page_prints_what_the_page_shows(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, Any] = {}
    for code, shown in _CODE.findall(_text(page)):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), names)  # noqa: S102 - a page of our own
        if shown:
            assert printed.getvalue() == shown


def test_both_languages_have_the_same_pages() -> None:
    assert {_in_spanish(page) for page in ENGLISH} == set(PAGES) - set(ENGLISH)


@pytest.mark.parametrize("page", ENGLISH, ids=str)
def test_both_languages_have_the_same_headings_exercises_and_code(page: Path) -> None:
    english, spanish = _text(page), _text(_in_spanish(page))
    assert _HEADINGS.findall(english) == _HEADINGS.findall(spanish)
    assert english.count("- [ ]") == spanish.count("- [ ]")
    assert _FENCES.findall(english) == _FENCES.findall(spanish)
    assert _LINK.findall(english) == _LINK.findall(spanish)
    assert "En español" in english


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_page(page: Path) -> None:
    language = page.suffixes[-2]
    for target, _ in _LINK.findall(_text(page)):
        file = (COURSE / page).parent / target
        assert file.with_name(f"{file.stem}{language}.md").is_file(), target


def test_every_page_stands_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"([\w/-]+)\.md$", text, re.MULTILINE))
    assert listed == {str(page).removesuffix(".en.md") for page in ENGLISH}


def test_every_kind_of_fault_is_explained() -> None:
    assert set(kinds()) == set(KINDS)
    assert all(explain(kind).startswith(kind.replace(" ", "-")) for kind in kinds())
    assert all(kind.replace(" ", "-") in listing() for kind in kinds())


def test_every_law_is_told_in_spanish_and_nothing_else_is() -> None:
    spanish = tomllib.loads((ROOT / "docs/hooks/laws.es.toml").read_text(encoding="utf-8"))
    assert list(spanish) == list(dict.fromkeys(task.law.name for task in every_law()))
    assert all(set(law) == {"claim", "why"} for law in spanish.values())


@pytest.mark.parametrize("kind", [kind for kind, found in kinds().items() if found.wrong])
def test_the_wrong_line_of_a_kind_makes_an_engine_that_has_it(kind: str, tmp_path: Path) -> None:
    found, source = kinds()[kind], SOLUTION.read_text(encoding="utf-8")
    assert source.count(found.right) >= 1
    file = tmp_path / "my_scalar.py"
    file.write_text(source.replace(found.right, found.wrong, 1), encoding="utf-8")
    required = ("tanh",) if kind == "missing operation" else ()
    checked = check(str(file), Settings(examples=10, time_limit=3.0, require=required), _quiet)
    assert kind in {finding.kind for finding in (*checked.causes, *checked.warnings)}


def _quiet(*_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("file", "required"),
    [
        ("solution/my_skeleton.py", "+ *"),
        ("solution/my_scalar.py", "+ - * / ** neg exp log relu tanh"),
    ],
)
def test_the_solutions_pass_with_all_that_is_required(file: str, required: str) -> None:
    settings = Settings(examples=20, require=tuple(required.split()))
    checked = check(str(COURSE / file), settings, _quiet)
    assert checked.verdict(strict=False) == "pass"


def test_the_starter_of_the_lab_makes_leaves() -> None:
    names: dict[str, Any] = {}
    starter = (COURSE / "lab" / "my_scalar.py").read_text(encoding="utf-8")
    exec(starter, names)  # noqa: S102 - a file of our own
    leaf = names["Value"](2.5)
    assert (leaf.data, leaf.grad, leaf._prev, leaf._op) == (2.5, 0.0, (), "")
    assert "2.5" in repr(leaf)


def test_the_configuration_of_the_site_names_hooks_that_are_there() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    hooks = yaml.safe_load(text)["hooks"]
    assert all((ROOT / hook).is_file() for hook in hooks)
