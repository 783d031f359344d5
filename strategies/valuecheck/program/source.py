"""Printing Python: how a program, a sweep, a reading and an assertion are written for an engine."""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.program.expression import spell_number
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuecheck.program.expression import Expression

__all__ = ["Source", "assertion"]


class Source:
    """How one engine is written in Python.

    Attributes:
        class_name: its class.
        spellings: by symbol, how it writes a primitive, where not as usual; also "leaf", "data",
            "grad" and "backward".
        module: where the class can be imported from.
        importable: whether it can be imported at all; it cannot out of a notebook.
        search_path: the folder that must be on sys.path for that, if any.
    """

    def __init__(
        self,
        class_name: str = "Value",
        spellings: Mapping[str, str] | None = None,
        *,
        module: str = "",
        importable: bool = True,
        search_path: str | None = None,
    ) -> None:
        self.class_name = class_name
        self.spellings: dict[str, str] = {
            "leaf": f"{class_name}({{0}})",
            "data": "{0}.data",
            "grad": "{0}.grad",
            "backward": "{0}.backward()",
            **{symbol: row.spelling for symbol, row in PRIMITIVES.items()},
            **(spellings or {}),
        }
        self.module = module
        self.importable = importable
        self.search_path = search_path

    def leaf(self, name: str, number: float) -> str:
        """Return the line that makes a leaf."""
        return f"{name} = {self.spellings['leaf'].format(spell_number(number))}"

    def lines(self, expression: Expression) -> list[str]:
        """Return the lines that build an expression, one for each node."""
        lines = [
            self.leaf(expression.name(node), leaf) for node, leaf in enumerate(expression.leaves)
        ]
        for node, (symbol, operands) in enumerate(expression.steps, len(expression.leaves)):
            texts = [
                expression.name(o) if isinstance(o, int) else _spell_constant(o.value)
                for o in operands
            ]
            lines.append(f"{expression.name(node)} = {self.spellings[symbol].format(*texts)}")
        return lines

    def sweep(self, expression: Expression, node: int | None = None) -> str:
        """Return the line that sweeps from a node, the output unless told otherwise."""
        name = expression.name(expression.output if node is None else node)
        return self.spellings["backward"].format(name)

    def read(self, quantity: str, expression: Expression, node: int) -> str:
        """Return what reads the `quantity` "data" or "grad" of a node."""
        return self.spellings[quantity].format(expression.name(node))

    def question(self, expression: Expression, then: Sequence[tuple[Any, ...]]) -> list[str]:
        """Return the lines that build an expression and do what is asked of it."""
        lines, node = self.lines(expression), len(expression)

        def name(number: int) -> str:
            return expression.name(number) if number < len(expression) else f"v{number}"

        for what, *given in then:
            if what == "backward":
                lines.append(self.spellings["backward"].format(name(given[0])))
            elif what == "set":
                read = self.spellings[given[0]].format(name(given[1]))
                lines.append(f"{read} = {spell_number(given[2])}")
            elif what == "leaf":
                lines.append(self.leaf(f"v{node}", given[0]))
                node += 1
            elif what == "step" and given[0] in self.spellings:
                texts = [
                    name(o) if isinstance(o, int) else _spell_constant(o.value) for o in given[1:]
                ]
                lines.append(f"v{node} = {self.spellings[given[0]].format(*texts)}")
                node += 1
        return lines

    def imports(self, program: str) -> list[str]:
        """Return the lines that import the class, and functions beside it that are used."""
        name = self.class_name
        functions = set(re.findall(r"(?<![.\w])([A-Za-z_]\w*)\(", program)) - {
            name,
            *dir(builtins),
        }
        names = ", ".join([name, *sorted(functions)])
        if not self.module:
            return [f"# on an engine called {name}"]
        if not self.importable:
            return [f"# after the cells of the notebook that define {names}"]
        lines = [f"from {self.module} import {names}"]
        if self.search_path is not None:
            folder = str(Path(self.search_path).resolve())
            lines[:0] = ["import sys", "", f"sys.path.insert(0, {folder!r})"]
        return lines


def _spell_constant(number: float) -> str:
    # -2 ** x would be read as -(2 ** x)
    text = spell_number(number)
    return f"({text})" if text.startswith("-") else text


def assertion(read: str, middle: float, radius: float) -> str:
    """Return the Python that asserts that the number which `read` gives lies in a ball."""
    if not radius:
        return f"assert {read} == {middle!r}, {read}"
    return f"assert abs({read} - {middle!r}) <= {radius!r}, {read}"
