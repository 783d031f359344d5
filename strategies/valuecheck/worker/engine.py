"""A class that has been bound: how leaves are made, operations applied, sweeps run."""

from __future__ import annotations

import operator
import os
import sys
from typing import Any, Callable, Sequence

from .numbers import shown
from .raising import DetachedError

__all__ = ["AUGMENTED", "OPERATORS", "Bound", "files_of"]

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "x**y": operator.pow,
    "c**x": operator.pow,
    "neg": operator.neg,
    "pos": operator.pos,
    "abs": abs,
}
"""The primitives that Python has an operator for."""

AUGMENTED: dict[str, Callable[..., Any]] = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "**=": operator.ipow,
}
"""What else may be asked for as a step: `y = x; y += z`."""


def files_of(cls: type, *files: str) -> Callable[[str], bool]:
    """Return what says whether a file is the engine's own: beside the class, not in a library."""
    named = {getattr(sys.modules.get(c.__module__), "__file__", None) for c in cls.__mro__[:-1]}
    codes = {
        found.__code__.co_filename
        for c in cls.__mro__[:-1]
        for found in vars(c).values()
        if hasattr(found, "__code__")
    }
    own = {file for file in (*named, *codes, *files) if file}
    folders = tuple(
        os.path.dirname(os.path.abspath(file)) + os.sep for file in own if os.path.isabs(file)
    )

    def is_own(file: str) -> bool:
        if file in own:
            return True
        return any(
            file.startswith(folder) and "site-packages" not in file[len(folder) :]
            for folder in folders
        )

    return is_own


class Bound:
    """An engine that is ready to be asked.

    Attributes:
        cls: the class.
        make: makes a leaf from a number.
        data: reads the primal of a node.
        grad: reads the adjoint of a node.
        sweep: runs the reverse sweep from a node.
        set_data: sets the primal of a node.
        set_grad: sets the adjoint of a node.
        operations: by symbol, the function that applies it.
        spellings: by symbol, how it is written; also "leaf", "data", "grad" and "backward".
        sides: by symbol, the sides where a plain number may stand.
        refused_numbers: of "int" and "bool", the types that it does not take beside a node.
        exponents: "any", "integers", or those that are taken.
        unsupported: by name of a form, why this engine does not have it.
        broken: by name of a form, how it fails on its simplest use, as the protocol has errors.
        near_misses: hints at names that nearly are those Python looks for.
        made_of: by symbol, the other primitives that it calls to do its work.
        names: what was bound to what, for the report.
        own: says whether a file is the engine's own.
        rows: by symbol, the row of the judge's table of primitives.
    """

    def __init__(
        self, cls: type, own: Callable[[str], bool], rows: dict[str, dict[str, Any]]
    ) -> None:
        self.cls = cls
        self.own = own
        self.rows = rows
        self.make: Callable[[Any], Any] = cls
        self.data: Callable[[Any], Any]
        self.grad: Callable[[Any], Any]
        self.sweep: Callable[[Any], Any] = lambda _node: None
        self.set_data: Callable[[Any, float], None]
        self.set_grad: Callable[[Any, float], None]
        self.operations: dict[str, Callable[..., Any]] = {}
        self.spellings: dict[str, str] = {}
        self.sides: dict[str, list[str]] = {}
        self.exponents: Any = "any"
        self.refused_numbers: list[str] = []
        self.unsupported: dict[str, str] = {}
        self.broken: dict[str, dict[str, Any]] = {}
        self.near_misses: list[str] = []
        self.made_of: dict[str, list[str]] = {}
        self.names: dict[str, str] = {}

    def apply(self, symbol: str, operands: Sequence[Any]) -> Any:
        """Apply a primitive to nodes and plain numbers.

        Raises whatever the engine raises, and `DetachedError` when the result is not a node.
        """
        function = self.operations.get(symbol) or AUGMENTED[symbol]
        return self.checked(symbol, function(*operands))

    def checked(self, name: str, result: Any) -> Any:
        """Return what an operation gave; raises `DetachedError` when it is not a node."""
        if not isinstance(result, self.cls) and not self._is_node(result):
            raise DetachedError(name, result, shown(result))
        return result

    def _is_node(self, result: Any) -> bool:
        # Some engines give each operation a class of its own.
        if isinstance(result, (int, float, complex, str, type(None))):
            return False
        try:
            self.data(result)
        except AttributeError:
            return False
        return True

    def holds(self, node: Any, operands: Sequence[Any]) -> list[int]:
        """Return the positions of those operands that a node has among what it refers to."""
        names = [*getattr(node, "__dict__", ()), *getattr(type(node), "__slots__", ())]
        held: list[Any] = []
        for name in names:
            found = getattr(node, name, None)
            held += found if isinstance(found, (set, frozenset, tuple, list)) else [found]
        return [i for i, operand in enumerate(operands) if any(h is operand for h in held)]

    def places(self) -> dict[str, str]:
        """Return by symbol, by symbol and " left", and of "backward", where the function begins.

        As "file:line"; those written in another language than Python have none.
        """
        found = {}
        for symbol, row in self.rows.items():
            for key, dunder in ((symbol, row["dunder"]), (f"{symbol} left", row["reflected"])):
                code = getattr(self._function(symbol, dunder), "__code__", None)
                if symbol in self.operations and code is not None:
                    found[key] = f"{code.co_filename}:{code.co_firstlineno}"
        sweep = self.spellings.get("backward", "")[4:].partition("(")[0]
        code = getattr(getattr(self.cls, sweep or "backward", None), "__code__", None)
        if code is not None:
            found["backward"] = f"{code.co_filename}:{code.co_firstlineno}"
        return found

    def _function(self, symbol: str, dunder: str) -> Any:
        function: Any = self.operations.get(symbol)
        spelling = self.spellings.get(symbol, "")
        if function is not None and function is OPERATORS.get(symbol):
            function = getattr(self.cls, dunder, None) if dunder else None
        elif spelling.startswith("{0}.") and "(" in spelling:
            function = getattr(self.cls, spelling[4:].partition("(")[0], None)
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        return function
