"""`valuecheck.check` in a real kernel: what a reader of the notebook sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbformat: Any = pytest.importorskip("nbformat")
nbclient: Any = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

_SOURCE = (Path(__file__).parents[2] / "docs/examples/my_engine.py").read_text(encoding="utf-8")
_CHECK = "valuecheck.check(Value, max_examples=5, select='primitive')"


@pytest.fixture
def client(tmp_path: Path) -> Any:
    notebook = nbformat.v4.new_notebook()
    return nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )


def _run(client: Any, *sources: str) -> list[Any]:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    client.nb.cells = cells
    with client.setup_kernel():
        for number, cell in enumerate(cells):
            client.execute_cell(cell, number, execution_count=number + 1)
    return cells


def test_a_report_is_html_with_a_drawn_graph_and_the_bar_is_gone_at_the_end(client: Any) -> None:
    right = _SOURCE.replace("self.grad = (1 - out", "self.grad += (1 - out")
    cells = _run(client, "import valuecheck", _SOURCE, _CHECK, right, _CHECK)
    bar, wrong = cells[2].outputs
    assert bar.data["text/html"] == ""
    assert "FAIL: 1 fault" in wrong.data["text/html"]
    assert "<svg" in wrong.data["text/html"]
    assert "<script" not in wrong.data["text/html"]
    assert "look at cell 2:" in wrong.data["text/plain"]
    assert "PASS: 0 faults" in cells[4].outputs[-1].data["text/html"]


def test_to_interrupt_the_kernel_ends_the_check_and_not_the_kernel(client: Any) -> None:
    endless = f"{_SOURCE}\nimport threading, time, os, signal\n"
    stop = (
        "threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "report = valuecheck.check(Value, max_examples=1_000_000)\nreport.checked.interrupted"
    )
    cells = _run(client, "import valuecheck", endless, stop, _CHECK)
    assert cells[2].outputs[-1].data["text/plain"] == "True"
    assert "FAIL: 1 fault" in cells[3].outputs[-1].data["text/html"]
