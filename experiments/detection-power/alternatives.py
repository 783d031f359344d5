"""Ask what other ways of testing catch of the same mutants: `python alternatives.py`.

Each way is restated here and asks the engine through the same binding:

- one unit test per operation: each operation alone, at one point, against the known derivative;
- micrograd's own tests: two fixed programs of several operations, with numbers on either side and
  nodes that are used again, against the known gradient;
- minitorch's checks: each operation alone at 100 random points, a central difference of the
  engine's own forward sweep, within 1e-2 absolute and relative;
- the rule of torch.autograd.gradcheck on 1,000 random programs as valuecheck draws them: a central
  difference of the engine's own forward sweep for every leaf, within 1e-5 absolute and 1e-3
  relative. It calls right engines wrong too, so it is asked twice: whether it finds anything, and
  whether it does on a program where minigrad, which is right, uses less than a tenth of what the
  rule allows. (A user has no right engine to ask.)

The same is asked of the right engines in unusual dress: who is blamed there is blamed wrongly.
"""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.alarm import alarm
from tests.engines.dress import CHANGES, dressed
from tests.mutants import MUTANTS

from minigrad import Value
from valuecheck.engines.engine import Engine, EngineLostError
from valuecheck.engines.in_process import open_class
from valuecheck.judging.faults import RaisedError
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies.decoder import CODE_BITS
from valuecheck.strategies.expressions import decode_expression
from valuecheck.strategies.fit import options_for
from valuecheck.truth.agreement import NotANumberError
from valuecheck.truth.oracles.dual_number import adjoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
PROGRAMS = 1_000
POINTS = 100
STEP = 1e-6

_RAISED = (RaisedError, NotANumberError)


def has(engine: Engine, expression: Expression) -> bool:
    """Return whether an engine has all operations of an expression, numbers on their sides too."""
    return Subject(engine).lacks(expression) is None


def gradient(engine: Engine, expression: Expression) -> list[float]:
    """Return the gradients of the leaves as the engine has them."""
    run = Judge(Subject(engine)).run(expression)
    return [run.grad_of(leaf) for leaf in range(len(expression.leaves))]


def slope(engine: Engine, expression: Expression, leaf: int) -> float:
    """Return the central difference of the engine's own forward sweep; nan where it raises."""
    ends = []
    for step in (STEP, -STEP):
        leaves = list(expression.leaves)
        leaves[leaf] += step
        try:
            moved = Expression(tuple(leaves), expression.steps)
            ends.append(Judge(Subject(engine)).build(moved).data_of(-1))
        except _RAISED:
            return math.nan
    return (ends[0] - ends[1]) / (2 * STEP)


def single_operations(at: Callable[[], float]) -> Iterator[Expression]:
    """Yield every operation alone, with nodes and with numbers as operands, at drawn points."""
    for symbol in ("+", "-", "*", "/"):
        yield Expression((at(), at()), (Step(symbol, (0, 1)),))
        yield Expression((at(),), (Step(symbol, (0, Constant(3.0))),))
        yield Expression((at(),), (Step(symbol, (Constant(3.0), 0)),))
    for exponent in (2.0, 3.0, -1.0):
        yield Expression((at(),), (Step("**", (0, Constant(exponent))),))
    for symbol, row in PRIMITIVES.items():
        if row.arity == 1:
            yield Expression((at(),), (Step(symbol, (0,)),))
    yield Expression((at(), 1.5), (Step("x**y", (0, 1)),))
    yield Expression((at(),), (Step("c**x", (Constant(2.0), 0)),))


def unit_tests(engine: Engine) -> bool:
    """Return whether a unit test per operation fails."""
    points = iter([1.25, 0.75] * 100)
    return any(
        not _known(engine, expression)
        for expression in single_operations(lambda: next(points))
        if has(engine, expression)
    )


def _known(engine: Engine, expression: Expression) -> bool:
    try:
        got = gradient(engine, expression)
    except _RAISED:
        return False
    wanted = adjoints(expression, range(len(expression.leaves)))
    return all(
        want is None or math.isclose(number, want, rel_tol=1e-6, abs_tol=1e-12)
        for number, want in zip(got, wanted, strict=True)
    )


def _program(text: str) -> Expression:
    return Expression.from_json(json.loads(text))


# Both use nodes several times, relu on both sides of 0, and numbers on the left and on the right.
FIXED_PROGRAMS = (
    _program(
        '{"leaves": [-3.0], "steps": [["*", {"constant": 2.0}, 0], ["+", 1, {"constant": 4.0}],'
        ' ["+", 2, 0], ["relu", 3], ["*", 3, 0], ["+", 4, 5], ["*", 3, 3], ["relu", 7],'
        ' ["*", 6, 0], ["+", 8, 6], ["+", 10, 9]]}'
    ),
    _program(
        '{"leaves": [-3.0, 2.0], "steps": [["+", 0, 1], ["*", 0, 1],'
        ' ["**", 1, {"constant": 3.0}], ["+", 3, 4], ["+", 2, {"constant": 1.0}], ["+", 2, 6],'
        ' ["neg", 0], ["+", {"constant": 1.0}, 7], ["+", 9, 8], ["*", 5, {"constant": 2.0}],'
        ' ["+", 1, 0], ["relu", 12], ["+", 11, 13], ["-", 1, 0], ["relu", 15],'
        ' ["*", {"constant": 3.0}, 14], ["+", 17, 16], ["-", 10, 18],'
        ' ["**", 19, {"constant": 2.0}], ["/", 20, {"constant": 2.0}],'
        ' ["/", {"constant": 10.0}, 20], ["+", 21, 22]]}'
    ),
)


def fixed_programs(engine: Engine) -> bool:
    """Return whether one of the two fixed programs fails."""
    return any(not _known(engine, program) for program in FIXED_PROGRAMS if has(engine, program))


def operation_checks(engine: Engine) -> bool:
    """Return whether a central difference of an operation alone fails, at random points."""
    draw = random.Random(0)
    for _ in range(POINTS):
        for expression in single_operations(lambda: draw.uniform(-10.0, 10.0)):
            if has(engine, expression) and _rejected(engine, expression, 1e-2, 1e-2):
                return True
    return False


def _rejected(engine: Engine, expression: Expression, absolute: float, relative: float) -> bool:
    """Return whether a gradient differs from the engine's own central difference."""
    return _share_of_tolerance(engine, expression, absolute, relative) > 1.0


def _share_of_tolerance(
    engine: Engine, expression: Expression, absolute: float, relative: float
) -> float:
    """Return the largest difference of a gradient from a central difference, over what is allowed.

    A program that raises at its point proves nothing: a random point may lie outside the domain.
    """
    try:
        got = gradient(engine, expression)
    except _RAISED:
        return 0.0
    largest = 0.0
    for leaf, number in enumerate(got):
        numeric = slope(engine, expression, leaf)
        share = abs(number - numeric) / (absolute + relative * abs(numeric))
        largest = max(largest, 0.0 if math.isnan(share) else share)
    return largest


def programs(engine: Engine) -> Iterator[Expression]:
    """Yield random programs as valuecheck draws them for an engine."""
    options = options_for(Subject(engine).options())
    draw = random.Random(0)
    for _ in range(PROGRAMS):
        codes = [draw.getrandbits(CODE_BITS) for _ in range(draw.randint(1, 12))]
        yield decode_expression(codes, options, 12)


def gradcheck_rule(engine: Engine) -> bool:
    """Return whether gradcheck's rule rejects a random program."""
    return any(_rejected(engine, expression, 1e-5, 1e-3) for expression in programs(engine))


def gradcheck_where_it_is_safe(engine: Engine) -> bool:
    """Return whether gradcheck rejects a program that leaves a right engine room to spare."""
    right = open_class(Value)
    return any(
        _rejected(engine, expression, 1e-5, 1e-3)
        and _share_of_tolerance(right, expression, 1e-5, 1e-3) < 0.1
        for expression in programs(engine)
        if has(right, expression)
    )


WAYS = {
    "a unit test per operation": unit_tests,
    "micrograd's own tests": fixed_programs,
    "minitorch's checks of each operation": operation_checks,
    "gradcheck's rule on 1,000 programs": gradcheck_rule,
    "the same, where it is known to be safe": gradcheck_where_it_is_safe,
}


def verdicts(engine_class: type) -> dict[str, bool]:
    """Ask every way about an engine; one that hangs or fails to bind is caught."""
    found = {}
    for name, way in WAYS.items():
        try:
            with alarm(60.0):
                found[name] = way(open_class(engine_class))
        except EngineLostError:
            found[name] = True
    return found


def main() -> None:
    """Ask about all mutants and all right engines; write `alternatives.json` and print shares."""
    result: dict[str, Any] = {
        "mutants": {mutant.name: verdicts(mutant.engine) for mutant in MUTANTS},
        "right engines": {name: verdicts(dressed(name)) for name in CHANGES},
    }
    text = json.dumps(result, indent=1)
    (HERE / "alternatives.json").write_text(text + "\n", encoding="utf-8")
    for name in WAYS:
        shares = [f"{sum(v[name] for v in rows.values())}/{len(rows)}" for rows in result.values()]
        print(f"{name:50} caught {shares[0]} mutants, blamed {shares[1]} right engines")


if __name__ == "__main__":
    main()
