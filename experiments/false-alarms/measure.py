"""Count the false alarms of the ruler, and of the usual fixed rules, on engines that are right.

    python experiments/false-alarms/measure.py            # the whole run, restartable
    python experiments/false-alarms/measure.py --share 0.001 --out DIR

Programs are drawn with fixed seeds, in blocks. The result of each block is kept in a cache beside
the result until all are there, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import Fault
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies.decoder import CODE_BITS
from valuecheck.strategies.expressions import decode_expression
from valuecheck.strategies.fit import options_for
from valuecheck.truth.oracles.availability import oracle_versions
from valuecheck.truth.ruler import enclose, midpoint, radius

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

HERE = Path(__file__).resolve().parent
BLOCK = 10_000
EXPRESSIONS = {"minigrad": 1_000_000, "micrograd": 1_000_000, "torch": 200_000}
RULED = 20_000
"""On so many of the programs the fixed rules are tried too: they cost a hundred times as much."""


class TorchValue:
    """A `Value` whose engine is torch: 0-d float64 tensors that keep their gradients."""

    def __init__(self, data: Any) -> None:
        import torch

        if not isinstance(data, torch.Tensor):
            data = torch.tensor(float(data), dtype=torch.float64, requires_grad=True)
        if not data.is_leaf:
            data.retain_grad()
        self.tensor = data

    @property
    def data(self) -> float:
        """The number."""
        return float(self.tensor.detach())

    @property
    def grad(self) -> float | None:
        """The gradient, None before it arrives."""
        return None if self.tensor.grad is None else float(self.tensor.grad)

    def backward(self) -> None:
        """Let torch sweep."""
        self.tensor.backward()

    @staticmethod
    def _raw(other: Any) -> Any:
        return other.tensor if isinstance(other, TorchValue) else other

    def __add__(self, other: Any) -> TorchValue:
        return TorchValue(self.tensor + self._raw(other))

    def __sub__(self, other: Any) -> TorchValue:
        return TorchValue(self.tensor - self._raw(other))

    def __mul__(self, other: Any) -> TorchValue:
        return TorchValue(self.tensor * self._raw(other))

    def __truediv__(self, other: Any) -> TorchValue:
        return TorchValue(self.tensor / self._raw(other))

    def __pow__(self, exponent: float) -> TorchValue:
        return TorchValue(self.tensor**exponent)

    def __neg__(self) -> TorchValue:
        return TorchValue(-self.tensor)

    def __radd__(self, other: float) -> TorchValue:
        return TorchValue(other + self.tensor)

    def __rsub__(self, other: float) -> TorchValue:
        return TorchValue(other - self.tensor)

    def __rmul__(self, other: float) -> TorchValue:
        return TorchValue(other * self.tensor)

    def __rtruediv__(self, other: float) -> TorchValue:
        return TorchValue(other / self.tensor)

    def exp(self) -> TorchValue:
        """Exponential."""
        return TorchValue(self.tensor.exp())

    def log(self) -> TorchValue:
        """Natural logarithm."""
        return TorchValue(self.tensor.log())

    def tanh(self) -> TorchValue:
        """Hyperbolic tangent."""
        return TorchValue(self.tensor.tanh())

    def relu(self) -> TorchValue:
        """The positive part."""
        return TorchValue(self.tensor.relu())


def engine_class(name: str) -> type:
    """Return the class of one of the engines."""
    if name == "torch":
        import torch

        torch.set_num_threads(1)
        return TorchValue
    if name == "micrograd":
        from micrograd.engine import Value as Micrograd

        found: type = Micrograd
        return found
    from minigrad import Value

    return Value


def function_at(expression: Expression, leaves: list[float]) -> float:
    """Return the output for other leaves, in floats; nan outside the domain."""

    def apply(symbol: str, operands: tuple[float, ...]) -> float:
        return float(PRIMITIVES[symbol].primal(FLOATS, *operands))

    try:
        return expression.replay(leaves, apply)[-1]
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def rejected_by(expression: Expression, gradient: list[float], rng: random.Random) -> set[str]:
    """Return the fixed rules that call a right gradient wrong.

    Each rule is stated by its step, absolute and relative tolerance, and what it compares with: a
    central difference in floats for each leaf, or along one random direction.
    """
    leaves = [float(leaf) for leaf in expression.leaves]

    def slope(direction: list[float], step: float) -> float:
        ends = [
            function_at(
                expression, [x + s * step * d for x, d in zip(leaves, direction, strict=True)]
            )
            for s in (1, -1)
        ]
        return (ends[0] - ends[1]) / (2 * step)

    rejected = set()
    for i, got in enumerate(gradient):
        unit = [float(i == j) for j in range(len(leaves))]
        numeric = slope(unit, 1e-6)
        if not abs(got - numeric) <= 1e-5 + 1e-3 * abs(numeric):
            rejected.add("torch.autograd.gradcheck: eps 1e-6, atol 1e-5, rtol 1e-3")
        if not abs(got - numeric) <= 1e-2 + 1e-2 * abs(numeric):
            rejected.add("minitorch: eps 1e-6, atol 1e-2, rtol 1e-2")
        if not (abs(got - numeric) < 1e-6 or abs(got - numeric) < 1e-6 * abs(got + numeric)):
            rejected.add("HIPS autograd: eps 1e-6, tol 1e-6, rtol 1e-6")
        if not abs(got - numeric) <= 1e-9 * abs(numeric):
            rejected.add("a plain relative 1e-9 of the difference")
    direction = [rng.gauss(0.0, 1.0) for _ in leaves]
    along = sum(g * d for g, d in zip(gradient, direction, strict=True))
    numeric = slope(direction, 2.0 ** (-52 / 3))
    if not abs(along - numeric) <= 1e-5 + 1e-5 * abs(numeric):
        rejected.add("jax check_grads: eps 6e-6, atol 1e-5, rtol 1e-5")
    return rejected


def run_block(name: str, block: int) -> dict[str, Any]:
    """Judge one block of programs on one engine."""
    judge = Judge(Subject(open_class(engine_class(name))), oracles=())
    options = options_for(judge.subject.options())
    rng = random.Random(f"{name} {block}")
    counts: Counter[str] = Counter()
    sharpness: Counter[int] = Counter()
    closeness: Counter[int] = Counter()
    worst = 0.0
    alarms: list[str] = []
    rejected: Counter[str] = Counter()
    for number in range(BLOCK):
        size = rng.randint(1, 12)
        drawn = [rng.getrandbits(CODE_BITS) for _ in range(size)]
        expression = decode_expression(drawn, options, 12)
        balls = enclose(expression)
        counts["expressions"] += 1
        if balls.undecided:
            counts[f"undecided: {balls.undecided}"] += 1
        try:
            run = judge.run(expression)
            judge.hold_data(expression, run, balls)
            judge.hold_grads(expression, run, balls)
        except Fault as fault:
            alarms.append(f"{fault.message}\n{expression}")
            continue
        gradient = []
        if balls.undecided == "not finite":
            continue
        for leaf in range(len(expression.leaves)):
            ball, got = balls.adjoints[leaf], run.grad_of(leaf)
            gradient.append(got)
            counts["gradients"] += 1
            size_of, margin = abs(midpoint(ball)), radius(ball)
            if size_of <= margin:
                counts["gradients that are 0"] += 1
                continue
            sharpness[math.floor(4 * math.log10(margin / size_of))] += 1
            if balls.undecided is None and margin > 0:
                share = abs(got - midpoint(ball)) / margin
                worst = max(worst, share)
                closeness[math.floor(4 * math.log10(share)) if share else -80] += 1
        if name == "minigrad" and block * BLOCK + number < RULED and not balls.undecided:
            counts["put to the fixed rules"] += 1
            rejected.update(rejected_by(expression, gradient, rng))
    return {
        "engine": name,
        "counts": counts,
        "sharpness": sharpness,
        "closeness": closeness,
        "worst": worst,
        "alarms": alarms,
        "rejected": rejected,
    }


def _quantile(histogram: Counter[int], share: float) -> float:
    """Return the upper edge of the quarter of a decade in which a quantile lies."""
    total, seen = sum(histogram.values()), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= share * total:
            return float(f"{10 ** ((bucket + 1) / 4):.3g}")
    return math.nan


def summarise(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the blocks together."""
    engines: dict[str, Any] = {}
    closeness: Counter[int] = Counter()
    rejected: Counter[str] = Counter()
    ruled = 0
    for name in dict.fromkeys(block["engine"] for block in blocks):
        mine = [block for block in blocks if block["engine"] == name]
        counts: Counter[str] = Counter()
        sharpness: Counter[int] = Counter()
        for block in mine:
            counts.update(block["counts"])
            sharpness.update({int(k): v for k, v in block["sharpness"].items()})
            closeness.update({int(k): v for k, v in block["closeness"].items()})
            rejected.update(block["rejected"])
        ruled += counts["put to the fixed rules"]
        sharp = sum(n for bucket, n in sharpness.items() if bucket < -36)
        engines[name] = {
            **dict(sorted(counts.items())),
            "false alarms": sum(len(block["alarms"]) for block in mine),
            "examples of false alarms": [a for block in mine for a in block["alarms"]][:3],
            "closest to the edge of its ball": round(max(block["worst"] for block in mine), 4),
            "radius over gradient, median": _quantile(sharpness, 0.5),
            "radius over gradient, 90 %": _quantile(sharpness, 0.9),
            "share sharper than 1e-9": round(sharp / sum(sharpness.values()), 5),
        }
    return {
        "oracles": oracle_versions(),
        "expressions": sum(e["expressions"] for e in engines.values()),
        "false alarms": sum(e["false alarms"] for e in engines.values()),
        "engines": engines,
        "fixed rules": {
            "expressions": ruled,
            "share of right gradients rejected": {
                rule: round(n / ruled, 5) for rule, n in sorted(rejected.items())
            },
        },
        "error over radius, quarters of a decade": dict(sorted(closeness.items())),
    }


def picture(result: dict[str, Any], file: Path) -> None:
    """Draw how far right engines stay from the edge of their balls."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    histogram = {
        int(k) / 4: v for k, v in result["error over radius, quarters of a decade"].items()
    }
    exact = histogram.pop(-20.0, 0)
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=110, layout="constrained")
    axes.bar(list(histogram), list(histogram.values()), width=0.24, align="edge", color="0.35")
    axes.axvline(0, color="black", linewidth=2)
    axes.annotate("the edge\nof the ball ", (0, max(histogram.values())), ha="right", va="top")
    axes.set(
        yscale="log",
        xlim=(-8, 0.5),
        xlabel="error / radius, powers of ten",
        ylabel="gradients",
        title=f"{result['expressions']:,} programs on right engines, {exact:,} gradients exact",
    )
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Run what is missing, and write result.json and error-over-radius.png."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the whole run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    cache = options.out / ".blocks"
    cache.mkdir(parents=True, exist_ok=True)
    engines = [n for n in EXPRESSIONS if n != "torch" or oracle_versions()["torch"] is not None]
    jobs = [
        (name, block)
        for name in engines
        for block in range(max(1, int(EXPRESSIONS[name] * options.share) // BLOCK))
    ]
    with ProcessPoolExecutor(options.workers) as pool:
        futures = {
            job: pool.submit(run_block, *job)
            for job in jobs
            if not (cache / f"{job[0]}-{job[1]}.json").exists()
        }
        for (name, block), future in futures.items():
            file = cache / f"{name}-{block}.json"
            file.write_text(json.dumps(future.result()), encoding="utf-8")
            print(f"\r{name} {block + 1}", end="", flush=True)
    blocks = [json.loads((cache / f"{n}-{b}.json").read_text(encoding="utf-8")) for n, b in jobs]
    result = summarise(blocks)
    (options.out / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    picture(result, options.out / "error-over-radius.png")
    shutil.rmtree(cache)  # or the next run would tell what this one found
    print(f"\n{result['expressions']:,} programs, {result['false alarms']} false alarms")


if __name__ == "__main__":
    main()
