"""Record what torch says, so that its verdict counts where torch is not installed.

    tox run -e torch --notest && .tox/torch/bin/python experiments/torch-record/record.py

Writes strategies/valuecheck/truth/oracles/torch_recorded.json.gz: 300 expressions of each shape,
drawn with a fixed seed, with torch's primals and adjoints of every node as exact hexadecimal
floats.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies import (
    chains,
    diamonds,
    expressions,
    fan_outs,
    ladders,
    self_operands,
    twins,
)
from valuecheck.truth.oracles.availability import oracle_versions
from valuecheck.truth.oracles.torch_float64 import replay_torch

RECORD = Path(__file__).parents[2] / "strategies/valuecheck/truth/oracles/torch_recorded.json.gz"
STRATEGIES = (
    expressions(),
    expressions(primitives=list(PRIMITIVES)),
    *(diamonds(), ladders(), chains(max_depth=32), fan_outs(), self_operands(), twins()),
)
EACH = 300


def main() -> None:
    """Draw, ask torch, and write the record."""
    if oracle_versions()["torch"] is None:
        sys.exit("torch is not installed: run this in the torch environment")
    entries: list[dict[str, Any]] = []
    for strategy in STRATEGIES:

        @seed(2026)
        @settings(
            max_examples=EACH,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def ask(expression: Any) -> None:
            tensors = replay_torch(expression)
            tensors[-1].backward()
            entries.append(
                {
                    "expression": expression.to_json(),
                    "primals": [float(t.detach()).hex() for t in tensors],
                    "adjoints": [float(0.0 if t.grad is None else t.grad).hex() for t in tensors],
                }
            )

        ask()
    document = {"torch": oracle_versions()["torch"], "entries": entries}
    text = json.dumps(document, separators=(",", ":")).encode()
    RECORD.write_bytes(gzip.compress(text, mtime=0))
    print(f"{len(entries)} expressions, {RECORD.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
