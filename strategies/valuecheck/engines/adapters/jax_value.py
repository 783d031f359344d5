"""JAX in double precision as a `Value`: what is done is recorded, and differentiated by `jax.vjp`."""

import os
import sys
from typing import Any

import jax
import jax.numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from recorded import Recorded, applied, equip

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


class Value(Recorded):
    @staticmethod
    def _compute(function: Any, numbers: Any) -> Any:
        return function(*(np.asarray(number, dtype=np.float64) for number in numbers))

    @staticmethod
    def _adjoints(output: Any, many: int) -> Any:
        value, pull_back = jax.vjp(output, [np.float64(0.0)] * many)
        return pull_back(np.ones_like(value))[0]


equip(Value, np)
for _name in ("relu", "sigmoid", "softplus", "silu"):
    setattr(Value, _name, applied(Value, getattr(jax.nn, _name)))
