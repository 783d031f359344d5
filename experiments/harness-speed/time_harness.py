"""Time the parts of the harness side by side: `python time_harness.py`, on each Python to be shown.

The parts are timed by pyperf, in processes of their own, on the same programs: drawing them, the
engine, each oracle for the gradients of all leaves, the ruler, and the law of agreement with and
without oracles; beside them torch.autograd.gradcheck, and `st.integers()` for scale. Then the
command itself: seconds until the first law is tried, seconds and memory of a whole check. Results
are added to `result.json` under this Python's version; `python show_harness.py` makes the table.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pyperf
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from minigrad import Value
from valuecheck.engines.in_process import open_class
from valuecheck.engines.protocol import Question
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies import expressions
from valuecheck.strategies.decoder import CODE_BITS
from valuecheck.strategies.expressions import decode_expression
from valuecheck.strategies.fit import options_for
from valuecheck.truth.oracles import central_difference, dual_number, torch_float64
from valuecheck.truth.ruler import enclose

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.program.expression import Expression

HERE = Path(__file__).resolve().parent
RESULT = HERE / "result.json"
PROGRAMS = 200
SIZES = ((1, 12), (1, 4), (5, 8), (9, 12), (24, 24))
TARGET = "minigrad.scalar:Value"
FIRST_LAW = f"""
import valuecheck.cli
from valuecheck.checking.run import check
from valuecheck.checking.settings import Settings
def progress(checked, law):
    if law:
        print(law, flush=True)
check({TARGET!r}, Settings(), progress)
"""


def programs(least: int, most: int) -> list[Expression]:
    """Return programs of so many steps, as they are drawn for minigrad."""
    options = options_for(Subject(open_class(Value)).options())
    draw = random.Random(0)
    found: list[Expression] = []
    while len(found) < PROGRAMS:
        codes = [draw.getrandbits(CODE_BITS) for _ in range(draw.randint(least, most))]
        expression = decode_expression(codes, options, most)
        if least <= len(expression.steps) <= most:
            found.append(expression)
    return found


def drawn(strategy: st.SearchStrategy[Any]) -> None:
    """Draw as many examples as there are programs."""

    @seed(0)
    @settings(
        max_examples=PROGRAMS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(_: Any) -> None: ...

    draw()


def gradcheck(expression: Expression) -> bool:
    """Ask torch's gradcheck about an expression."""
    import torch

    tensors = torch_float64._tensors()

    def function(*leaves: Any) -> Any:
        return expression.replay(
            leaves, lambda symbol, operands: PRIMITIVES[symbol].primal(tensors, *operands)
        )[-1]

    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in expression.leaves]
    try:
        return bool(torch.autograd.gradcheck(function, leaves, raise_exception=False))
    except RuntimeError:  # nothing to differentiate: an output that depends on no leaf
        return True


def parts() -> dict[str, Callable[[Expression], Any]]:
    """Return what is done with each program, by name."""
    subject = Subject(open_class(Value))
    judge, consulting = Judge(subject, oracles=()), Judge(subject)

    def engine(expression: Expression) -> None:
        then = (("backward", expression.output), ("read",))
        subject.engine.ask_one(Question(expression, then))

    found: dict[str, Callable[[Expression], Any]] = {
        "engine": engine,
        "dual numbers": lambda e: dual_number.adjoints(e, range(len(e.leaves))),
        "central differences": lambda e: central_difference.adjoints(e, range(len(e.leaves))),
        "ruler": enclose,
        "law of agreement": judge.hold,
        "law of agreement, with oracles": lambda e: consulting.hold_all(
            [e], consult=consulting.consult
        ),
    }
    if importlib.util.find_spec("torch") is not None:
        found["torch"] = lambda e: torch_float64.adjoints(e, range(len(e.leaves)))
        found["torch.autograd.gradcheck"] = gradcheck
    return found


def benchmarks() -> None:
    """Run the benchmarks: pyperf starts this script again for each."""
    warnings.simplefilter("ignore")
    runner = pyperf.Runner(program_args=(__file__, "parts"))
    many = PROGRAMS
    runner.bench_func("st.integers()", drawn, st.integers(), inner_loops=many)
    functions = parts()
    for least, most in SIZES:
        size = f"{least} to {most} steps"
        strategy = expressions(min_steps=least, max_steps=most)
        runner.bench_func(f"{size} | draw", drawn, strategy, inner_loops=many)
        found = programs(least, most)
        for name, function in functions.items():
            every = partial(_each, function, found)
            runner.bench_func(f"{size} | {name}", every, inner_loops=many)


def _each(function: Callable[[Expression], Any], found: list[Expression]) -> None:
    for expression in found:
        function(expression)


def seconds_to_first_law() -> float:
    """Return the seconds from the start of a Python until the command tries its first law."""
    started = time.perf_counter()
    process = psutil.Popen([sys.executable, "-c", FIRST_LAW], stdout=subprocess.PIPE)
    told = process.stdout.readline()
    seconds = time.perf_counter() - started
    for one in (*process.children(recursive=True), process):
        one.kill()
    process.communicate()
    if not told:
        sys.exit("no law was tried")
    return seconds


def whole_check() -> dict[str, float]:
    """Check minigrad by the command; return the seconds and the most memory of all its processes.

    Memory is the sum of what the processes have resident, looked at every 20 ms.
    """
    command = [str(Path(sys.executable).with_name("valuecheck")), TARGET, "--format", "json"]
    started = time.perf_counter()
    most = 0
    with tempfile.TemporaryFile() as output:
        process = psutil.Popen(command, stdout=output)
        while process.poll() is None:
            held = 0
            for one in (process, *process.children(recursive=True)):
                try:
                    held += one.memory_info().rss
                except psutil.Error:
                    continue
            most = max(most, held)
            time.sleep(0.02)
        seconds = time.perf_counter() - started
    assert process.returncode == 0
    return {"seconds": round(seconds, 2), "MiB": round(most / 2**20, 1)}


def main() -> None:
    """Run everything and add it to the results."""
    with tempfile.TemporaryDirectory() as folder:
        times = str(Path(folder, "times.json"))
        options = ("--processes", "5", "--values", "2", "--min-time", "0.02", "-o", times)
        subprocess.run([sys.executable, __file__, "parts", *options], check=True)
        seconds = {
            benchmark.get_name(): list(benchmark.get_values())
            for benchmark in pyperf.BenchmarkSuite.load(times).get_benchmarks()
        }
    seconds_to_first_law()  # so that everything is compiled
    first = sorted(round(seconds_to_first_law(), 3) for _ in range(9))
    results: dict[str, Any] = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    results[".".join(platform.python_version_tuple()[:2])] = {
        "python": platform.python_version(),
        "torch": importlib.util.find_spec("torch") is not None,
        "seconds": seconds,
        "seconds to the first law": first,
        "whole check": [whole_check() for _ in range(3)],
    }
    text = json.dumps(dict(sorted(results.items())), indent=1)
    RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.argv.pop(1)
        benchmarks()
    else:
        main()
