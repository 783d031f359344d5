"""Calculus: the rules that a gradient obeys whatever the functions are, and known identities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from valuecheck.judging.faults import DirectionError
from valuecheck.program.builder import Program
from valuecheck.program.expression import Constant, Expression
from valuecheck.program.transform import in_domain, with_factor
from valuecheck.strategies import expressions
from valuecheck.strategies.codes import decoder_of
from valuecheck.suite.drawn import drawn_expressions, integers, one_of, several
from valuecheck.suite.law import law
from valuecheck.truth.ruler import midpoint, radius

if TYPE_CHECKING:
    from collections.abc import Callable

    from valuecheck.judging.judge import Judge
    from valuecheck.program.expression import Operand
    from valuecheck.strategies.codes import Decoder
    from valuecheck.suite.trial import Held


def _which(_judge: Judge) -> Decoder[int]:
    return integers(0, 99)


@law(drawn_expressions(max_steps=8), _which)
def test_products_obey_the_product_rule(judge: Judge, expression: Expression, which: int) -> Held:
    """Claims: (f * g)' = f' * g + f * g', for two nodes f and g of one program.

    True by the definition of the derivative. Catches products right on leaves only.
    """
    judge.subject.need("*")
    program = Program.of(expression)
    program.add("*", expression.output, which % len(expression))
    return program.expression


@law(drawn_expressions(max_steps=8), _which)
def test_quotients_obey_the_quotient_rule(judge: Judge, expression: Expression, which: int) -> Held:
    """Claims: (f / g)' = (f' * g - f * g') / g^2, for nodes f and g, where g is not 0.

    True by the product rule. Catches quotients whose second partial is wrong off the leaves.
    """
    judge.subject.need("/")
    # The node asked for, or the next one that is not 0. A leaf of its own never is.
    balls = judge.subject.ruler.enclose(expression).primals
    nodes = [(which + i) % len(expression) for i in range(len(expression))]
    divisor = next((n for n in nodes if not balls[n].contains(0)), None)
    if divisor is None:
        return with_factor(expression, 3.0, "/")
    program = Program.of(expression)
    program.add("/", expression.output, divisor)
    return program.expression


def _everywhere_defined(judge: Judge) -> Decoder[Expression]:
    symbols = [
        s for s in ("+", "*", "-", "tanh", "relu", "neg", "sigmoid") if s in judge.subject.sound
    ]
    if not symbols:
        judge.subject.need("+")
    return decoder_of(expressions(**judge.subject.options(only=symbols), max_steps=5))


@law(_everywhere_defined)
def test_functions_of_functions_obey_the_chain_rule(judge: Judge, expression: Expression) -> Held:
    """Claims: f(f(x))' = f'(f(x)) * f'(x): an expression fed with its own output.

    True by the chain rule. Catches state kept in operations from one use to the next.
    """
    del judge
    leaves, inner = len(expression.leaves), expression.output
    program = Program.of(expression)

    def second_time(operand: Operand) -> Operand:
        if isinstance(operand, Constant):
            return operand
        if operand < leaves:
            return operand or inner  # the first leaf is now what came out the first time
        return operand + len(expression.steps)

    for symbol, operands in expression.steps:
        program.add(symbol, *map(second_time, operands))
    # What came out the first time may be too large to go in again.
    return program.expression if in_domain(program.expression) else None


def _pair(low: float, high: float) -> Callable[[Judge], Decoder[tuple[float, ...]]]:
    """Return what decodes two numbers between `low` and `high`, neither of them 0."""
    eighths = sorted(range(int(low * 8), int(high * 8) + 1), key=lambda n: (abs(n - 8), n < 0))
    numbers = one_of([n / 8 for n in eighths if n])
    return lambda _judge: several(numbers, 2)


def _identity(judge: Judge, left: Program, right: Program) -> list[Expression]:
    """Return both sides of an identity: each is held to balls around the one gradient they have."""
    sides = [left.expression, right.expression]
    return [] if any(judge.subject.ruler.enclose(side).undecided for side in sides) else sides


def _sides(*leaves: float) -> tuple[Program, Program]:
    return Program(leaves), Program(leaves)


@law(_pair(-8, 8), weight=0.3)
def test_subtracting_is_adding_the_negative(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: a - b and a + (-b) have one gradient.

    True by the meaning of a minus. Catches a sign in one of the two ways of writing it.
    """
    judge.subject.need("-", "+", "neg")
    left, right = _sides(*xy)
    left.add("-", 0, 1)
    right.add("+", 0, right.add("neg", 1))
    return _identity(judge, left, right)


@law(_pair(-8, 8), weight=0.3)
def test_dividing_is_multiplying_by_the_inverse(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: a / b and a * b**-1 have one gradient.

    True by the meaning of a quotient. Catches a quotient or a negative power that is wrong.
    """
    judge.subject.need("/", "*")
    judge.subject.need_exponent(-1.0)
    left, right = _sides(*xy)
    left.add("/", 0, 1)
    right.add("*", 0, right.add("**", 1, -1.0))
    return _identity(judge, left, right)


@law(_pair(-8, 8), weight=0.3)
def test_a_square_is_a_product_with_itself(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: (x*y) * (x*y) and (x*y)**2 have one gradient.

    True by the meaning of a power. Catches repeated operands counted once, and the exponent 2
    treated otherwise than the others.
    """
    judge.subject.need("*")
    judge.subject.need_exponent(2.0)
    left, right = _sides(*xy)
    v = left.add("*", 0, 1)
    left.add("*", v, v)
    right.add("**", right.add("*", 0, 1), 2.0)
    return _identity(judge, left, right)


@law(_pair(-8, 8), weight=0.3)
def test_doubling_is_adding_to_itself(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: (x*y) + (x*y) and 2.0 * (x*y) have one gradient.

    True by the meaning of a product. Catches repeated operands counted once.
    """
    judge.subject.need("+", "*")
    judge.subject.need_number("*", "left")
    left, right = _sides(*xy)
    v = left.add("*", 0, 1)
    left.add("+", v, v)
    right.add("*", 2.0, right.add("*", 0, 1))
    return _identity(judge, left, right)


@law(_pair(0.125, 8), weight=0.3)
def test_exp_and_log_undo_each_other(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: exp(log(x*y)), log(exp(x*y)) and x*y have one gradient.

    True because they are inverse functions. Catches a wrong partial in either.
    """
    judge.subject.need("exp", "log", "*")
    sides: list[Expression] = []
    for outer, inner in (("exp", "log"), ("log", "exp")):
        left, right = _sides(*(n / 2 for n in xy))
        left.add(outer, left.add(inner, left.add("*", 0, 1)))
        right.add("*", 0, 1)
        sides += _identity(judge, left, right)
    return sides


@law(_pair(-4, 4), weight=0.3)
def test_exp_of_a_sum_is_a_product_of_exps(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: exp(a + b) and exp(a) * exp(b) have one gradient.

    True by the functional equation of exp. Catches an exp that uses its operand for its result.
    """
    judge.subject.need("exp", "+", "*")
    left, right = _sides(*xy)
    left.add("exp", left.add("+", 0, 1))
    right.add("*", right.add("exp", 0), right.add("exp", 1))
    return _identity(judge, left, right)


@law(_pair(0.125, 8), weight=0.3)
def test_log_of_a_product_is_a_sum_of_logs(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: log(a * b) and log(a) + log(b) have one gradient.

    True by the functional equation of log. Catches a partial of log that is off by a little.
    """
    judge.subject.need("log", "+", "*")
    left, right = _sides(*xy)
    left.add("log", left.add("*", 0, 1))
    right.add("+", right.add("log", 0), right.add("log", 1))
    return _identity(judge, left, right)


@law(_pair(-4, 4), weight=0.3)
def test_tanh_is_odd(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: tanh(-x*y) and -tanh(x*y) have one gradient.

    True by the definition of tanh. Catches a tanh that is wrong on one side of 0.
    """
    judge.subject.need("tanh", "neg", "*")
    left, right = _sides(*(n / 4 for n in xy))
    left.add("tanh", left.add("neg", left.add("*", 0, 1)))
    right.add("neg", right.add("tanh", right.add("*", 0, 1)))
    return _identity(judge, left, right)


@law(_pair(-8, 8), weight=0.3)
def test_relu_of_both_signs_is_the_identity(judge: Judge, xy: tuple[float, ...]) -> Held:
    """Claims: relu(x*y) - relu(-(x*y)) and x*y have one gradient.

    True off 0, where exactly one of the two passes. Catches a relu that tests the truth of its
    input, or the sign of something else.
    """
    judge.subject.need("relu", "neg", "-", "*")
    left, right = _sides(*xy)
    v = left.add("*", 0, 1)
    left.add("-", left.add("relu", v), left.add("relu", left.add("neg", v)))
    right.add("*", 0, 1)
    return _identity(judge, left, right)


def _homogeneous(judge: Judge) -> Decoder[Expression]:
    judge.subject.need("*")
    symbols = [s for s in ("*", "/") if s in judge.subject.sound]
    return decoder_of(
        expressions(primitives=symbols, constants=(), max_steps=6, leaf_kinds=["decimal"])
    )


@law(_homogeneous)
def test_homogeneous_expressions_obey_eulers_theorem(judge: Judge, expression: Expression) -> None:
    """Claims: for f of degree k, sum(x_i * df/dx_i) = k * f.

    True by Euler's theorem on homogeneous functions; products and quotients of leaves are
    homogeneous, and the degree is counted from the program. Catches gradients that are wrong
    together, and does not use a single partial of our table.
    """
    degrees = [1] * len(expression.leaves)
    for symbol, (a, b) in expression.steps:
        assert isinstance(a, int)
        assert isinstance(b, int)
        degrees.append(degrees[a] + (degrees[b] if symbol == "*" else -degrees[b]))
    balls = judge.enclosed(expression)
    if balls.undecided:
        return
    run = judge.run(expression)
    total = math.fsum(float(x) * run.grad_of(leaf) for leaf, x in enumerate(expression.leaves))
    want = degrees[-1] * midpoint(balls.primals[-1])
    allowed = 2 * sum(
        abs(float(x)) * radius(balls.adjoints[leaf]) for leaf, x in enumerate(expression.leaves)
    ) + abs(degrees[-1]) * radius(balls.primals[-1])
    size = sum(abs(float(x) * midpoint(balls.adjoints[i])) for i, x in enumerate(expression.leaves))
    # Each product, their sum, the midpoint and its multiple are rounded: 2^-53 of `size` at most.
    if not abs(total - want) <= allowed + 4 * 2.0**-53 * size:
        raise DirectionError(
            f"the expression is homogeneous of degree {degrees[-1]}, so sum(x * x.grad) must be "
            f"{want!r}, but it is {total!r}",
            expression,
        )


def _insertions(judge: Judge) -> Decoder[str]:
    possible = [
        name
        for name, symbol, side in (
            ("x + 0", "+", "right"),
            ("0 + x", "+", "left"),
            ("x * 1", "*", "right"),
            ("1 * x", "*", "left"),
            ("x - 0", "-", "right"),
            ("x / 1", "/", "right"),
            ("x ** 1", "**", None),
            ("-(-x)", "neg", None),
        )
        if symbol in judge.subject.sound
        and (side is None or side in judge.subject.sides.get(symbol, ()))
        and (symbol != "**" or judge.subject.engine.takes_exponent(1.0))
    ]
    if not possible:
        judge.subject.need("neg")
    return one_of(possible)


@law(drawn_expressions(max_steps=8), _insertions)
def test_inserting_an_identity_changes_nothing(
    judge: Judge, expression: Expression, insertion: str
) -> Held:
    """Claims: with x + 0, x * 1, x / 1, x ** 1 or -(-x) in place of each result the gradient stays.

    True because these are the identity. Catches special treatment of 0 and 1, and rules that are
    right for leaves only.
    """
    del judge
    program = Program(expression.leaves)
    at: dict[int, int] = {leaf: leaf for leaf in range(len(expression.leaves))}
    for node, (symbol, operands) in enumerate(expression.steps, len(expression.leaves)):
        result = program.add(symbol, *(o if isinstance(o, Constant) else at[o] for o in operands))
        at[node] = _insert(program, insertion, result)
    return program.expression


def _insert(program: Program, insertion: str, x: int) -> int:
    if insertion == "-(-x)":
        return program.add("neg", program.add("neg", x))
    left, symbol, right = insertion.split()
    operands: list[int | float] = [x if text == "x" else float(text) for text in (left, right)]
    return program.add(symbol, *operands)
