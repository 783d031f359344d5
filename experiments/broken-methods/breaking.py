"""Ways of breaking a method by accident, as edits of the syntax tree."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["WAYS", "Broken", "every_break"]

_NOT_OPERATIONS = {"__init__", "__repr__", "__hash__", "__eq__"}


class Broken(NamedTuple):
    """An engine with one method broken.

    Attributes:
        way: how, a key of `WAYS`.
        function: which method.
        source: the whole text of the engine.
    """

    way: str
    function: str
    source: str


def _typo(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        node.attr += "s"
        return True
    return False


def _wrong_name(node: ast.AST) -> bool:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and len(node.id) > 1:
        node.id = node.id.capitalize() if node.id.islower() else node.id.lower()
        return True
    return False


def _not_imported(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "math":
        node.value = ast.Name("maths", ast.Load())
        return True
    return False


def _whole_node(node: ast.AST) -> bool:
    """`self.data` becomes `self` where it is computed with."""
    for name, child in ast.iter_fields(node):
        children = child if isinstance(child, list) else [child]
        for index, value in enumerate(children):
            if (
                isinstance(value, ast.Attribute)
                and isinstance(value.ctx, ast.Load)
                and value.attr in {"data", "value"}
                and isinstance(value.value, ast.Name)
                and isinstance(node, (ast.BinOp, ast.Call, ast.UnaryOp, ast.Compare))
            ):
                if isinstance(child, list):
                    child[index] = value.value
                else:
                    setattr(node, name, value.value)
                return True
    return False


def _no_return(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    if isinstance(node, ast.FunctionDef) and isinstance(body, list):
        for index, statement in enumerate(body):
            if isinstance(statement, ast.Return) and statement.value is not None:
                body[index] = ast.Expr(statement.value)
                return True
    return False


def _in_a_list(node: ast.AST) -> bool:
    """What is stored in the new node becomes a list of it."""
    called = getattr(getattr(node, "func", None), "id", "")
    if isinstance(node, ast.Call) and called in {"Value", "Variable", "_record"} and node.args:
        node.args[0] = ast.List([node.args[0]], ast.Load())
        return True
    return False


def _as_text(node: ast.AST) -> bool:
    called = getattr(getattr(node, "func", None), "id", "")
    if isinstance(node, ast.Call) and called in {"Value", "Variable", "_record"} and node.args:
        node.args[0] = ast.Call(ast.Name("str", ast.Load()), [node.args[0]], [])
        return True
    return False


def _only_the_number(node: ast.AST) -> bool:
    """`return Value(number, ...)` becomes `return number`."""
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Call) and node.value.args:
        node.value = node.value.args[0]
        return True
    return False


def _minus(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult)):
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Div()
        return True
    return False


def _plain_equals(node: ast.AST) -> bool:
    for name in ("body", "orelse"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            for index, statement in enumerate(body):
                if isinstance(statement, ast.AugAssign):
                    target = copy.deepcopy(statement.target)
                    body[index] = ast.Assign([target], statement.value, lineno=statement.lineno)
                    return True
    return False


def _left_out(node: ast.AST) -> bool:
    """A line of the method is missing."""
    body = getattr(node, "body", None)
    if isinstance(node, ast.FunctionDef) and isinstance(body, list) and len(body) > 1:
        for index, statement in enumerate(body):
            if isinstance(statement, (ast.Assign, ast.AugAssign)):
                body[index] = ast.Pass()
                return True
    return False


WAYS: dict[str, Callable[[ast.AST], bool]] = {
    "a typo in an attribute": _typo,
    "a typo in a name": _wrong_name,
    "a missing import": _not_imported,
    "a missing .data": _whole_node,
    "a missing return": _no_return,
    "a list is stored": _in_a_list,
    "a text is stored": _as_text,
    "a number is returned": _only_the_number,
    "another operator": _minus,
    "= for +=": _plain_equals,
    "a missing line": _left_out,
}
"""By name, an edit of one node of the syntax tree in place; it says whether it could be made."""


def every_break(source: str) -> Iterator[Broken]:
    """Yield the text of an engine with each of its methods broken in each way, at each place.

    A method that others rely on is also left out.
    """
    tree = ast.parse(source)
    functions = [
        (index, node)
        for index, node in enumerate(ast.walk(tree))
        if isinstance(node, ast.FunctionDef) and node.name not in _NOT_OPERATIONS
    ]
    for index, function in functions:
        for way, edit in WAYS.items():
            for place, node in enumerate(ast.walk(function)):
                if not edit(copy.deepcopy(node)):
                    continue
                changed = copy.deepcopy(tree)
                edit(list(ast.walk(list(ast.walk(changed))[index]))[place])
                yield Broken(way, function.name, ast.unparse(ast.fix_missing_locations(changed)))
        changed = copy.deepcopy(tree)
        for holder in ast.walk(changed):
            body = getattr(holder, "body", None)
            if isinstance(body, list):
                holder.body = [  # type: ignore[attr-defined]
                    node for node in body if getattr(node, "name", "") != function.name
                ] or [ast.Pass()]
        yield Broken("a method is left out", function.name, ast.unparse(changed))
