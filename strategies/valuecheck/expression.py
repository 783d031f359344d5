"""`valuecheck.expression`: the name under which programs are imported from outside."""

from valuecheck.program.expression import (
    Constant,
    Expression,
    MalformedExpressionError,
    Operand,
    Step,
)

__all__ = ["Constant", "Expression", "MalformedExpressionError", "Operand", "Step"]
