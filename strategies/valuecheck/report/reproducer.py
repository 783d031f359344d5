"""A fault as a program of its own: a few lines of Python that need nothing of ours."""

from __future__ import annotations

import builtins
import re
from pathlib import Path
from typing import TYPE_CHECKING

from valuecheck.engine import DetachedResultError
from valuecheck.truth.agreement import decides
from valuecheck.truth.ruler import assertion, enclose

if TYPE_CHECKING:
    from valuecheck.engine import Engine
    from valuecheck.fault import Fault
    from valuecheck.program.expression import Expression

__all__ = ["reproducer"]


def reproducer(engine: Engine, fault: Fault) -> str:
    """Return standalone Python that fails on the engine and passes on a right one."""
    expression = fault.expression
    if expression is None:
        return (
            "\n".join([*_imports(engine, fault.story), "", fault.story, ""]) if fault.story else ""
        )
    if fault.complete:
        lines = [fault.story]
    elif fault.quantity == "special value":
        lines = _special(engine, fault, expression)
    else:
        lines = engine.spell(expression)
        if fault.story:
            lines.append(fault.story)
        elif isinstance(fault.error, DetachedResultError):
            # What comes later may take the number that was given in place of a node.
            lines += [
                f"float({engine.spell_read('data', expression, node)} + 0.0)"
                for node, step in enumerate(expression.steps, len(expression.leaves))
                if step.symbol == fault.error.symbol
            ]
        else:
            lines += _checks(engine, fault, expression)
    program = "\n".join(lines)
    return "\n".join([*_imports(engine, program), "", program, ""])


def _special(engine: Engine, fault: Fault, expression: Expression) -> list[str]:
    """Return the lines that fail when the result is the one that is wrong at a special value."""
    *before, last = engine.spell(expression)
    result = engine.spell_read("data", expression, expression.output)
    return [
        *before,
        "try:",
        f"    {last}",
        "except (ArithmeticError, ValueError):",
        "    pass  # to raise would be right",
        "else:",
        f"    assert repr(float({result})) != {repr(float(fault.got))!r}, {result}",
    ]


def _checks(engine: Engine, fault: Fault, expression: Expression) -> list[str]:
    """Return the lines, after those that build the expression, that fail on the engine."""
    grads = [engine.spell_read("grad", expression, n) for n in range(len(expression.leaves))]
    quantity = "data" if fault.quantity == "primal" else "grad"
    lines = [] if fault.quantity == "primal" else [engine.spell_sweep(expression)]
    if fault.node is not None and fault.ball is not None:
        read = engine.spell_read(quantity, expression, fault.node)
        plain = fault.got is None or isinstance(fault.got, (int, float))
        # What is kept in single precision may call itself equal to what it is not.
        lines.append(assertion(read if plain else f"float({read})", fault.ball))
    elif fault.quantity == "type" and fault.node is None:
        lines += [f"float({grad} + 0.0)" for grad in grads]
    elif fault.quantity in {"degree", "slope"}:
        # Some gradient is wrong; the law does not know which.
        balls = zip(grads, enclose(expression).adjoints, strict=False)
        lines += [assertion(grad, ball) for grad, ball in balls if decides(ball)]
    elif fault.node is not None:
        lines.append(f"float({engine.spell_read(quantity, expression, fault.node)} + 0.0)")
    else:
        lines.append(engine.spell_read("data", expression, expression.output))
    return lines


def _imports(engine: Engine, program: str) -> list[str]:
    """Return the lines that import the class, and functions beside it that are used."""
    name = engine.cls.__name__
    functions = set(re.findall(r"(?<![.\w])([A-Za-z_]\w*)\(", program)) - {name, *dir(builtins)}
    names = ", ".join([name, *sorted(functions)])
    if not engine.importable:
        return [f"# after the cells of the notebook that define {names}"]
    lines = [f"from {engine.cls.__module__} import {names}"]
    if engine.search_path is not None:
        folder = str(Path(engine.search_path).resolve())
        lines[:0] = ["import sys", "", f"sys.path.insert(0, {folder!r})"]
    return lines
