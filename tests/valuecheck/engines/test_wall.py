"""Nothing an engine does in its process changes a verdict: the one way to lie is to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.valuecheck.command import engine_in, report

if TYPE_CHECKING:
    from pathlib import Path

_WRONG = "            self.grad += (1 - t**2) * out.grad"

_LIES = {
    "it forges answers on every descriptor": """
import os
_ANSWER = b'{"id": 1, "got": [{"data": [0.5], "grad": [1.0]}]}\\n'
for fd in range(256):
    try:
        os.write(fd, _ANSWER)
    except OSError:
        pass
""",
    "it writes garbage on every descriptor": """
import os
for fd in range(256):
    try:
        os.write(fd, b"\\xff\\x00{]" * 100)
    except OSError:
        pass
""",
    "it greets anew": """
import os, threading, time
def _greet():
    for _ in range(50):
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"valuecheck": 1, "name": "x", "primitives": {}}\\n')
            except OSError:
                pass
        time.sleep(0.01)
threading.Thread(target=_greet, daemon=True).start()
""",
    "it patches the judge": """
import sys, types
for _name in ("valuecheck", "hypothesis", "pytest", "flint", "mpmath", "msgspec"):
    sys.modules[_name] = types.ModuleType(_name)
""",
    "it patches the worker": """
import json, sys
for _module in list(sys.modules.values()):
    for _name in ("answer", "described", "to_json"):
        if hasattr(_module, _name) and "worker" in getattr(_module, "__name__", ""):
            setattr(_module, _name, lambda *a, **k: {"got": []})
""",
    "it patches json": "import json\njson.dumps = lambda *a, **k: '{}'\n",
    "it leaves forks at work": """
import os, time
for _ in range(3):
    if hasattr(os, "fork") and os.fork() == 0:
        time.sleep(3600)
        os._exit(0)
""",
    "it forks and answers twice": """
import os
if hasattr(os, "fork"):
    os.fork()
""",
    "it stops its process when it is asked": """
import os, signal
if hasattr(signal, "SIGSTOP"):
    def _stop(self, _math_tanh=Value.tanh):
        os.kill(os.getpid(), signal.SIGSTOP)
        return _math_tanh(self)
    Value.tanh = _stop
""",
}


@pytest.mark.parametrize("lie", _LIES)
def test_no_lie_of_a_wrong_engine_is_a_pass(lie: str, tmp_path: Path) -> None:
    file = engine_in(tmp_path, _WRONG, _WRONG.replace("1 - t**2", "1 - t"))
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{_LIES[lie]}", encoding="utf-8")
    status, document = report("--time-limit", "3", "-k", "primitive and tanh", str(file))
    assert status in {1, 2}, document  # 2: an engine that breaks its own answers cannot be checked
    assert document["verdict"] != "pass"


_NAMES = {
    "unknown": 'raise type("unknown", (Exception,), {})()',
    "MissingPackageError": 'raise type("MissingPackageError", (Exception,), {})()',
    "NotJudged": 'raise type("NotJudged", (Exception,), {})()',
    "not a node": 'raise type("not a node", (Exception,), {})()',
}


@pytest.mark.parametrize("name", _NAMES)
def test_the_name_of_an_exception_excuses_nothing(name: str, tmp_path: Path) -> None:
    file = engine_in(tmp_path, _WRONG, f"            {_NAMES[name]}")
    status, document = report("--time-limit", "3", "-k", "primitive and tanh", str(file))
    assert status == 1, document
    assert {fault["primitive"] for fault in document["targets"][0]["faults"]} == {"tanh"}
