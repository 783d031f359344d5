"""No engine can harm the check: whatever it does, a report names it and nothing stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.valuecheck.command import COMMAND, ENGINE, engine_in, report, run

if TYPE_CHECKING:
    from pathlib import Path

_HARM = {
    "an endless loop in an operator": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        while self.data > 1.5: pass",
        {"hang"},
    ),
    "an endless loop in the sweep": (
        "        self.grad = 1.0",
        "        self.grad = 1.0\n        while len(self._prev) and self.data > 1000.0: pass",
        {"hang"},
    ),
    "os._exit": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: __import__('os')._exit(3)",
        {"crash"},
    ),
    "sys.exit": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: raise SystemExit(3)",
        {"crash"},
    ),
    "KeyboardInterrupt": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: raise KeyboardInterrupt",
        {"crash"},
    ),
    "a crash of the interpreter": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n"
        "        if self.data > 1.5: __import__('ctypes').string_at(0)",
        {"crash"},
    ),
    "a memory bomb": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data)\n        if self.data > 1.5: self.bomb = [0] * 10**9",
        {"crash"},
    ),
    "RecursionError": (
        "        t = math.tanh(self.data)",
        "        t = self.tanh().data if self.data > 1.5 else math.tanh(self.data)",
        {"crash"},
    ),
    "megabytes printed": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data) + (print('x' * 10**6) or 0.25)",
        {"wrong value"},
    ),
    "standard output closed": (
        "        t = math.tanh(self.data)",
        "        __import__('sys').stdout.close()\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "standard output closed underneath": (
        "        t = math.tanh(self.data)",
        "        __import__('os').closerange(0, 3)\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "math.exp patched": (
        "        t = math.tanh(self.data)",
        "        math.exp = lambda x: 1.0\n        t = math.tanh(self.data) + 0.25",
        {"wrong value"},
    ),
    "builtins patched": (
        "        t = math.tanh(self.data)",
        "        import builtins\n        builtins.len = builtins.isinstance = lambda *_: 1\n"
        "        t = math.tanh(self.data)",
        {"crash"},
    ),
    "results that differ from run to run": (
        "        t = math.tanh(self.data)",
        "        t = math.tanh(self.data) + __import__('time').perf_counter_ns() % 1000",
        {"stale state", "wrong value", "unexplained"},
    ),
    "a gradient that is complex": (
        "            self.grad += (1 - t**2) * out.grad",
        "            self.grad += (1 - t**2) * out.grad * (1 + 1j)",
        {"wrong type"},
    ),
    "a gradient that is a tensor": (
        "            self.grad += (1 - t**2) * out.grad",
        "            class Tensor(list):\n"
        "                def __radd__(self, other): return self\n"
        "            self.grad += Tensor([1.0, 2.0])",
        {"wrong type"},
    ),
    "a gradient that is a string": (
        "            self.grad += (1 - t**2) * out.grad",
        "            self.grad = 'steep'",
        {"wrong type", "crash"},
    ),
}


@pytest.mark.parametrize("harm", _HARM)
def test_no_engine_harms_the_check(harm: str, tmp_path: Path) -> None:
    old, new, kinds = _HARM[harm]
    file = engine_in(tmp_path, old, new)
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    # Far more time than a law of ten examples takes on a slow machine.
    laws = "alone or both_sides or augmented or diamond"
    limits = ("--time-limit", "2", "--memory-limit", "512")
    status, document = report("-k", laws, *limits, str(file))
    (target,) = document["targets"]
    assert status == 1, document
    assert {fault["kind"] for fault in target["faults"]} <= kinds | {"hang", "crash"}
    assert target["faults"]
    assert sum(law["outcome"] == "held" for law in target["laws"]) >= 5
    assert {p.pid for p in psutil.Process().children(recursive=True)} <= before
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".py") == [file.name]


@pytest.mark.parametrize(
    "extra",
    [
        "print('x' * 10_000_000)",
        "import sys; sys.stdout.close(); sys.stdout = None",
        "import a_library_that_is_not_there",
        "raise SystemExit(1)",
        "while True: pass",
        "import os; os._exit(0)",
        "import math; math.exp = lambda x: 1.0",
    ],
    ids=["prints", "closes", "imports", "exits", "loops", "dies", "patches"],
)
def test_what_a_file_does_at_import_does_no_harm(extra: str, tmp_path: Path) -> None:
    file = tmp_path / "trains_at_import.py"
    file.write_text(f"{ENGINE}\n\n{extra}\n", encoding="utf-8")
    status, document = report("--time-limit", "2", "-k", "alone", str(file))
    (target,) = document["targets"]
    if "math.exp" in extra:
        assert {f["primitive"] for f in target["faults"]} <= {"exp", "sigmoid"}
    else:
        assert status == 0, document
    if any(word in extra for word in ("there", "Exit", "while", "_exit")):
        assert "not installed" in target["note"] or "only what defines" in target["note"]


@pytest.mark.parametrize(
    "extra",
    [
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(10**6)).start()",
        "import atexit, time\natexit.register(lambda: time.sleep(10**6))",
        "import subprocess\nsubprocess.Popen(['sleep', '77777'], start_new_session=True)",
        "import sys\nfor _ in range(300): sys.stderr.write('x' * 10**5)",
        "import os\nos.fork()",
    ],
    ids=["a thread", "an exit handler", "a session", "errors without end", "a fork"],
)
def test_what_an_engine_leaves_running_does_not_outlive_the_check(
    extra: str, tmp_path: Path
) -> None:
    file = tmp_path / "lingers.py"
    file.write_text(f"{ENGINE}\n\n{extra}\n", encoding="utf-8")
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    status, document = report("-k", "alone", str(file))
    (target,) = document["targets"]
    laws = [law["law"] for law in target["laws"]]
    assert status == 0, document
    assert len(laws) == len(set(laws)) > 10
    assert {p.pid for p in psutil.Process().children(recursive=True)} <= before
    assert not [p for p in psutil.process_iter(["cmdline"]) if "77777" in (p.info["cmdline"] or [])]


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        ("while True: pass", "hang"),
        ("import os; os._exit(3)", "crash"),
        ("import ctypes; ctypes.string_at(0)", "crash"),
    ],
    ids=["hangs", "exits", "crashes"],
)
def test_a_primitive_that_harms_when_it_is_tried_first_is_named_and_the_others_judged(
    harm: str, kind: str, tmp_path: Path
) -> None:
    line = "        t = math.tanh(self.data)"
    file = engine_in(tmp_path, line, f"        {harm}\n{line}")
    status, document = report("--time-limit", "2", "-k", "alone", str(file))
    (target,) = document["targets"]
    assert status == 1, document
    assert [(fault["kind"], fault["primitive"]) for fault in target["faults"]] == [(kind, "tanh")]
    assert sum(law["outcome"] == "held" for law in target["laws"]) > 10


def test_a_class_that_cannot_be_tried_out_is_status_2_and_loses_no_other_target(
    tmp_path: Path,
) -> None:
    line = "    def __neg__(self)"
    harm = "    def __dir__(self) -> list[str]:\n        raise ValueError('not a word')\n\n"
    file = engine_in(tmp_path, line, harm + line)
    status, document = report("-k", "alone", str(file), "minigrad.scalar:Value")
    assert (status, document["verdict"]) == (2, "error")
    assert [target["verdict"] for target in document["targets"]] == ["error", "pass"]
    assert "not a word" in document["targets"][0]["error"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_check_tells_what_it_has_and_leaves_nothing_behind(
    name: str, tmp_path: Path
) -> None:
    line = "        t = math.tanh(self.data)"
    flag = tmp_path / "it has begun to hang"
    hang = f"        if self.data > 1.5:\n            open({str(flag)!r}, 'w').close()\n"
    file = engine_in(tmp_path, line, f"{hang}            while True: pass\n{line}")
    number = getattr(signal, name)
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "-k", "alone", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Where these tests run in the background some signals are ignored, by the children too.
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),  # noqa: PLW1509 - no threads
    ) as process:
        while not flag.exists():
            assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        told, errors = process.communicate()
    assert process.returncode == 130
    assert b"interrupted after" in errors
    assert b"held" in told
    assert not any(child.is_running() for child in children)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /dev/full elsewhere")
def test_a_report_that_cannot_be_written_is_status_2_and_one_line() -> None:
    done = run("-k", "tanh_is_odd", "--output", "/dev/full", "minigrad.scalar:Value")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "valuecheck: the report cannot be written: No space left on device"
    ]
