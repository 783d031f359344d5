"""A graph as text, beside the program that builds it: a line for each node, a column for each wire.

A wire begins at the line of its node (`┐`, `╷` for a leaf), runs down, and meets the line of each
step that uses it: `├ ┼` where it goes on, `└ ┴` where that was its last use. Drawn double, it is
used twice by one step. Where it only passes a line it is `│`; the output is `●`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

__all__ = ["wires"]

_MEETS: Final = {
    # leftmost on the line, goes on, used twice
    (True, True, False): "├",
    (True, True, True): "╞",
    (True, False, False): "└",
    (True, False, True): "╘",
    (False, True, False): "┼",
    (False, True, True): "╪",
    (False, False, False): "┴",
    (False, False, True): "╧",
}


def wires(expression: Expression) -> list[str]:
    """Return the line of each node, two characters a column."""
    first = len(expression.leaves)
    operands = [()] * first + [
        tuple(o for o in step.operands if isinstance(o, int)) for step in expression.steps
    ]
    last = {o: node for node, used in enumerate(operands) for o in used}
    return [
        _line(node, operands[node], last, is_output=node == expression.output)
        for node in range(len(expression))
    ]


def _line(node: int, used: tuple[int, ...], last: dict[int, int], *, is_output: bool) -> str:
    leftmost = min(used, default=node)
    cells = []
    for wire in range(node):
        live = last.get(wire, -1) >= node
        if wire in used:
            cells.append(_MEETS[wire == leftmost, last[wire] > node, used.count(wire) > 1])
        elif live:
            cells.append("│")
        else:
            cells.append("─" if wire > leftmost else " ")
        cells.append("─" if wire >= leftmost else " ")
    if is_output:
        return "".join([*cells, "●"])
    if node not in last:
        return "".join([*cells, "○"])  # nothing uses it
    return "".join([*cells, "┐" if used else "╷"])
