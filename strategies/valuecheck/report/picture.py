"""A counterexample as a picture: its graph, and at every node what it holds and should hold.

Wrong nodes have a double border and say so; the guilty edge is thick and labelled: no meaning is
carried by colour alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.program.expression import Expression, Step, spell_number
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CannotDrawError", "picture"]


class CannotDrawError(Exception):
    """What it takes to draw is not installed; the text says what to install."""


def picture(finding: Mapping[str, Any]) -> bytes:
    """Return a finding, or a program that was replayed, as SVG.

    Args:
        finding: a `verdict.Finding` as JSON data; its nodes must not be empty.

    Raises `CannotDrawError` when the graphviz package, or a program that lays out, is missing.
    """
    return _lay_out(_dot(finding))


def _dot(finding: Mapping[str, Any]) -> str:
    try:
        import graphviz  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise CannotDrawError(_ADVICE) from error
    expression = Expression.from_json(finding["expression"])
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "bgcolor": "white", "nodesep": "0.35", "ranksep": "0.6"},
        node_attr={
            "shape": "box",
            "fontname": "Courier",
            "fontsize": "12",
            "margin": "0.12,0.08",
        },
        edge_attr={"fontname": "Courier", "fontsize": "11", "arrowsize": "0.7"},
    )
    leaves = len(expression.leaves)
    for number, node in enumerate(finding["nodes"]):
        wrong = not (node["primal_right"] and node["adjoint_right"])
        label = "\\l".join([_title(expression, number), *_lines(node), ""])
        graph.node(
            str(number),
            label,
            peripheries="2" if wrong else "1",
            penwidth="1.8" if wrong else "1",
            style="filled",
            fillcolor="#f6d5cf" if wrong else "#ffffff" if number >= leaves else "#eef2f6",
        )
    for number, step in enumerate(expression.steps, leaves):
        for position, operand in enumerate(step.operands):
            if isinstance(operand, int):
                guilty = _is_guilty(finding, step, position)
                graph.edge(
                    str(operand),
                    str(number),
                    label="  wrong here  " if guilty else "",
                    penwidth="4" if guilty else "1",
                    color="#b3261e" if guilty else "#333333",
                )
    return str(graph.source)


def _title(expression: Expression, node: int) -> str:
    leaves = len(expression.leaves)
    if node < leaves:
        return expression.name(node)
    symbol, operands = expression.steps[node - leaves]
    texts = [expression.name(o) if isinstance(o, int) else spell_number(o.value) for o in operands]
    return f"{expression.name(node)} = {PRIMITIVES[symbol].spelling.format(*texts)}"


def _lines(node: Mapping[str, Any]) -> list[str]:
    lines = []
    for quantity in ("primal", "adjoint"):
        got, want = node[quantity], node[f"true_{quantity}"]
        texts = [_short(got), _short(want)]
        if texts[0] == texts[1] and not node[f"{quantity}_right"]:
            texts = [repr(got), repr(want)]  # the digits that tell them apart
        lines.append(f"{quantity}  {texts[0]}")
        if not node[f"{quantity}_right"]:
            lines.append(f"  WRONG, should be  {texts[1]}")
    return lines


def _short(number: Any) -> str:
    return f"{number:.6g}" if isinstance(number, (int, float)) else str(number)


def _is_guilty(finding: Mapping[str, Any], step: Step, position: int) -> bool:
    operand = step.operands[position]
    if finding.get("primitive") != step.symbol or finding["nodes"][operand]["adjoint_right"]:
        return False
    if finding["kind"] == "lost contribution" and step.operands.count(operand) < 2:  # noqa: PLR2004
        return False  # what is lost is one of two contributions to a repeated operand
    return finding.get("operand") in {None, position}


_ADVICE = "drawing takes graphviz: pip install 'valuecheck[draw]'"


def _lay_out(dot: str) -> bytes:
    """Return the SVG that `dot` makes of a graph, or graphviz-pure where there is no `dot`."""
    beside_python = Path(sys.executable).parent
    program = (
        shutil.which("dot")
        or shutil.which("graphviz-pure")
        or shutil.which("graphviz-pure", path=str(beside_python))
    )
    if program is None:
        raise CannotDrawError(_ADVICE)
    done = subprocess.run(  # noqa: S603 - a program of that name, and no input of a stranger's
        [program, "-Tsvg"], input=dot.encode(), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise CannotDrawError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
