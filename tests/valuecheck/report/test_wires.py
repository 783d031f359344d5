"""The graph beside a program: it says what the program says."""

from __future__ import annotations

from hypothesis import given

from valuecheck.program.expression import Expression
from valuecheck.report.wires import wires
from valuecheck.strategies import diamonds, expressions

_ONCE, _TWICE, _ENDS = "├└┼┴", "╞╘╪╧", "└╘┴╧"


def _read(line: str) -> list[int]:
    """Return the operands that a line shows, the wires that meet it."""
    cells = line[:-1:2]
    found = [wire for wire, cell in enumerate(cells) if cell in _ONCE]
    return sorted(found + [w for w, cell in enumerate(cells) if cell in _TWICE for _ in range(2)])


@given(expressions())
def test_the_operands_of_every_step_can_be_read_from_the_drawing(expression: Expression) -> None:
    drawn = wires(expression)
    assert len(drawn) == len(expression)
    for step, line in zip(expression.steps, drawn[len(expression.leaves) :], strict=True):
        assert _read(line) == sorted(o for o in step.operands if isinstance(o, int))


@given(expressions())
def test_a_wire_runs_from_its_node_to_its_last_use_without_a_gap(expression: Expression) -> None:
    drawn = wires(expression)
    for node, uses in enumerate(expression.uses()):
        column = [line[2 * node] if 2 * node < len(line) else " " for line in drawn]
        if uses:
            last = max(uses, key=lambda use: use[0])[0]
            assert column[node] in "┐╷"
            assert all(cell in _ONCE + _TWICE + "│" for cell in column[node + 1 : last + 1])
            assert column[last] in _ENDS
        else:
            assert column[node] in "●○"


def test_a_diamond_is_drawn_like_this() -> None:
    steps = [["+", 0, 0], ["*", 1, 0]]
    assert wires(Expression.from_json({"leaves": [1.0], "steps": steps})) == [
        "╷",
        "╞─┐",
        "└─┴─●",
    ]


@given(diamonds())
def test_every_line_is_as_wide_as_its_node_needs(expression: Expression) -> None:
    assert [len(line) for line in wires(expression)] == [
        2 * node + 1 for node in range(len(expression))
    ]
