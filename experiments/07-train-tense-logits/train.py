"""Train a 2-layer MLP on the identity of the five tenses of *work*, with `minigrad.scalar` alone.

    python experiments/07-train-tense-logits/train.py

One-hot in, five logits out; the loss is the sum over the five inputs of the sum of squares over
the five outputs. An all-zero network scores 5.0.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from model import MLP

from minigrad.scalar import Value

HERE = Path(__file__).resolve().parent
TENSES = {
    "infinitive": ("(to) work", "trabajar"),
    "present, third person singular": ("works", "trabaja"),
    "past simple": ("worked", "trabajó"),
    "past participle": ("worked", "trabajado"),
    "future": ("will work", "trabajará"),
}
SEEDS = range(20)
"""The seeds for which the goal has to be reached."""


def loss_of(network: MLP) -> Value:
    """Return the sum over the five tenses of the squared distance to their one-hot code."""
    loss = Value(0.0)
    for tense in range(len(TENSES)):
        code = [1.0 if i == tense else 0.0 for i in range(len(TENSES))]
        for logit, target in zip(network([Value(x) for x in code]), code, strict=True):
            loss = loss + (logit - target) ** 2
    return loss


def train(
    seed: int, epochs: int, learning_rate: float, hidden: int, *, progress: bool = False
) -> tuple[MLP, list[float]]:
    """Train a network and return it with the loss before each epoch and after the last."""
    network = MLP([len(TENSES), hidden, len(TENSES)], seed)
    losses = []
    for epoch in range(epochs):
        loss = loss_of(network)
        losses.append(loss.data)
        if not math.isfinite(loss.data):
            sys.exit(f"the loss is {loss.data} at epoch {epoch}: use a smaller --learning-rate")
        for parameter in network.parameters():
            parameter.grad = 0.0
        loss.backward()
        for parameter in network.parameters():
            parameter.data -= learning_rate * parameter.grad
        if progress and sys.stderr.isatty():
            print(f"\repoch {epoch + 1} of {epochs}, loss {loss.data:.6f}", end="", file=sys.stderr)
    losses.append(loss_of(network).data)
    if progress and sys.stderr.isatty():
        print(file=sys.stderr)
    return network, losses


def predictions(network: MLP) -> list[list[float]]:
    """Return the five logits for each of the five one-hot inputs."""
    codes = [[Value(float(i == tense)) for i in range(len(TENSES))] for tense in range(len(TENSES))]
    return [[logit.data for logit in network(code)] for code in codes]


def _picture(losses: dict[int, list[float]], chosen: int, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), dpi=110, layout="constrained")
    for seed, curve in losses.items():
        if seed != chosen:
            axes.plot(curve, color="0.75", linewidth=0.8)
    axes.plot(losses[chosen], color="black", linewidth=1.8, label=f"seed {chosen}")
    axes.plot([], [], color="0.75", label=f"the other seeds of {min(SEEDS)} to {max(SEEDS)}")
    axes.axhline(0.5, color="black", linestyle=":", linewidth=1, label="the goal, 0.5")
    axes.set(yscale="log", xlabel="epoch", ylabel="summed loss", title="Five tenses of 'work'")
    axes.legend(frameon=False)
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)


def _commit() -> str:
    done = subprocess.run(
        ["git", "log", "-1", "--format=%H", "--", "src", str(HERE / "model.py"), __file__],  # noqa: S607 - whichever git is there
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "not in a git checkout"


def _options() -> argparse.Namespace:
    def positive(text: str) -> float:
        number = float(text)
        if not (math.isfinite(number) and number > 0):
            message = f"{text} is not a positive number"
            raise argparse.ArgumentTypeError(message)
        return number

    def count(text: str) -> int:
        number = int(text)
        if number < 1:
            message = f"{text} is not at least 1"
            raise argparse.ArgumentTypeError(message)
        return number

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=count, default=300)
    parser.add_argument("--learning-rate", type=positive, default=0.05)
    parser.add_argument("--hidden", type=count, default=8)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the artefacts")
    return parser.parse_args()


def main() -> None:
    """Train, and write the artefacts; all of them, or none."""
    options = _options()
    settings = (options.epochs, options.learning_rate, options.hidden)
    network, losses = train(options.seed, *settings, progress=True)
    curves = {seed: train(seed, *settings)[1] for seed in SEEDS if seed != options.seed}
    curves[options.seed] = losses
    final = {seed: curves[seed][-1] for seed in sorted(curves)}
    logits = predictions(network)
    manifest = {
        "seed": options.seed,
        "versions": {
            "python": platform.python_version(),
            "minigrad": f"minigrad {version('minigrad')}",
        },
        "configuration": {
            "layers": [len(TENSES), options.hidden, len(TENSES)],
            "epochs": options.epochs,
            "learning_rate": options.learning_rate,
        },
        "git_commit": _commit(),
        "hardware": f"{platform.machine()}, {platform.system()}",
        "final_loss": losses[-1],
        "final_loss_by_seed": final,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out) as folder:
        # Everything is written beside its place first: an interrupted run leaves the old ones.
        _picture(curves, options.seed, Path(folder) / "loss.png")
        rows = [
            {"tense": tense, "english": forms[0], "spanish": forms[1]}
            for tense, forms in TENSES.items()
        ]
        document = {"predictions": logits, "tenses": rows}
        for name, content in (("predictions", document), ("manifest", manifest)):
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")
        for file in Path(folder).iterdir():
            file.replace(options.out / file.name)
    right = sum(row.index(max(row)) == i for i, row in enumerate(logits))
    print(f"seed {options.seed}: summed loss {losses[-1]:.6f}, {right} of 5 tenses right")
    print(f"seeds {min(final)} to {max(final)}: worst {max(final.values()):.6f}, goal 0.5")


if __name__ == "__main__":
    main()
