"""Measure what the strategies draw, and what a draw costs.

python experiments/strategies/measure.py
"""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    self_operands,
    twins,
)
from valuecheck.truth.ruler import enclose, midpoint, radius

if TYPE_CHECKING:
    from valuecheck.program.expression import Expression

HERE = Path(__file__).resolve().parent
DRAWS = 20_000
STRATEGIES = (expressions, diamonds, ladders, chains, fan_outs, self_operands, twins)


def drawn(strategy: st.SearchStrategy[Any], count: int) -> tuple[list[Any], float]:
    """Draw examples as a test does; return them and the microseconds for each."""
    found: list[Any] = []

    @seed(0)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    started = time.perf_counter()
    draw()
    return found, (time.perf_counter() - started) / len(found) * 1e6


def reuses_a_node(expression: Expression) -> bool:
    """Return whether a node that the output depends on has two uses that it depends on."""
    live = expression.live()
    return any(sum(live[user] for user, _ in uses) > 1 for uses in expression.uses())


def has_a_true_diamond(expression: Expression) -> bool:
    """Return whether two paths part at a node and meet again, neither of them a bare edge.

    That is: a node with two live uses of which neither depends on the other.
    """
    uses, live = expression.uses(), expression.live()
    above: list[set[int]] = [set() for _ in range(len(expression))]
    for node in range(expression.output, -1, -1):
        for user, _ in uses[node]:
            above[node] |= {user} | above[user]
    for node in range(len(expression)):
        users = sorted({user for user, _ in uses[node] if live[user]})
        if any(b not in above[a] for i, a in enumerate(users) for b in users[i + 1 :]):
            return True
    return False


def contents(examples: list[Expression]) -> dict[str, Any]:
    """Return shares and sizes of what was drawn."""
    zero = 0
    ratios: list[float] = []
    undecided = 0
    for expression in examples:
        balls = enclose(expression)
        if balls.undecided:
            undecided += 1
            continue
        for ball in balls.adjoints[: len(expression.leaves)]:
            size, margin = abs(midpoint(ball)), radius(ball)
            if size <= margin:
                zero += 1
            else:
                ratios.append(margin / size)
    outputs = Counter(e.steps[-1].symbol for e in examples if e.steps)
    inside = Counter(s.symbol for e in examples for s in e.steps[:-1])
    steps = sum(inside.values()) or 1
    return {
        "share with a reused node": round(mean(map(reuses_a_node, examples)), 4),
        "share with a true diamond": round(mean(map(has_a_true_diamond, examples)), 4),
        "steps, mean": round(mean(len(e.steps) for e in examples), 2),
        "steps, most": max(len(e.steps) for e in examples),
        "leaves, mean": round(mean(len(e.leaves) for e in examples), 2),
        "share undecided": round(undecided / len(examples), 5),
        "share of gradients that are 0": round(zero / (zero + len(ratios)), 4),
        "share of the others sharper than 1e-9": round(mean(r < 1e-9 for r in ratios), 4),
        "radius over gradient, median": float(f"{median(ratios):.2g}"),
        "share at the output": {s: round(n / len(examples), 4) for s, n in outputs.most_common()},
        "share inside": {s: round(n / steps, 4) for s, n in inside.most_common()},
    }


def cost() -> dict[str, Any]:
    """Return what a draw costs, next to plain strategies in the same run: the best of five turns.

    By size: a draw of so many steps, next to a list of as many integers.
    """
    plain = {
        "st.integers()": st.integers(),
        "st.lists(st.integers(0, 2**32 - 1), max_size=12)": st.lists(
            st.integers(0, 2**32 - 1), max_size=12
        ),
    }
    ours = {f"{strategy.__name__}()": strategy() for strategy in STRATEGIES}
    sized: dict[str, st.SearchStrategy[Any]] = {}
    for size in (4, 8, 16, 32, 64):
        sized[f"expressions, {size} steps"] = expressions(min_steps=size, max_steps=size)
        sized[f"a list of {size} integers"] = st.lists(
            st.integers(0, 2**32 - 1), min_size=size, max_size=size
        )
    best: dict[str, float] = {}
    for _ in range(5):
        for name, strategy in {**plain, **ours, **sized}.items():
            best[name] = min(best.get(name, 1e9), drawn(strategy, 500)[1])
    unit = best["st.integers()"]
    return {
        "microseconds": {name: round(value, 1) for name, value in best.items()},
        "times st.integers()": {name: round(best[name] / unit, 2) for name in (*plain, *ours)},
    }


def picture(result: dict[str, Any], file: Path) -> None:
    """Draw shares of primitives, and cost by size."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), dpi=110, layout="constrained")
    shares = result["strategies"]["expressions"]
    symbols = list(shares["share inside"])
    left.bar(range(len(symbols)), [shares["share inside"][s] for s in symbols], color="0.35")
    left.set_xticks(range(len(symbols)), symbols)
    left.set(title="expressions(): primitives drawn", ylabel="share of steps")
    times = result["cost"]["microseconds"]
    for label, key, style in (
        ("expressions", "expressions, {} steps", "o-k"),
        ("a list of integers", "a list of {} integers", "s--"),
    ):
        sizes = (4, 8, 16, 32, 64)
        right.plot(sizes, [times[key.format(n)] for n in sizes], style, label=label, color="0.3")
    right.set(title="cost of a draw", xlabel="steps", ylabel="microseconds", ylim=(0, None))
    right.legend(frameon=False)
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)


def main() -> None:
    """Measure, and write result.json and draws.png."""
    warnings.simplefilter("ignore")
    strategies = {}
    for strategy in STRATEGIES:
        examples, _ = drawn(strategy(), DRAWS if strategy is expressions else DRAWS // 10)
        # Hypothesis calls the test for valid draws only: as many calls as asked for, no rejection.
        strategies[strategy.__name__] = {"draws": len(examples), **contents(examples)}
        print(strategy.__name__, len(examples))
    result = {"strategies": strategies, "cost": cost()}
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    picture(result, HERE / "draws.png")


if __name__ == "__main__":
    main()
