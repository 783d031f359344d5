"""`valuecheck.check`: a check of a class at hand, in a notebook or in any Python."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import json
import re
import sys
import tempfile
from html import escape
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from valuecheck.checking.require import required
from valuecheck.checking.run import check as check_target
from valuecheck.checking.settings import Settings
from valuecheck.engines.in_process import open_class
from valuecheck.report.html import drawn
from valuecheck.report.progress import Progress
from valuecheck.report.screen import Screen
from valuecheck.report.text import count, fault_block, headline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from valuecheck.checking.outcome import Checked
    from valuecheck.diagnosis.finding import Finding

__all__ = ["Report", "check", "load_ipython_extension"]

_IN_THIS_PROCESS: Final = (
    "its source cannot be had, so it runs in this process: nothing ends an endless loop"
)


class Report:
    """The outcome of a check: plain text in a terminal, HTML in a notebook.

    Attributes:
        checked: all that is known, as `valuecheck.checking.outcome.Checked` has it.
    """

    def __init__(self, checked: Checked, notebook: Path | None = None) -> None:
        self.checked = checked
        self._notebook = notebook

    @property
    def verdict(self) -> str:
        """One of "pass", "fail", "error"."""
        return self.checked.verdict(strict=False)

    @property
    def faults(self) -> list[Finding]:
        """The faults, one for each cause."""
        return self.checked.causes

    @property
    def warnings(self) -> list[Finding]:
        """What should be known and is not a fault."""
        return self.checked.warnings

    def __repr__(self) -> str:
        """Return the report of the command."""
        file = io.StringIO()
        Screen(file, plain=True).write(self.checked, strict=False)
        error = f"{self.checked.error}\n" if self.checked.error else ""
        return self._named(f"{file.getvalue()}{error}").rstrip()

    def _repr_html_(self) -> str:
        """Return the faults first, each with its picture; the rest can be unfolded."""
        verdict = self.verdict.upper()
        colour = {"pass": "#1a7f37", "fail": "#cf222e", "error": "#9a6700"}[self.verdict]
        title = f"{verdict}: {count(len(self.faults), 'fault')}"
        if self.checked.error:
            title = f"{verdict}: {self.checked.error}"
        parts = [f'<p style="font-weight:bold;color:{colour}">{escape(self._named(title))}</p>']
        for finding in self.faults:
            parts.append(f'<p style="font-weight:bold">{escape(headline(finding))}</p>')
            parts.append(f"<pre>{escape(self._named(fault_block(finding)))}</pre>{drawn(finding)}")
        parts.append(
            f"<details><summary>the whole report</summary><pre>{escape(repr(self))}</pre></details>"
        )
        return f"<div>{''.join(parts)}</div>"

    def _named(self, text: str) -> str:
        """Return a text with "cell 2" in place of a file that is gone."""
        if self._notebook is None:
            return text
        return text.replace(f"{self._notebook}, code ", "").replace(f"{self._notebook}:", "")


def check(
    cls: type,
    *,
    select: str = "",
    require: str = "",
    max_examples: int = 100,
    random_seed: int = 0,
    time_limit: float = 30.0,
) -> Report:
    """Check a class, as the command does: in a process of its own, where its source can be had.

    Args:
        cls: the class; one that the cells of a notebook define is sent there with all cells.
        select: only the laws whose names match, as `-k` has it.
        require: what must be there: '+ * tanh "2 - x"'.
        max_examples: examples a law.
        random_seed: the same seed and versions give the same result.
        time_limit: seconds a law may take.

    Raises `ValueError` for what cannot be required, and `TypeError` for what is not a class.
    """
    if not isinstance(cls, type):
        raise TypeError(f"{cls!r} is not a class: give the class itself, as in check(Value)")
    settings = Settings(
        select=select,
        require=required(require),
        examples=max_examples,
        seed=random_seed,
        time_limit=time_limit,
    )
    with _shown() as show:
        return _checked(cls, settings, show)


def _checked(cls: type, settings: Settings, show: Callable[[Checked, str], None]) -> Report:
    cells = _cells()
    if cls.__module__ == "__main__" and cells is not None:
        with tempfile.TemporaryDirectory() as folder:
            notebook = Path(folder) / "cells.ipynb"
            _write(notebook, cells)
            checked = check_target(f"{notebook}:{cls.__qualname__}", settings, show)
        checked.target = cls.__qualname__
        return Report(checked, notebook)
    try:
        file = inspect.getsourcefile(cls)
    except TypeError:
        file = None
    if file is not None and Path(file).is_file() and cls.__qualname__.isidentifier():
        return Report(check_target(f"{file}:{cls.__qualname__}", settings, show))
    checked = check_target(cls.__qualname__, settings, show, open_class(cls))
    checked.notes.append(_IN_THIS_PROCESS)
    return Report(checked)


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[Checked, str], None]]:
    """Show how far a check is: a bar below the cell, a line in a terminal, nothing elsewhere."""
    shell = _shell()
    if shell is None or not hasattr(shell, "kernel"):
        with Progress(1, 1) as progress:
            yield progress.show if sys.stderr.isatty() else (lambda *_: None)
        return
    shows: Any = import_module("IPython.display")
    handle = shows.display(shows.HTML(""), display_id=True)

    def show(checked: Checked, law: str) -> None:
        total = len(checked.laws)
        done = checked.laws.index(law) if law in checked.laws else total
        found = count(len(checked.causes), "fault")
        name = law.removeprefix("test_").replace("_", " ")
        bar = f'<progress max="{total}" value="{done}"></progress> {done}/{total} · {found} · '
        handle.update(shows.HTML(bar + escape(name)))

    try:
        yield show
    finally:
        handle.update(shows.HTML(""))


def _shell() -> Any:
    """Return the shell of IPython that this runs in, None outside of one."""
    try:
        from IPython import get_ipython  # noqa: PLC0415 - an optional extra
    except ImportError:
        return None
    return get_ipython()


def _cells() -> list[str] | None:
    """Return the cells run so far, from In[1] on; None outside IPython."""
    shell = _shell()
    if shell is None:
        return None
    ours = {"valuecheck"}
    return [_without_checks(cell, ours) for cell in shell.history_manager.input_hist_raw[1:]]


def _without_checks(cell: str, ours: set[str]) -> str:
    """Return a cell with the statements left blank that check: the worker must not check again.

    Args:
        cell: what was run.
        ours: names of what came from valuecheck; those that this cell gives are added.
    """
    lines = cell.split("\n")
    if lines[0].startswith("%%valuecheck"):
        lines[0] = ""
    lines = ["" if line.startswith(("%valuecheck", "%load_ext")) else line for line in lines]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:  # a magic, which the worker sees to, or a cell that did not run
        return "\n".join(lines)
    for statement in tree.body:
        names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            if not re.search(r"\bvaluecheck\b", ast.unparse(statement)):
                continue
            ours |= {alias.asname or alias.name for alias in statement.names}
        elif ours.isdisjoint(names):
            continue
        elif isinstance(statement, ast.Assign):
            ours |= {
                n.id
                for target in statement.targets
                for n in ast.walk(target)
                if isinstance(n, ast.Name)
            }
        for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
            lines[number] = ""
    return "\n".join(lines)


def _write(file: Path, cells: list[str]) -> None:
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": cell,
            }
            for cell in cells
        ],
    }
    file.write_text(json.dumps(notebook), encoding="utf-8")


def load_ipython_extension(shell: Any) -> None:
    """Add `%valuecheck Value` and `%%valuecheck`, for `%load_ext valuecheck`."""

    def valuecheck(line: str, cell: str | None = None) -> Report | None:
        """Check a class: `%valuecheck Value`; or run a cell and check the class it defines."""
        before = dict(shell.user_ns)
        if cell is not None and not shell.run_cell(cell).success:
            return None
        name = line.strip()
        if not name:
            new = [
                key
                for key, held in shell.user_ns.items()
                if isinstance(held, type) and before.get(key) is not held
            ]
            name = new[-1] if new else "Value"
        if not isinstance(shell.user_ns.get(name), type):
            print(f"valuecheck: {name!r} is not a class in this notebook")  # noqa: T201 - IPython's way
            return None
        return check(shell.user_ns[name])

    shell.register_magic_function(valuecheck, "line_cell", "valuecheck")
