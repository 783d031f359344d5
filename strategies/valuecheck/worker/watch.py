"""Watching the engine's own lines while it sweeps: how many run, which one writes a gradient."""

from __future__ import annotations

import sys
from typing import Any, Callable, Sequence

__all__ = ["TooManyLinesError", "lines_run", "writers"]


class TooManyLinesError(Exception):
    """A sweep ran more lines than it was allowed."""


def lines_run(sweep: Callable[[], Any], most: int) -> int:
    """Sweep, and return how many lines of Python that ran.

    Raises `TooManyLinesError` when it runs more than `most`.
    """
    lines = 0

    def count(*_: Any) -> Any:
        nonlocal lines
        lines += 1
        if lines > most:
            raise TooManyLinesError(f"more than {most} lines")
        return count

    _traced(sweep, count)
    return lines


def writers(
    sweep: Callable[[], Any],
    nodes: Sequence[Any],
    read: Callable[[Any], Any],
    own: Callable[[str], bool],
) -> list[list[dict[str, Any]]]:
    """Sweep, and return for each node the lines after which its gradient had changed.

    Each with "where" as "file:line", and what the gradient was before and after.
    """
    seen = [_read(read, node) for node in nodes]
    found: list[list[dict[str, Any]]] = [[] for _ in nodes]
    last: dict[Any, str] = {}

    def look(place: str) -> None:
        for number, node in enumerate(nodes):
            now = _read(read, node)
            if now is not seen[number] and now != seen[number] and place:
                found[number].append({"where": place, "before": seen[number], "after": now})
                seen[number] = now

    def trace(frame: Any, event: str, _: Any) -> Any:
        if not own(frame.f_code.co_filename):
            return None
        look(last.get(frame, last.get(frame.f_back, "")))
        last[frame] = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if event == "return":
            last.pop(frame, None)
        return trace

    _traced(sweep, trace)
    return found


def _read(read: Callable[[Any], Any], node: Any) -> Any:
    try:
        return float(read(node))
    except Exception:
        return None


def _traced(sweep: Callable[[], Any], trace: Callable[..., Any]) -> None:
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        sweep()
    finally:
        sys.settrace(before)
