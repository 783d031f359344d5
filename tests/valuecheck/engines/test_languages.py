"""Engines in other languages, behind the protocol: right ones pass, wrong ones are named."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.valuecheck.command import report

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

LANGUAGES = {
    "JavaScript": ("engine.mjs", "node"),
    "C": ("engine.c", "cc"),
}

MUTANTS: dict[str, dict[str, tuple[str, str, str, str | None]]] = {
    "JavaScript": {
        "a product exchanges its partials": (
            "[a, b], [b.data, a.data]",
            "[a, b], [a.data, b.data]",
            "wrong operand",
            "*",
        ),
        "a difference adds": ("[a, b], [1, -1]", "[a, b], [1, 1]", "wrong partial", "-"),
        "gradients are set": ("operand.grad += ", "operand.grad = ", "overwritten gradient", None),
        "tanh forgets the square": (
            "1 - Math.tanh(a.data) ** 2",
            "1 - Math.tanh(a.data)",
            "wrong partial",
            "tanh",
        ),
        "the sweep goes from the leaves up": (
            "order.reverse()",
            "order",
            "wrong order",
            None,
        ),
        "log adds a little": ("Math.log(a.data)", "Math.log(a.data + 1e-3)", "wrong value", "log"),
        "exp hands on nothing": (
            "[Math.exp(a.data)]),",
            "[0]),",
            "missing gradient",
            "exp",
        ),
    },
    "C": {
        "a product exchanges its partials": (
            "node(x * y, i, y, j, x)",
            "node(x * y, i, x, j, y)",
            "wrong operand",
            "*",
        ),
        "a difference adds": (
            "node(x - y, i, 1.0, j, -1.0)",
            "node(x - y, i, 1.0, j, 1.0)",
            "wrong partial",
            "-",
        ),
        "gradients are set": (
            ".grad += tape[i].partial",
            ".grad = tape[i].partial",
            "overwritten gradient",
            None,
        ),
        "tanh forgets the square": ("1.0 - z * z", "1.0 - z", "wrong partial", "tanh"),
        "log adds a little": ("node(log(x)", "node(log(x + 1e-3)", "wrong value", "log"),
        "exp hands on nothing": (
            "node(z, i, z, -1",
            "node(z, i, 0.0, -1",
            "missing gradient",
            "exp",
        ),
    },
}


def _target(language: str, source: str, folder: Path) -> str:
    """Return the target for an engine's source, built in a folder."""
    name, tool = LANGUAGES[language]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    file = folder / name
    file.write_text(source, encoding="utf-8")
    if language == "JavaScript":
        return f"command:node {file}"
    program = folder / "engine"
    subprocess.run(["cc", "-O1", "-o", program, file, "-lm"], check=True)  # noqa: S603, S607
    return f"command:{program}"


def _source(language: str) -> str:
    return (EXAMPLES / LANGUAGES[language][0]).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_engine_in_another_language_passes(language: str, tmp_path: Path) -> None:
    status, document = report(_target(language, _source(language), tmp_path))
    (target,) = document["targets"]
    assert (status, target["faults"]) == (0, [])
    assert sum(law["outcome"] == "held" for law in target["laws"]) > 70
    assert all(limit["reached"] for limit in target["limits"])


@pytest.mark.parametrize(
    ("language", "name"), [(each, name) for each, rows in MUTANTS.items() for name in rows]
)
def test_a_wrong_engine_in_another_language_is_named_as_its_twin_is(
    language: str, name: str, tmp_path: Path
) -> None:
    old, new, kind, primitive = MUTANTS[language][name]
    source = _source(language)
    assert old in source
    target = _target(language, source.replace(old, new), tmp_path)
    families = "primitives or alone or adds or diamond or balls or multiplies"
    status, document = report("-k", families, target)
    faults = [(f["kind"], f["primitive"]) for f in document["targets"][0]["faults"]]
    assert status == 1
    assert (kind, primitive) in faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_answer_as_the_protocol_says(language: str, tmp_path: Path) -> None:
    command = _target(language, _source(language), tmp_path).removeprefix("command:").split()
    program = {"leaves": [2, 3.0], "steps": [["*", 0, 1], ["+", 2, {"constant": 1.0}]]}
    asked: list[Any] = [
        {"id": 1, **program, "then": [["backward", 3], ["read"]]},
        [{"id": 2, **program, "then": []}, {"id": 3, "leaves": ["inf"], "steps": [], "then": []}],
        {"id": 4, "leaves": ["-inf", 0.5], "steps": [], "then": [["read"], ["no such thing"]]},
    ]
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)  # noqa: S603
    hello, one, several, unknown = map(json.loads, done.stdout.splitlines())
    assert hello["valuecheck"] == 1
    assert one["got"] == [{"data": [2, 3, 6, 7], "grad": [3, 2, 1, 1]}]
    assert [answer["id"] for answer in several] == [2, 3]
    assert unknown["got"][0]["data"] == ["-inf", 0.5]
    assert (unknown["error"]["at"], unknown["error"]["type"]) == (["then", 1], "unknown")
