"""What an engine does with every form of every operation, found without valuecheck: JSON on stdout.

    python truth.py ENGINE.py CLASS DATA GRAD SWEEP

For each form and point: the value and the gradients of the leaves, "not there" where the class has
no such operation, or the error.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

FORMS = (
    *("x + y", "x * y", "x - y", "x / y", "x + 2", "2 + x", "x * 2", "2 * x"),
    *("x - 2", "2 - x", "x / 2", "2 / x", "-x", "x ** 2", "x ** -1", "x ** 0.5", "abs(x)"),
    *("x * y + x", "x + x", "x * x", "(x + y) * (x + y)"),
)
POINTS = ((0.7, 1.3), (-0.6, 0.45), (1.9, -1.7))
_NO_OPERATIONS = {"backward", "backprop", "item"}


def main() -> None:
    """Try everything and print it."""
    file, name, data, grad, sweep = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("on_trial", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["on_trial"] = module
    try:
        spec.loader.exec_module(module)
        value = getattr(module, name)
        print(json.dumps(_outcomes(module, value, data, grad, sweep)))
    except Exception as error:  # noqa: BLE001 - whatever it raises is what it does
        print(json.dumps({"the class": type(error).__name__}))


def _outcomes(module: Any, value: Any, data: str, grad: str, sweep: str) -> dict[str, Any]:
    methods = [
        method
        for method in dir(value)
        if not method.startswith("_")
        and callable(getattr(value, method))
        and method not in _NO_OPERATIONS
    ]
    forms = [*FORMS, *(f"x.{m}()" for m in methods), *(f"x.{m}(y)" for m in methods)]
    found: dict[str, Any] = {}
    for form in forms:
        for point in POINTS:
            x, y = value(point[0]), value(point[1])
            key = f"{form} at {point}"
            try:
                result = eval(form, {"x": x, "y": y})  # noqa: S307 - a form of the list above
                if not hasattr(result, data):
                    raise TypeError(f"{type(result).__name__} is no node")  # noqa: TRY301
                (getattr(module, sweep) if hasattr(module, sweep) else _method(sweep))(result)
                found[key] = [
                    float(getattr(n, a) or 0.0)
                    for n, a in zip((result, x, y), (data, grad, grad), strict=True)
                ]
            except Exception as error:  # noqa: BLE001 - as above
                found[key] = _told(error)
    return found


def _method(sweep: str) -> Any:
    return lambda node: getattr(node, sweep)()


def _told(error: Exception) -> str:
    unsupported = isinstance(error, TypeError) and "unsupported operand" in str(error)
    bad = isinstance(error, TypeError) and "bad operand type" in str(error)
    return "not there" if unsupported or bad else type(error).__name__


if __name__ == "__main__":
    main()
