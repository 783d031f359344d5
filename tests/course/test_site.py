"""The built site, walked through in Chromium: `tox -e site`.

Without a built site, Playwright and a Chromium there is nothing to walk: then this says so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.course.chromium import CHROMIUM, launched, stays_here

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
AXE = ROOT / "docs/node_modules/axe-core/axe.min.js"

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(
    not (SITE / "index.html").is_file() or CHROMIUM is None or not AXE.is_file(),
    reason="needs a built site and a Chromium: tox -e site",
)

PAGES = sorted(
    str(page.relative_to(SITE))
    for page in SITE.rglob("*.html")
    if page.name != "404.html" and "assets" not in page.parts
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


class Page:
    """A page of the site, opened from the disk; notes what goes out and what goes wrong."""

    def __init__(self, browser: Any, name: str, width: int = 1100) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._note)
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto((SITE / name).as_uri())
        self.page.wait_for_load_state("load")

    def _note(self, request: Any) -> None:
        if not stays_here(request.url):
            self.requests.append(request.url)


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_machine_and_nothing_goes_wrong(browser: Any, name: str) -> None:
    page = Page(browser, name)
    page.page.wait_for_timeout(100)
    page.page.close()
    assert (page.requests, page.errors) == ([], [])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_on_a_narrow_screen(browser: Any, name: str) -> None:
    page = Page(browser, name, width=360).page
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert width <= 360


@pytest.mark.parametrize("name", ["index.html", "quiz.html", "es/theory/02-op-derivatives.html"])
def test_axe_finds_no_serious_fault_of_accessibility(browser: Any, name: str) -> None:
    page = Page(browser, name).page
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run(document.querySelector('article'))")
    page.close()
    serious = [
        (v["id"], v["nodes"][0]["html"])
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("es/")])
def test_the_switch_of_languages_keeps_the_page(browser: Any, name: str) -> None:
    page = Page(browser, name).page
    page.click("p.switch a")
    page.wait_for_load_state("load")
    assert page.url == (SITE / "es" / name).as_uri()
    assert page.evaluate("document.documentElement.lang") == "es"
    page.click("p.switch a")
    page.wait_for_load_state("load")
    assert page.url == (SITE / name).as_uri()
    page.close()


def test_the_states_of_a_graph_are_clicked_through(browser: Any) -> None:
    page = Page(browser, "theory/03-worked-backprop.html").page
    figure = page.locator("figure.graph").first
    states = figure.locator(".frame").count()
    assert states == 5  # after the forward sweep, then each of four rules
    assert "grad 0" in figure.locator(".frame:not([hidden])").inner_text()
    for _ in range(states - 1):
        figure.locator("button.next").click()
    assert figure.locator("button.next").is_disabled()
    shown = figure.locator(".frame:not([hidden])").inner_text()
    assert all(grad in shown for grad in ("grad 4", "grad -4", "grad -12"))
    page.close()


@pytest.mark.parametrize(
    ("name", "passed", "failed"),
    [("quiz.html", "passed", "not passed yet"), ("es/quiz.html", "aprobado", "todavía no")],
)
def test_the_quiz_is_taken_scored_and_kept(
    browser: Any, name: str, passed: str, failed: str
) -> None:
    page = Page(browser, name).page
    items = page.evaluate("JSON.parse(document.getElementById('quiz-items').textContent)")
    page.click("#quiz button[type=submit]")
    assert failed in page.locator("#quiz .verdict").inner_text()
    for item in items:
        if item["kind"] == "free":
            page.fill(f"#{item['id']} input", f"({item['answer']}) * 1")
        for index, choice in enumerate(item["choices"]):
            if choice["right"]:
                page.check(f"#{item['id']} input[value='{index}']")
    page.click("#quiz button[type=submit]")
    told = page.locator("#quiz .verdict").inner_text()
    assert told.endswith(passed)
    assert f"{len(items)} " in told
    page.fill("#q-07-20 input", "20")
    page.click("#quiz button[type=submit]")
    assert "theory/03-worked-backprop" in page.locator("#quiz .result").inner_text()
    page.reload()
    assert page.input_value("#q-07-20 input") == "20"
    page.close()


def test_a_search_finds_pages_in_the_reader_s_language_only(browser: Any) -> None:
    page = Page(browser, "es/index.html").page
    page.locator(".md-search__input").click()
    page.keyboard.type("retropropagacion", delay=25)
    page.wait_for_selector(".md-search-result__link")
    links = page.locator(".md-search-result__link").evaluate_all("all => all.map(a => a.href)")
    page.close()
    assert links
    assert all("/es/" in link for link in links)


def test_nothing_in_the_pages_names_another_place_to_load_from() -> None:
    for name in PAGES:
        text = (SITE / name).read_text(encoding="utf-8")
        assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?|png)', text), (
            name
        )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("lab/00-value-skeleton.html", "My Value: one number that remembers"),
        ("solution/00-value-skeleton.html", "stack.append((node, True))"),
        ("solution/01-implement-ops.html", "def __rtruediv__(self, other):"),
        ("solution/02-train-xor.html", "p.data -= learning_rate * p.grad"),
    ],
)
@pytest.mark.parametrize("language", ["", "es/"])
def test_the_files_of_labs_and_solutions_stand_in_their_pages(
    browser: Any, language: str, name: str, line: str
) -> None:
    page = Page(browser, language + name).page
    text = page.evaluate("document.body.textContent")
    page.close()
    assert line in text
