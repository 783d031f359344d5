"""Graphs: a block of code marked `graph` becomes the drawn graph of the last `Value` it makes.

    ```graph
    a, b = Value(2.0), Value(3.0)
    out = a * b
    ```

Marked `graph sweep` it is drawn once after the forward sweep and once after each rule of the
reverse sweep, for a reader to click through. What is drawn comes from the `Value`, nothing by hand.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import graphviz

from minigrad.scalar import Value

_FENCE = re.compile(r"^```graph( sweep)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "graph-goes-here-{}"
_TEXTS = {
    "en": (
        "The graph: {}. Output {:.6g}.",
        "back",
        "next",
        "after the forward sweep",
        "{} hands on",
    ),
    "es": (
        "El grafo: {}. Salida {:.6g}.",
        "atrás",
        "siguiente",
        "después de la pasada hacia delante",
        "{} reparte",
    ),
}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put a mark in place of each graph, for no Markdown may touch the drawing."""
    page.graphs = []
    language = "es" if page.file.dest_uri.startswith("es/") else "en"

    def drawn(match: re.Match[str]) -> str:
        page.graphs.append(figure(match.group(2), language, sweep=bool(match.group(1))))
        return f"<p>{_MARK.format(len(page.graphs) - 1)}</p>"

    return _FENCE.sub(drawn, markdown)


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Put the drawings in place of their marks."""
    for number, drawing in enumerate(page.graphs):
        content = content.replace(f"<p>{_MARK.format(number)}</p>", drawing)
    return content


@cache
def figure(code: str, language: str, *, sweep: bool) -> str:
    """Return the graph of the last `Value` that some code makes, as HTML."""
    told, back, onward, first, hands_on = _TEXTS[language]
    made: dict[str, Any] = {"Value": Value}
    exec(code, made)  # noqa: S102 - a block of our own page
    names = {node: name for name, node in made.items() if isinstance(node, Value)}
    output = list(names)[-1]
    order = _order(output)
    frames = [(first, _svg(order, names, None))]
    if sweep:
        output.grad = 1.0
        for node in reversed(order):
            if node._prev:
                node._backward(node)
                name = names.get(node, node._op)
                frames.append((hands_on.format(name), _svg(order, names, node)))
    else:
        output.backward()
        frames = [("", _svg(order, names, None))]
    alternative = html.escape(told.format(", ".join(names.values()), output.data))
    parts = [f'<figure class="graph" aria-label="{alternative}">']
    for number, (caption, svg) in enumerate(frames):
        hidden = " hidden" if number < len(frames) - 1 else ""
        parts.append(
            f'<div class="frame"{hidden}>{svg}<figcaption>{html.escape(caption)}</figcaption></div>'
        )
    if len(frames) > 1:
        parts.append(
            f'<div class="buttons" hidden><button type="button" class="back">{back}</button>'
            f'<output></output><button type="button" class="next">{onward}</button></div>'
        )
    return "".join([*parts, "</figure>"])


def _order(output: Value) -> list[Value]:
    order: list[Value] = []
    seen: set[Value] = set()

    def visit(node: Value) -> None:
        if node not in seen:
            seen.add(node)
            for operand in node._prev:
                visit(operand)
            order.append(node)

    visit(output)
    return order


def _svg(order: list[Value], names: dict[Value, str], active: Value | None) -> str:
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.2", "ranksep": "0.4", "bgcolor": "transparent"},
        node_attr={"fontname": "Courier", "fontsize": "12", "shape": "box", "style": "filled"},
        edge_attr={"arrowsize": "0.6"},
    )
    numbers = {node: str(number) for number, node in enumerate(order)}
    for node in order:
        title = " = ".join(filter(None, [names.get(node, ""), node._op])) or "number"
        graph.node(
            numbers[node],
            f"{title}\\ndata {node.data:.4g}\\ngrad {node.grad:.4g}",
            fillcolor="#fff3c4" if node is active else "#eef2f6" if not node._prev else "#ffffff",
            penwidth="2.4" if node is active else "1",
        )
        for operand in node._prev:
            graph.edge(numbers[operand], numbers[node])
    program = Path(sys.executable).with_name("graphviz-pure")
    done = subprocess.run(
        [str(program), "-Tsvg"], input=graph.source.encode(), capture_output=True, check=True
    )
    svg = done.stdout.decode()
    return re.sub(r"<!--.*?-->|<title>.*?</title>", "", svg[svg.find("<svg") :], flags=re.DOTALL)
