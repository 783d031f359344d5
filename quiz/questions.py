"""A quiz: its items, and the judgement of answers.

A free answer is a formula. It is right when its value and its derivatives by every variable are
those of the key, at several points, as dual numbers have them: no matching of strings.
"""

from __future__ import annotations

import math
import random
import textwrap
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.definition import BadDefinitionError, program_of
from valuecheck.program.expression import Expression
from valuecheck.truth.oracles.dual_number import replay_dual

__all__ = ["LANGUAGES", "TO_PASS", "Choice", "Item", "is_right", "items", "schema"]

HERE = Path(__file__).resolve().parent
SOLUTION = HERE.parent / "docs/course/solution/my_scalar.py"
LANGUAGES = ("en", "es")
TO_PASS = 0.7

_LINE = {"en": "A right rule stands there.", "es": "Ahí hay una línea correcta."}
_POINTS = 5
_CLOSE = 1e-9


class Choice(msgspec.Struct, frozen=True):
    """A choice, in both languages; a wrong one with the misconception it stands for."""

    text: dict[str, str]
    right: bool
    why: dict[str, str] = {}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item.

    Attributes:
        id: "q-07-01".
        kind: single choice, multiple choice, or free.
        page: the page of the course that mends a wrong answer.
        text: the question, by language.
        code: an engine to look at, "" without.
        choices: in the order in which they are shown.
        answer: the key of a free item, a formula.
        variables: of that formula.
    """

    id: str
    kind: Literal["single", "multiple", "free"]
    page: str
    text: dict[str, str]
    code: str = ""
    choices: list[Choice] = []
    answer: str = ""
    variables: list[str] = []


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item as the file has it."""

    id: str
    kind: Literal["single", "multiple", "free"]
    page: str
    en: str
    es: str
    right: list[tuple[str, str]] = []
    wrong: list[tuple[str, str, str, str]] = []
    answer: str = ""
    variables: list[str] = []
    engine: tuple[str, str] | None = None
    around: str = ""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a quiz file."""
    return msgspec.json.schema(list[_Written])


def items(number: str = "07") -> list[Item]:
    """Return the items of a quiz."""
    text = (HERE / f"{number}.yaml").read_text(encoding="utf-8")
    return [_item(each) for each in msgspec.convert(yaml.safe_load(text), list[_Written])]


def _item(written: _Written) -> Item:
    choices = [Choice({"en": en, "es": es}, right=True) for en, es in written.right]
    choices += [
        Choice({"en": en, "es": es}, right=False, why={"en": why_en, "es": why_es})
        for en, es, why_en, why_es in written.wrong
    ]
    random.Random(written.id).shuffle(choices)
    code = ""
    if written.engine is not None:
        code, choices = _of_engine(*written.engine, written.around)
    return Item(
        id=written.id,
        kind=written.kind,
        page=written.page,
        text={"en": written.en, "es": written.es},
        code=code,
        choices=choices,
        answer=written.answer,
        variables=written.variables,
    )


def engine_of(right: str, wrong: str) -> str:
    """Return the engine of the course with one line made wrong."""
    source = SOLUTION.read_text(encoding="utf-8")
    assert right in source, right
    return source.replace(right, wrong, 1)


def _of_engine(right: str, wrong: str, around: str) -> tuple[str, list[Choice]]:
    """Return the method that is wrong, and its lines as choices."""
    source = engine_of(right, wrong)
    start = source.index(f"    def {around}(")
    method = textwrap.dedent(source[start:].split("\n\n    def ")[0]).rstrip()
    lines = [line for line in method.splitlines() if line.strip()]
    choices = []
    for line in lines[1:]:
        key = line.strip() == wrong.strip()
        choices.append(
            Choice(dict.fromkeys(LANGUAGES, line.strip()), right=key, why={} if key else _LINE)
        )
    return method, choices


def is_right(item: Item, given: str) -> bool:
    """Return whether a free answer is right.

    Raises `BadDefinitionError` for what is no formula.
    """
    key, answer = _program(item.answer, item.variables), _program(given, item.variables)
    rng = random.Random(item.id)
    for _ in range(_POINTS):
        point = [rng.uniform(0.3, 1.9) for _ in range(len(item.variables) + 1)]
        try:
            wanted, got = _numbers(key, point), _numbers(answer, point)
        except (ArithmeticError, ValueError):
            return False
        if not all(
            math.isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE)
            for a, b in zip(wanted, got, strict=True)
        ):
            return False
    return True


def _program(formula: str, variables: list[str]) -> Expression:
    """Return the program of a formula, made to depend on a variable more: it may be a number."""
    text = formula.replace("^", "**").replace(",", ".").strip()
    if not text:
        raise BadDefinitionError("no answer was given")
    return program_of(f"more + ({text})", ["more", *variables])


def _numbers(program: Expression, point: list[float]) -> list[float]:
    """Return value and derivatives of a formula at a point, by forward mode."""
    placed = Expression(tuple(point), program.steps)
    leaves = range(len(point))
    output = replay_dual(placed, set(leaves), float, FLOATS)[-1]
    return [output.primal, *(output.tangents.get(leaf, 0.0) for leaf in leaves)]
