"""Check scalar engines that people have published, without configuration: `python check.py`.

Each is installed from the package index at a pinned version, without its dependencies, in a folder
of its own, and pointed at as a user would: the folder of the package, or, where several classes in
it qualify, the one that the command asks to choose. Writes `result.json` and `table.md`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

ENGINES = {
    "backprop-lib==0.1.0": "backprop",
    "bitgrad==0.1.2": "bitgrad",
    "composerml==0.1.0": "composerml",
    "coregrad==0.1.0": "coregrad",
    "deep-autograd==0.0.2": "deep_autograd",
    "delgrada==0.1.2": "delgrada/scalar.py",
    "femtograd==0.0.5": "femtograd",
    "gradflow-kit==0.1.3": "micrograd",
    "kaitorch==0.1.0": "kaitorch",
    "learngrad==0.2.1": "learngrad",
    "lilgrad==0.6.0": "micrograd",
    "micrograd-andrews==0.1.8": "micrograd_andrews",
    "micrograd-ds==0.1.1": "micrograd",
    "micrograd-hk==0.1.1": "micrograd_hk",
    "micrograd-viz==0.2.0": "micrograd",
    "micrograd2023==1.0.1": "micrograd2023",
    "micrograd==0.1.0": "micrograd",
    "nano-autograds==1.1.1": "autograd/core/engine.py:Value",
    "omnigrad==0.2.3": "omnigrad",
    "opengrad==0.0.1": "opengrad",
    "propgrad==0.1.1": "propgrad",
    "scalargrad==1.0.5": "scalargrad",
    "smallgrad==1.0.2": "smallgrad",
    "strands-microgpt==0.1.0": "strands_microgpt",
    "tinymlp==0.1.0": "tinymlp",
    "tonygrad==2.0.0": "tonygrad",
    "vizgrad==0.1.2": "vizgrad",
}
"""What to install, and what inside it to check."""


def install(requirement: str, folder: Path) -> None:
    """Install one package without its dependencies into a folder of its own."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target")
    subprocess.run([*pip, str(folder), requirement], check=True)


def check(target: str, folder: Path) -> dict[str, Any]:
    """Check a target as the command does and return its report."""
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "--format", "json", target],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        sys.exit(f"{folder / target}: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    (found,) = report["targets"]
    return {**found, "error": done.stderr.strip()}


_COMMAND = "from valuecheck.cli import main; main()"


def row(requirement: str, found: dict[str, Any]) -> str:
    """Return the row of the table for one engine."""
    faults = [
        f"{f['kind']} in {f['primitive'] or '(no single primitive)'}: "
        f"`{f['program'].replace(chr(10), '; ')}`"
        for f in found["faults"]
    ]
    missed = [limit["name"] for limit in found["limits"] if not limit["reached"]]
    policies = found["policies"]
    told = [
        f"second sweep {policies.get('second backward')}",
        f"two outputs {policies.get('two outputs over one leaf')}",
        f"data {policies.get('data changed after the forward sweep', 'not settable')}",
    ]
    cells = (
        requirement.replace("==", " "),
        f"`{found['class']}`" + (" (its definitions only)" if found["note"] else ""),
        " ".join(f"`{symbol}`" for symbol in found["supported"]),
        "<br>".join(faults) or "none",
        ", ".join(missed) or "all reached",
        ", ".join(told),
        f"{found['seconds']:.0f}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Install and check every engine, and write the report and the table."""
    results: dict[str, Any] = {}
    rows = [
        "| package | bound without help | supported | faults | limits not reached | policies | s |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number, (requirement, inside) in enumerate(ENGINES.items()):
            home = Path(folder) / str(number)
            install(requirement, home)
            found = check(inside, home)
            found.pop("laws", None)
            text = json.dumps(found).replace(f"{home}/", "").replace(str(home), ".")
            results[requirement] = json.loads(text)
            rows.append(row(requirement, results[requirement]))
            print(rows[-1], flush=True)
    HERE.joinpath("result.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    HERE.joinpath("table.md").write_text("\n".join(rows) + "\n", encoding="utf-8")
    faulty = sum(bool(found["faults"]) for found in results.values())
    print(f"{len(results)} engines bound, {faulty} with a fault")


if __name__ == "__main__":
    main()
