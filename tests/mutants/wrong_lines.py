"""Rules that are wrong in one line, each with what the diagnosis should tell of it."""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.mutants.mutant import Mutant
from valuecheck.program.expression import Constant, Expression, Step

__all__ = ["WRONG_LINES", "WrongLine"]

# The lines of the right engines that are replaced.
_RIGHT: Final = {
    "*": "a.grad += b.data * out.grad",
    "/ left": "a.grad += out.grad / b.data",
    "/ right": "b.grad -= out.data / b.data * out.grad",
    "**": "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad",
    "tanh": "a.grad += (1.0 - out.data * out.data) * out.grad",
    "exp": "a.grad += out.data * out.grad",
    "log": "a.grad += out.grad / a.data",
    "relu": "a.grad += 0.0 if a.data <= 0.0 else out.grad",
    "-": "b.grad -= out.grad",
    "sigmoid": "self.grad += s * (1 - s) * out.grad",
    "abs": "self.grad += (1 if self.data > 0 else -1) * out.grad",
}


class WrongLine(NamedTuple):
    """One line of a right engine, and what stands there instead.

    Attributes:
        rule: which line.
        wrong: what stands there instead.
        kind: the kind that the diagnosis should give it.
        sentence: what it should tell; `~` stands for long decimals.
        leaves: the operands of a program that shows it.
        exponent: for powers, the number on the right.
    """

    rule: str
    wrong: str
    kind: str
    sentence: str
    leaves: tuple[float, ...]
    exponent: float = 0

    @property
    def engine(self) -> type:
        """The engine with this line."""
        base = "closures" if self.rule in {"sigmoid", "abs"} else "frozen"
        return Mutant(self.wrong, [(_RIGHT[self.rule], self.wrong)], self.kind, base=base).engine

    @property
    def shows(self) -> Expression:
        """The primitive, and then a sum that gives it an upstream of 2."""
        symbol = self.rule.split()[0]
        right = (Constant(self.exponent),) if symbol == "**" else ()
        step = Step(symbol, (*range(len(self.leaves)), *right))
        return Expression(self.leaves, (step, Step("+", (len(self.leaves),) * 2)))


WRONG_LINES: Final = (
    WrongLine(
        "*",
        "a.grad += a.data * out.grad",
        "wrong operand",
        "in the rule of x * y, left operand: this operand gets what belongs to the other one",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += 2 * b.data * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: the partial is twice what it should be",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data / 2 * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: the partial is half what it should be",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.grad * (min(a.data, b.data) <= 0)",
        "missing gradient",
        "in the rule of x * y, left operand: where both operands are positive, nothing is handed on to this operand",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.grad * (a.data * b.data >= 0)",
        "missing gradient",
        "in the rule of x * y, left operand: where the signs differ, nothing is handed on to this operand",
        (-2.0, 3.0),
    ),
    WrongLine(
        "*",
        "a.grad += abs(b.data) * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: where the other operand is negative, the sign is the wrong way round",
        (-0.7, -1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.data",
        "unexplained",
        "* alone gives wrong gradients, but no known mistake explains what comes out",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.grad * (1 + 1e-9)",
        "inaccurate",
        "grad of x0 is ~, but lies in 2.6 ± 3e-14: only 9 digits are right",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.grad + 1.0",
        "unexplained",
        "* alone gives wrong gradients, but no known mistake explains what comes out",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data ** 2 * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: at 0.7, 1.3 the partial comes out as 1.69, but it is 1.3",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += b.data * out.grad ** 2",
        "wrong partial",
        "in the rule of x * y, left operand: the partial is right but is multiplied by out.grad "
        "twice",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ left",
        "a.grad += out.grad / a.data",
        "wrong partial",
        "in the rule of x / y, left operand: the value of this operand stands where that of the other belongs",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ left",
        "a.grad += out.grad * b.data",
        "wrong partial",
        "in the rule of x / y, left operand: the value of the other operand is used as the partial",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ right",
        "b.grad += out.grad / b.data",
        "wrong operand",
        "in the rule of x / y, right operand: this operand gets what belongs to the other one",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ right",
        "b.grad -= out.grad / b.data ** 2",
        "wrong partial",
        "in the rule of x / y, right operand: the partial used is -1 / y**2",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ right",
        "b.grad += b.data * out.grad",
        "wrong partial",
        "in the rule of x / y, right operand: the value of this operand is used as the partial",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ right",
        "b.grad -= a.data * out.grad",
        "wrong partial",
        "in the rule of x / y, right operand: at 0.7, 1.3 the partial comes out as -0.7, but it is -0.414201",
        (0.7, 1.3),
    ),
    WrongLine(
        "**",
        "a.grad += n.data * _power(a.data, n.data + 1.0) * out.grad",
        "wrong partial",
        "in the rule of x ** n, left operand: the partial used is n * x**(n+1)",
        (0.7,),
        2,
    ),
    WrongLine(
        "**",
        "a.grad += (n.data - 1) * _power(a.data, n.data - 1.0) * out.grad",
        "wrong partial",
        "in the rule of x ** n, left operand: the partial used is (n-1) * x**(n-1)",
        (0.7,),
        2,
    ),
    WrongLine(
        "**",
        "a.grad += n.data * a.data * out.grad",
        "wrong partial",
        "in the rule of x ** n, left operand: the partial used is n * x",
        (0.7,),
        3,
    ),
    WrongLine(
        "**",
        "a.grad += out.data * math.log(abs(a.data)) * out.grad",
        "wrong partial",
        "in the rule of x ** n, left operand: at 0.7, 2 the partial comes out as -0.174771, but it is 1.4",
        (0.7,),
        2,
    ),
    WrongLine(
        "**",
        "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad * (n.data <= 2)",
        "missing gradient",
        "in the rule of x ** n, left operand: for exponents above 2, nothing is handed on to this operand",
        (0.7,),
        3,
    ),
    WrongLine(
        "tanh",
        "a.grad += (1.0 + out.data * out.data) * out.grad",
        "wrong partial",
        "in the rule of x.tanh(), operand: the partial used is 1 + out**2",
        (0.7,),
    ),
    WrongLine(
        "tanh",
        "a.grad += out.data * out.grad",
        "wrong partial",
        "in the rule of x.tanh(), operand: the partial used is out",
        (0.7,),
    ),
    WrongLine(
        "tanh",
        "a.grad += (1.0 - out.data) ** 2 * out.grad",
        "wrong partial",
        "in the rule of x.tanh(), operand: the partial used is (1 - out)**2",
        (0.7,),
    ),
    WrongLine(
        "tanh",
        "a.grad += (1.0 - out.data ** 2) * out.grad * (a.data <= 0)",
        "missing gradient",
        "in the rule of x.tanh(), operand: for positive operands, nothing is handed on to this operand",
        (0.7,),
    ),
    WrongLine(
        "tanh",
        "a.grad += (1.0 - out.data ** 2) * out.grad * (a.data > -1)",
        "missing gradient",
        "in the rule of x.tanh(), operand: for operands below -0.6, nothing is handed on to this operand",
        (-2.0,),
    ),
    WrongLine(
        "tanh",
        "a.grad += (1.0 - out.data ** 2 + 1e-9) * out.grad",
        "inaccurate",
        "grad of x0 is ~, but lies in ~ ± 3e-14: only 9 digits are right",
        (0.7,),
    ),
    WrongLine(
        "exp",
        "a.grad += a.data * math.exp(a.data - 1) * out.grad",
        "wrong partial",
        "in the rule of x.exp(), operand: the partial used is x * exp(x - 1), the rule of a power",
        (0.7,),
    ),
    WrongLine(
        "exp",
        "a.grad += math.exp(out.data) * out.grad",
        "wrong partial",
        "in the rule of x.exp(), operand: the partial used is exp(out)",
        (0.7,),
    ),
    WrongLine(
        "log",
        "a.grad += out.data * out.grad",
        "wrong partial",
        "in the rule of x.log(), operand: the partial used is log(x)",
        (0.7,),
    ),
    WrongLine(
        "log",
        "a.grad += a.data * out.grad",
        "wrong partial",
        "in the rule of x.log(), operand: the partial used is x",
        (0.7,),
    ),
    WrongLine(
        "relu",
        "a.grad += out.data * out.grad",
        "wrong partial",
        "in the rule of x.relu(), operand: for positive operands, the partial used is the value, not 1",
        (0.7,),
    ),
    WrongLine(
        "-",
        "b.grad -= 1.0",
        "upstream ignored",
        "in the rule of x - y, right operand: the partial is right but is not multiplied by out.grad",
        (0.7, 1.3),
    ),
    WrongLine(
        "-",
        "b.grad -= 0.5 * out.grad",
        "wrong partial",
        "in the rule of x - y, right operand: the partial is half what it should be",
        (0.7, 1.3),
    ),
    WrongLine(
        "sigmoid",
        "self.grad += s * (1 + s) * out.grad",
        "wrong partial",
        "in the rule of x.sigmoid(), operand: the partial used is out * (1 + out)",
        (0.7,),
    ),
    WrongLine(
        "sigmoid",
        "self.grad += (1 - s**2) * out.grad",
        "wrong partial",
        "in the rule of x.sigmoid(), operand: the partial used is 1 - out**2, the rule of tanh",
        (0.7,),
    ),
    WrongLine(
        "sigmoid",
        "self.grad += s * out.grad",
        "wrong partial",
        "in the rule of x.sigmoid(), operand: the partial used is out",
        (0.7,),
    ),
    WrongLine(
        "abs",
        "self.grad += out.grad",
        "wrong partial",
        "in the rule of abs(x), operand: for negative operands, the sign is the wrong way round",
        (-0.7,),
    ),
    WrongLine(
        "abs",
        "self.grad += out.data * out.grad",
        "wrong partial",
        "in the rule of abs(x), operand: at 0.7 the partial comes out as 0.7, but it is 1",
        (0.7,),
    ),
    WrongLine(
        "*",
        "a.grad += out.data * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: the partial used is out",
        (0.7, 1.3),
    ),
    WrongLine(
        "*",
        "a.grad += -abs(b.data) * out.grad",
        "wrong partial",
        "in the rule of x * y, left operand: where the other operand is positive, the sign is the wrong way round",
        (0.7, 1.3),
    ),
    WrongLine(
        "/ left",
        "a.grad += (b.data > 0) * out.grad / b.data",
        "missing gradient",
        "in the rule of x / y, left operand: where the other operand is negative, nothing is handed on to this operand",
        (-0.7, -1.3),
    ),
)
