"""Draw the grammar loss, forward and backward.

    python experiments/07-visualize-graph/viz.py

L = sum over the five tenses of *work* of (logit - target)^2, with dL/dlogit = 2 (logit - target)
derived by hand. The logit of a tense is its score times a confidence that all tenses share, so the
confidence is a node of five uses: the diamond. Every node shows its data and its grad.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import graphviz

from minigrad.scalar import Value

HERE = Path(__file__).resolve().parent
TENSES = ("infinitive", "present", "past simple", "past participle", "future")
SCORES = (1.5, -0.5, 0.25, 0.5, -1.0)
TARGETS = (1.0, 0.0, 0.0, 0.0, 0.0)
CONFIDENCE = 0.8


def grammar_loss() -> tuple[Value, list[Value], dict[Value, str]]:
    """Return the loss after its sweep, the five logits, and the names of leaves."""
    confidence = Value(CONFIDENCE)
    names = {confidence: "confidence"}
    logits = []
    loss: Value | None = None
    for tense, score, target in zip(TENSES, SCORES, TARGETS, strict=True):
        leaf, goal = Value(score), Value(target)
        names[leaf] = tense
        names[goal] = f"target: {tense}"
        logit = leaf * confidence
        logits.append(logit)
        square = (logit - goal) ** 2
        loss = square if loss is None else loss + square
    assert loss is not None
    loss.backward()
    return loss, logits, names


def by_hand(logits: list[Value]) -> list[float]:
    """Return dL/dlogit = 2 (logit - target) for each tense."""
    return [2.0 * (logit.data - target) for logit, target in zip(logits, TARGETS, strict=True)]


def dot(loss: Value, logits: list[Value], names: dict[Value, str]) -> str:
    """Return the graph in the language of graphviz; the same text every time."""
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.12", "ranksep": "0.35", "bgcolor": "white"},
        node_attr={"fontname": "Courier", "fontsize": "11", "shape": "box"},
        edge_attr={"arrowsize": "0.6"},
    )
    numbers: dict[Value, str] = {}
    hand = dict(zip(logits, by_hand(logits), strict=True))

    def add(node: Value) -> str:
        if node in numbers:
            return numbers[node]
        operands = [add(operand) for operand in node._prev]
        number = numbers[node] = f"n{len(numbers)}"
        title = names.get(node, node._op or "number")
        if node is loss:
            title = "L = +"
        lines = [title, f"data {node.data:.4g}", f"grad {node.grad:.4g}"]
        if node in hand:
            lines[0] = "logit = *"
            lines += ["2(logit - target)", f"by hand {hand[node]:.4g}"]
        leaf = not node._prev
        graph.node(
            number,
            "\\n".join(lines),
            style="rounded,filled" if leaf else "filled",
            fillcolor="#eef2f6" if leaf else "#ffffff",
            penwidth="2.2" if names.get(node) == "confidence" or node is loss else "1",
        )
        for operand in operands:
            graph.edge(operand, number)
        return number

    add(loss)
    return str(graph.source)


def svg(source: str, program: str | None = None) -> bytes:
    """Return the picture; with graphviz-pure it is the same on every machine.

    Raises `SystemExit` with what to install when no program can lay it out.
    """
    beside_python = str(Path(sys.executable).parent)
    found = (
        program
        or shutil.which("graphviz-pure", path=beside_python)
        or shutil.which("graphviz-pure")
        or shutil.which("dot")
    )
    if found is None:
        sys.exit("laying out takes graphviz: pip install graphviz-pure")
    done = subprocess.run([found, "-Tsvg"], input=source.encode(), capture_output=True, check=True)
    return done.stdout


def main() -> None:
    """Write graph.dot, graph.svg and manifest.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the artefacts")
    out: Path = parser.parse_args().out
    loss, logits, names = grammar_loss()
    source = dot(loss, logits, names)
    out.mkdir(parents=True, exist_ok=True)
    (out / "graph.dot").write_text(source, encoding="utf-8")
    (out / "graph.svg").write_bytes(svg(source))
    manifest = {
        "tenses": TENSES,
        "scores": SCORES,
        "targets": TARGETS,
        "confidence": CONFIDENCE,
        "loss": loss.data,
        "dL/dlogit by hand": by_hand(logits),
        "dL/dlogit by backward()": [logit.grad for logit in logits],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"L = {loss.data:.6f}; wrote graph.dot, graph.svg and manifest.json to {out}")


if __name__ == "__main__":
    main()
