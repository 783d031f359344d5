"""What a run of training leaves behind: the picture, the predictions, the manifest."""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["options", "write"]

HERE = Path(__file__).resolve().parent


def write(
    settings: argparse.Namespace,
    tenses: Mapping[str, tuple[str, str]],
    logits: list[list[float]],
    losses: Mapping[int, Sequence[float]],
) -> None:
    """Write the artefacts, all of them or none, and print what they say.

    Args:
        settings: as `options` gives them.
        tenses: by tense its form in English and in Spanish.
        logits: for each tense the outputs of the network with the seed of `settings`.
        losses: for each seed the loss before every epoch and after the last.
    """
    final = {seed: losses[seed][-1] for seed in sorted(losses)}
    manifest = {
        "seed": settings.seed,
        "versions": {
            "python": platform.python_version(),
            "minigrad": f"minigrad {version('minigrad-scalar')}",
        },
        "configuration": {
            "layers": [len(tenses), settings.hidden, len(tenses)],
            "epochs": settings.epochs,
            "learning_rate": settings.learning_rate,
        },
        "git_commit": _commit(),
        "hardware": f"{platform.machine()}, {platform.system()}",
        "final_loss": final[settings.seed],
        "final_loss_by_seed": final,
    }
    settings.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.out) as folder:
        # Everything is written beside its place first: an interrupted run leaves the old ones.
        _picture(losses, settings.seed, Path(folder) / "loss.png")
        rows = [
            {"tense": tense, "english": forms[0], "spanish": forms[1]}
            for tense, forms in tenses.items()
        ]
        document = {"predictions": logits, "tenses": rows}
        for name, content in (("predictions", document), ("manifest", manifest)):
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            (Path(folder) / f"{name}.json").write_text(text, encoding="utf-8")
        for file in Path(folder).iterdir():
            file.replace(settings.out / file.name)
    right = sum(row.index(max(row)) == i for i, row in enumerate(logits))
    print(
        f"seed {settings.seed}: summed loss {final[settings.seed]:.6f}, {right} of 5 tenses right"
    )
    print(f"seeds {min(final)} to {max(final)}: worst {max(final.values()):.6f}, goal 0.5")


def _picture(losses: Mapping[int, Sequence[float]], chosen: int, file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), dpi=110, layout="constrained")
    for seed, curve in losses.items():
        if seed != chosen:
            axes.plot(curve, color="0.75", linewidth=0.8)
    axes.plot(losses[chosen], color="black", linewidth=1.8, label=f"seed {chosen}")
    axes.plot([], [], color="0.75", label=f"the other seeds of {min(losses)} to {max(losses)}")
    axes.axhline(0.5, color="black", linestyle=":", linewidth=1, label="the goal, 0.5")
    axes.set(yscale="log", xlabel="epoch", ylabel="summed loss", title="Five tenses of 'work'")
    axes.legend(frameon=False)
    figure.savefig(file, metadata={"Software": None})
    plt.close(figure)


def _commit() -> str:
    done = subprocess.run(
        [
            "git",
            "log",
            "-1",
            "--format=%H",
            "--",
            "src",
            str(HERE / "model.py"),
            str(HERE / "train.py"),
        ],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "not in a git checkout"


def options(told: str) -> argparse.Namespace:
    """Read the options of the command; `told` is its help."""

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

    parser = argparse.ArgumentParser(description=told.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=count, default=300)
    parser.add_argument("--learning-rate", type=positive, default=0.05)
    parser.add_argument("--hidden", type=count, default=8)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the artefacts")
    return parser.parse_args()
