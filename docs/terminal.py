"""Draws docs/terminal.svg: the report of the README's first example, in a terminal's colours.

python docs/terminal.py
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
from valuecheck.report.screen import Screen

ROOT = Path(__file__).resolve().parents[1]
_COMMAND = "valuecheck docs/examples/my_engine.py"


class _Terminal(io.StringIO):
    """A file that calls itself a terminal, so that the report has colours."""

    def isatty(self) -> bool:
        return True


def draw() -> str:
    """Return the picture, without the fonts that a viewer would fetch from the net."""
    file = _Terminal()
    checked = check(str(ROOT / "docs" / "examples" / "my_engine.py"), Settings(), lambda *_: None)
    Screen(file).write(checked, strict=False)
    shown = re.split(r"\n(?:\x1b\[\d+m)?laws about", file.getvalue())[0]
    shown = re.sub(rf"{re.escape(str(ROOT))}/", "", shown)
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(f"$ {_COMMAND}", highlight=False)
    console.print(Text.from_ansi(shown))
    svg = console.export_svg(title=_COMMAND)
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    (ROOT / "docs" / "terminal.svg").write_text(draw(), encoding="utf-8")
