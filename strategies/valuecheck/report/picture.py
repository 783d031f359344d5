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

import graphviz

from valuecheck.engines.engine import ValuecheckError
from valuecheck.program.expression import spell_number
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.diagnosis.finding import Finding, NodeShown
    from valuecheck.program.expression import Expression, Step

__all__ = ["CannotDrawError", "dot", "picture"]


class CannotDrawError(ValuecheckError):
    """A graph cannot be laid out; the text says what is missing."""


def picture(
    expression: Expression, nodes: Sequence[NodeShown], finding: Finding | None = None
) -> bytes:
    """Return a program with what its nodes hold as SVG.

    Args:
        expression: the program.
        nodes: what each node holds and should hold.
        finding: the fault it shows, None for a program that was replayed.

    Raises `CannotDrawError` when the program that lays out is missing or fails.
    """
    return _lay_out(dot(expression, nodes, finding))


def dot(expression: Expression, nodes: Sequence[NodeShown], finding: Finding | None) -> str:
    """Return a program with what its nodes hold in the language of graphviz."""
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
    for number, node in enumerate(nodes):
        wrong = not (node.data_right and node.grad_right)
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
                guilty = finding is not None and _is_guilty(finding, nodes, step, position)
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


def _lines(node: NodeShown) -> list[str]:
    lines = []
    for quantity, got, want, right in (
        ("data", node.data, node.true_data, node.data_right),
        ("grad", node.grad, node.true_grad, node.grad_right),
    ):
        texts = [_short(got), _short(want)]
        if texts[0] == texts[1] and not right:
            texts = [repr(got), repr(want)]  # the digits that tell them apart
        lines.append(f"{quantity}  {texts[0]}")
        if not right:
            lines.append(f"  WRONG, should be  {texts[1]}")
    return lines


def _short(number: Any) -> str:
    return f"{number:.6g}" if isinstance(number, (int, float)) else str(number)


def _is_guilty(finding: Finding, nodes: Sequence[NodeShown], step: Step, position: int) -> bool:
    operand = step.operands[position]
    assert isinstance(operand, int)
    if finding.primitive != step.symbol or nodes[operand].grad_right:
        return False
    if finding.kind == "lost contribution" and step.operands.count(operand) < 2:  # noqa: PLR2004
        return False  # what is lost is one of two contributions to a repeated operand
    return finding.operand in {None, position}


_ADVICE = "drawing takes the program dot of graphviz, or the package graphviz-pure"


def _lay_out(graph: str) -> bytes:
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
        [program, "-Tsvg"], input=graph.encode(), capture_output=True, check=False
    )
    if done.returncode != 0:
        raise CannotDrawError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
