"""Notebooks as Python: the code cells, with what only IPython understands left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CannotReadNotebookError", "cells_of"]

_RUN_PYTHON = ("%%time", "%%capture", "%%prun")
"""Cell magics whose cells are Python all the same."""


class CannotReadNotebookError(ValueError):
    """A file is not a notebook, or what it takes to read one is not installed."""


def cells_of(path: Path) -> list[tuple[str, str]]:
    """Return the code cells of a notebook as Python, each with a name for error messages.

    Magics and shell lines become calls of `get_ipython()`, which the worker provides.

    Raises `CannotReadNotebookError`.
    """
    try:
        import nbformat  # noqa: PLC0415 - an optional extra
        from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - as above
    except ImportError as error:
        raise CannotReadNotebookError(
            f"{path} is a notebook, and reading one takes nbformat and IPython: "
            "pip install 'valuecheck[notebook]'"
        ) from error
    try:
        notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        sources = [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except Exception as error:
        raise CannotReadNotebookError(f"{path} is not a notebook: {error!s:.100}") from error
    cells = []
    manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
    for number, source in enumerate(sources, 1):
        name = f"{path}, code cell {number}"
        first, newline, rest = source.partition("\n")
        python = _on_one_line(f"{newline}{rest}" if first.startswith(_RUN_PYTHON) else source)
        cells.append((name, str(manager.transform_cell(python))))
    return cells


def _on_one_line(source: str) -> str:
    """Return a cell with no magic or shell line going on in the next, and as many lines."""
    lines = source.split("\n")
    for number, line in enumerate(lines[:-1]):
        if line.lstrip().startswith(("!", "%")) and line.endswith("\\"):
            lines[number + 1] = line.removesuffix("\\") + lines[number + 1].lstrip()
            lines[number] = ""
    return "\n".join(lines)
