"""valuecheck.html in Chromium, opened from the disk with the network off: `tox -e site`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.course.chromium import CHROMIUM, launched, stays_here
from tests.mutants import MUTANTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/course/assets/valuecheck.html"
SOLUTION = (ROOT / "docs/course/solution/my_scalar.py").read_text(encoding="utf-8")

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(
    not PAGE.is_file() or CHROMIUM is None,
    reason="needs valuecheck.html and a Chromium: tox -e site",
)

_LONG = 120_000
"""Milliseconds; on a loaded machine Python takes its time to load."""


@pytest.fixture(scope="module")
def context() -> Iterator[Any]:
    with launched() as browser:
        context = browser.new_context()
        context.set_offline(True)
        yield context


@pytest.fixture(scope="module")
def opened(context: Any) -> Any:
    """Return the page, and what it asked the network for."""
    page = context.new_page()
    page.asked = []
    page.on(
        "request",
        lambda r: page.asked.append(r.url) if not stays_here(r.url) else None,
    )
    page.goto(f"{PAGE.as_uri()}?lang=en")
    return page


def _check(page: Any, source: str, require: str = "") -> str:
    """Put a text into the editor, check it, and return the verdict."""
    page.evaluate(
        "text => { const view = document.querySelector('.cm-content').cmTile?.view"
        " ?? document.querySelector('.cm-content').cmView.view;"
        " view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}}); }",
        source,
    )
    page.fill("#require", require)
    page.click("#check")
    page.wait_for_function("!document.getElementById('check').disabled", timeout=_LONG)
    return str(page.inner_text("#verdict"))


def test_a_right_engine_passes(opened: Any) -> None:
    verdict = _check(opened, SOLUTION, "+ * tanh")
    assert verdict.startswith("PASS")
    assert "10 of 10 operations judged" in verdict
    assert opened.locator(".fault:not(.warning)").count() == 0


def test_a_mistake_is_told_at_its_line_with_its_graph(opened: Any) -> None:
    wrong = SOLUTION.replace("self.grad += (1 - out.data**2)", "self.grad = (1 - out.data**2)")
    assert _check(opened, wrong).startswith("FAIL")
    assert opened.inner_text(".fault h2").lower() == "overwritten gradient in tanh"
    assert opened.inner_text(".fault .line").startswith("line 85: self.grad = ")
    opened.wait_for_selector(".fault figure svg")
    assert "should be" in opened.inner_text(".fault figure")
    assert "assert abs(got" in opened.text_content(".fault details pre")


@pytest.mark.parametrize(
    "mutant",
    [
        m
        for m in MUTANTS
        if m.name in {"tanh forgets the square", "product sets the left gradient only"}
    ],
    ids=lambda m: str(m.name),
)
def test_mutants_are_named_as_they_are_natively(opened: Any, mutant: Any, tmp_path: Path) -> None:
    source = mutant.write(tmp_path).read_text(encoding="utf-8")
    assert _check(opened, source).startswith("FAIL")
    assert mutant.kind in opened.inner_text(".fault h2").lower()


def test_what_is_required_and_missing_is_a_fault(opened: Any) -> None:
    assert _check(opened, SOLUTION.replace("def tanh", "def tahn"), "tanh").startswith("FAIL")
    assert "missing operation" in opened.inner_text("#faults").lower()


def test_an_endless_loop_is_ended_with_its_program_and_the_page_lives_on(opened: Any) -> None:
    hangs = SOLUTION.replace("    def exp(self):", "    def exp(self):\n        while True: pass")
    assert _check(opened, hangs).startswith("FAIL")
    assert "hang" in opened.inner_text("#faults").lower()
    assert "exp()" in opened.inner_text("#faults")
    assert _check(opened, SOLUTION).startswith("PASS")


def test_what_ends_the_interpreter_is_told_and_a_new_one_is_started(opened: Any) -> None:
    verdict = _check(opened, f"import os\nos._exit(3)\n{SOLUTION}")
    assert "the interpreter" in verdict.lower()
    assert _check(opened, SOLUTION).startswith("PASS")


def test_a_text_that_is_no_python_is_told(opened: Any) -> None:
    assert "NOT CHECKED" in _check(opened, "class Value(")


def test_what_was_written_is_kept_and_can_be_shared(context: Any, opened: Any) -> None:
    _check(opened, "# mine\nclass Value: pass\n")
    opened.click("#share")
    opened.wait_for_function("location.hash.includes('code=')")
    again = context.new_page()
    again.goto(opened.url)
    again.wait_for_function("document.querySelector('.cm-content').textContent.includes('# mine')")
    again.goto(PAGE.as_uri())
    again.wait_for_function("document.querySelector('.cm-content').textContent.includes('# mine')")
    with again.expect_download() as download:
        again.click("#save")
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("# mine")
    again.close()


def test_the_keyboard_alone_is_enough_in_either_language_and_on_a_narrow_screen(
    context: Any,
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{PAGE.as_uri()}?lang=es#start=solved")
    assert page.evaluate("document.documentElement.lang") == "es"
    assert page.inner_text("#check") == "Comprobar"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "document.getElementById('verdict').textContent.startsWith('PASS')", timeout=_LONG
    )
    assert "leyes se cumplen" in page.inner_text("#verdict")
    page.close()


def test_the_page_asked_the_network_for_nothing(opened: Any) -> None:
    assert opened.asked == []
    policy = re.search(r'Security-Policy" content="([^"]*)"', PAGE.read_text(encoding="utf-8"))
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "http" not in policy[1]
