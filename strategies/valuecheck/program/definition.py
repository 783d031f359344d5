"""Primitives that a user defines by a formula: `softplus(x) = log(1 + exp(x))`.

The formula becomes a program of primitives that are known. Its primal is that program's output; its
partials are found by forward mode, from the partials of the rows it is made of.
"""

from __future__ import annotations

import ast
import math
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, Operand, Step
from valuecheck.program.primitives import PRIMITIVES, Primitive, defined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from valuecheck.program.arithmetic import Arithmetic

__all__ = ["BadDefinitionError", "defining", "primitive_of", "program_of"]

_OPERATORS: Final[dict[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.USub: "neg",
    ast.UAdd: "pos",
}

_NUMBERS: Final = {"pi": math.pi, "e": math.e}

_EXAMPLE: Final = "'softplus(x) = log(1 + exp(x))'"


class BadDefinitionError(ValueError):
    """A definition of a primitive cannot be understood."""


def primitive_of(definition: str) -> Primitive:
    """Return the row of a primitive that is defined by a formula.

    Args:
        definition: "NAME(x) = FORMULA" or "NAME(x, y) = FORMULA": a formula of the operands,
            numbers, `+ - * / **`, pi, e, and the functions of the table, as in `exp(x)`.

    Raises `BadDefinitionError`, saying what is not understood.
    """
    head, equals, formula = definition.partition("=")
    if not equals:
        raise BadDefinitionError(f"{definition!r} is no definition, as {_EXAMPLE} is one")
    name, operands = _head(head.strip())
    program = program_of(formula.strip(), operands)
    if not program.steps or not all(program.live()[: len(operands)]):
        raise BadDefinitionError(f"{formula.strip()!r} does not use every operand")
    return _row(name, program, len(operands))


def program_of(formula: str, operands: Sequence[str]) -> Expression:
    """Return the program that a formula stands for; its leaves are the operands, in their order.

    Raises `BadDefinitionError`, saying what is not understood, and for a formula that computes
    nothing from its operands.
    """
    return _Reader(operands).read(formula)


@contextmanager
def defining(definitions: Iterable[str]) -> Iterator[None]:
    """Have the primitives of some definitions in the table until the end of this.

    A formula may use those that are defined before it.

    Raises `BadDefinitionError` for one that cannot be understood.
    """
    with ExitStack() as stack:
        for definition in definitions:
            stack.enter_context(defined([primitive_of(definition)]))
        yield


def _head(text: str) -> tuple[str, list[str]]:
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError:
        call = ast.Constant(None)
    if not (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and not call.keywords
        and all(isinstance(operand, ast.Name) for operand in call.args)
    ):
        raise BadDefinitionError(f"{text!r} is not NAME(x) or NAME(x, y), as in {_EXAMPLE}")
    name, operands = call.func.id, [ast.unparse(operand) for operand in call.args]
    if not 1 <= len(operands) <= 2 or len(set(operands)) < len(operands):  # noqa: PLR2004
        raise BadDefinitionError(f"{text!r}: a primitive has one operand or two, each once")
    if name in PRIMITIVES and PRIMITIVES[name].standard:
        raise BadDefinitionError(f"{name} is known already, and cannot be defined anew")
    return name, operands


class _Reader:
    """Turns a formula into a program whose leaves are the operands."""

    def __init__(self, operands: Sequence[str]) -> None:
        self._nodes = {name: number for number, name in enumerate(operands)}
        self._leaves = len(operands)
        self._steps: list[Step] = []

    def read(self, formula: str) -> Expression:
        try:
            tree = ast.parse(formula, mode="eval").body
        except (SyntaxError, ValueError, RecursionError) as error:
            raise BadDefinitionError(f"{formula!r} is no formula: {error}") from error
        output = self._read(tree)
        if isinstance(output, Constant) or not self._steps or output < self._leaves:
            raise BadDefinitionError(f"{formula!r} computes nothing from its operands")
        return Expression((1.0,) * self._leaves, tuple(self._steps))

    def _read(self, tree: ast.expr) -> Operand:
        if isinstance(tree, ast.Constant) and type(tree.value) in {int, float}:
            return _constant(tree.value, ast.unparse(tree))
        if isinstance(tree, ast.Name) and tree.id in self._nodes:
            return self._nodes[tree.id]
        if isinstance(tree, ast.Name) and tree.id in _NUMBERS:
            return Constant(_NUMBERS[tree.id])
        if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
            return self._apply(_OPERATORS[type(tree.op)], [tree.left, tree.right])
        if isinstance(tree, ast.UnaryOp) and type(tree.op) in _OPERATORS:
            return self._apply(_OPERATORS[type(tree.op)], [tree.operand])
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
            name = tree.func.id
            if name in PRIMITIVES and PRIMITIVES[name].arity == len(tree.args):
                return self._apply(name, tree.args)
        functions = " ".join(symbol for symbol in PRIMITIVES if symbol.isidentifier())
        raise BadDefinitionError(
            f"{ast.unparse(tree)!r} is not understood: a formula has its operands "
            f"({' '.join(self._nodes)}), numbers, pi, e, + - * / ** and the functions {functions}"
        )

    def _apply(self, symbol: str, trees: Sequence[ast.expr]) -> Operand:
        operands = [self._read(tree) for tree in trees]
        numbers = [o.value for o in operands if isinstance(o, Constant)]
        if len(numbers) == len(operands):
            try:
                return _constant(PRIMITIVES[symbol].primal(FLOATS, *numbers), f"{symbol} {numbers}")
            except (ArithmeticError, ValueError, TypeError) as error:
                raise BadDefinitionError(f"{symbol} of {numbers} is no number: {error}") from error
        if symbol == "**":
            kinds = [isinstance(operand, Constant) for operand in operands]
            symbol = "c**x" if kinds[0] else "**" if kinds[1] else "x**y"
        elif numbers and "either" not in PRIMITIVES[symbol].operands:
            raise BadDefinitionError(f"{symbol} takes no plain number, and {numbers[0]} is one")
        self._steps.append(Step(symbol, tuple(operands)))
        return self._leaves + len(self._steps) - 1


def _constant(number: Any, written: str) -> Constant:
    try:
        value = float(number)
    except (OverflowError, TypeError) as error:
        raise BadDefinitionError(f"{written} is no number that a float holds") from error
    if not math.isfinite(value):
        raise BadDefinitionError(f"{written} is no finite number")
    return Constant(value)


def _row(name: str, program: Expression, arity: int) -> Primitive:
    rows = [PRIMITIVES[symbol] for symbol, _ in program.steps]

    def nodes(m: Arithmetic, operands: Sequence[Any]) -> list[Any]:
        return program.replay(list(operands), lambda symbol, given: table[symbol].primal(m, *given))

    def partial(position: int, m: Arithmetic, operands: Sequence[Any]) -> Any:
        """Return the tangent of the output when that operand has the tangent 1."""
        primals = nodes(m, operands)
        tangents: list[Any] = [1.0 if leaf == position else None for leaf in range(arity)]
        for row, (_, given), result in zip(rows, program.steps, primals[arity:], strict=True):
            numbers = [o.value if isinstance(o, Constant) else primals[o] for o in given]
            total = None
            for operand, partial_of in zip(given, row.partials, strict=True):
                tangent = None if isinstance(operand, Constant) else tangents[operand]
                if tangent is not None:
                    share = partial_of(m, result, *numbers) * tangent
                    total = share if total is None else total + share
            tangents.append(total)
        return tangents[-1]

    def everywhere(asked: str, operands: Sequence[float]) -> bool:
        """Return whether all rows say yes on the way, and every number there is finite."""
        try:
            primals = nodes(FLOATS, operands)
        except (ArithmeticError, ValueError):
            return False
        return all(map(math.isfinite, primals)) and all(
            getattr(row, asked)(
                *(o.value if isinstance(o, Constant) else primals[o] for o in given)
            )
            for row, (_, given) in zip(rows, program.steps, strict=True)
        )

    table = {row.symbol: row for row in rows}  # as it is now
    return Primitive(
        name,
        ("node",) if arity == 1 else ("node", "node"),
        "{0}." + name + ("()" if arity == 1 else "({1})"),
        methods=(name,),
        primal=lambda m, *operands: nodes(m, operands)[-1],
        partials=tuple(
            lambda m, _out, *operands, position=position: partial(position, m, operands)
            for position in range(arity)
        ),
        domain=lambda *operands: everywhere("domain", operands),
        tame=lambda *operands: everywhere("tame", operands),
        kink=any(row.kink for row in rows),
        standard=False,
    )
