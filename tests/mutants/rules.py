"""Mutants of the rules: accumulation, partials, upstream, and rules never attached."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

__all__ = ["RULES"]

_MUL = "    a.grad += b.data * out.grad\n    b.grad += a.data * out.grad"
_ADD = "    a.grad += out.grad\n    b.grad += out.grad"
_SUB = "    a.grad += out.grad\n    b.grad -= out.grad"
_TANH = "a.grad += (1.0 - out.data * out.data) * out.grad"
_EXP = "a.grad += out.data * out.grad"
_LOG = "a.grad += out.grad / a.data"
_POW = "a.grad += n.data * _power(a.data, n.data - 1.0) * out.grad"
_RELU = "a.grad += 0.0 if a.data <= 0.0 else out.grad"
_NEG = "a.grad -= out.grad"
_DIV = "    a.grad += out.grad / b.data\n    b.grad -= out.data / b.data * out.grad"
_C = {"constant": 2}

RULES = (
    # Accumulation
    Mutant(
        "tanh sets instead of adding",
        [(_TANH, _TANH.replace("+=", "="))],
        "overwritten gradient",
        "tanh",
        leaves=(0.5,),
        steps=(["tanh", 0], ["+", 0, 1]),
    ),
    Mutant(
        "power sets instead of adding",
        [(_POW, _POW.replace("+=", "="))],
        "overwritten gradient",
        "**",
        leaves=(3.0,),
        steps=(["**", 0, _C], ["+", 0, 1]),
    ),
    Mutant(
        "product sets instead of adding",
        [(_MUL, _MUL.replace("+=", "="))],
        "overwritten gradient",
        "*",
        leaves=(3.0,),
        steps=(["*", 0, 0],),
    ),
    Mutant(
        "sum sets instead of adding",
        [(_ADD, _ADD.replace("+=", "="))],
        "overwritten gradient",
        "+",
        leaves=(3.0,),
        steps=(["+", 0, 0],),
    ),
    Mutant(
        "product sets the left gradient only",
        [("a.grad += b.data * out.grad", "a.grad = b.data * out.grad")],
        "overwritten gradient",
        "*",
        operand=0,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1], ["+", 0, 2]),
    ),
    Mutant(
        "every rule sets instead of adding",
        [
            (_ADD, _ADD.replace("+=", "=")),
            (_SUB, "    a.grad = out.grad\n    b.grad = -out.grad"),
            (_MUL, _MUL.replace("+=", "=")),
            (_DIV, "    a.grad = out.grad / b.data\n    b.grad = -out.data / b.data * out.grad"),
            (_POW, _POW.replace("+=", "=")),
            (_NEG, "a.grad = -out.grad"),
            (_EXP, _EXP.replace("+=", "=")),
            (_LOG, _LOG.replace("+=", "=")),
            (_RELU, _RELU.replace("+=", "=")),
            (_TANH, _TANH.replace("+=", "=")),
        ],
        "overwritten gradient",
        None,
        leaves=(3.0,),
        steps=(["+", 0, 0],),
    ),
    # Partials
    Mutant(
        "tanh forgets the square",
        [(_TANH, "a.grad += (1.0 - out.data) * out.grad")],
        "wrong partial",
        "tanh",
        0,
        leaves=(0.5,),
        steps=(["tanh", 0],),
    ),
    Mutant(
        "tanh uses its operand",
        [(_TANH, "a.grad += (1.0 - a.data * a.data) * out.grad")],
        "wrong partial",
        "tanh",
        0,
        leaves=(0.5,),
        steps=(["tanh", 0],),
    ),
    Mutant(
        "tanh has the rule of the sigmoid",
        [(_TANH, "a.grad += out.data * (1.0 - out.data) * out.grad")],
        "wrong partial",
        "tanh",
        0,
        leaves=(0.5,),
        steps=(["tanh", 0],),
    ),
    Mutant(
        "exp uses its operand",
        [(_EXP, "a.grad += a.data * out.grad")],
        "wrong partial",
        "exp",
        0,
        leaves=(0.5,),
        steps=(["exp", 0],),
    ),
    Mutant(
        "exp hands on nothing",
        [(_EXP, "a.grad += 0.0 * out.grad")],
        "missing gradient",
        "exp",
        0,
        leaves=(0.5,),
        steps=(["exp", 0],),
    ),
    Mutant(
        "log uses its result",
        [(_LOG, "a.grad += out.grad / (out.data or 1.0)")],
        "wrong partial",
        "log",
        0,
        leaves=(3.0,),
        steps=(["log", 0],),
    ),
    Mutant(
        "log is off by a thousandth",
        [(_LOG, "a.grad += 1.001 * out.grad / a.data")],
        "wrong partial",
        "log",
        0,
        leaves=(3.0,),
        steps=(["log", 0],),
    ),
    Mutant(
        "power forgets its factor",
        [(_POW, "a.grad += _power(a.data, n.data - 1.0) * out.grad")],
        "wrong partial",
        "**",
        0,
        leaves=(3.0,),
        steps=(["**", 0, _C],),
    ),
    Mutant(
        "power keeps its exponent",
        [(_POW, "a.grad += n.data * _power(a.data, n.data) * out.grad")],
        "wrong partial",
        "**",
        0,
        leaves=(3.0,),
        steps=(["**", 0, _C],),
    ),
    Mutant(
        "subtraction has the sign of addition",
        [(_SUB, _ADD)],
        "wrong partial",
        "-",
        1,
        leaves=(3.0, 2.0),
        steps=(["-", 0, 1],),
    ),
    Mutant(
        "subtraction has its signs exchanged",
        [(_SUB, "    a.grad -= out.grad\n    b.grad += out.grad")],
        "wrong partial",
        "-",
        None,
        leaves=(3.0, 2.0),
        steps=(["-", 0, 1],),
        also=("wrong operand",),
    ),
    Mutant(
        "negation forgets its sign",
        [(_NEG, "a.grad += out.grad")],
        "wrong partial",
        "neg",
        0,
        leaves=(3.0,),
        steps=(["neg", 0],),
    ),
    Mutant(
        "product exchanges its partials",
        [(_MUL, "    a.grad += a.data * out.grad\n    b.grad += b.data * out.grad")],
        "wrong operand",
        "*",
        None,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "sum has the rule of the product",
        [(_ADD, _MUL)],
        "wrong partial",
        "+",
        None,
        leaves=(3.0, 2.0),
        steps=(["+", 0, 1],),
    ),
    Mutant(
        "product has the rule of the sum",
        [(_MUL, _ADD)],
        "wrong partial",
        "*",
        None,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "quotient forgets the square of the divisor",
        [("b.grad -= out.data / b.data * out.grad", "b.grad -= out.data * out.grad")],
        "wrong partial",
        "/",
        1,
        leaves=(3.0, 2.0),
        steps=(["/", 0, 1],),
    ),
    Mutant(
        "quotient forgets a sign",
        [("b.grad -= out.data / b.data * out.grad", "b.grad += out.data / b.data * out.grad")],
        "wrong partial",
        "/",
        1,
        leaves=(3.0, 2.0),
        steps=(["/", 0, 1],),
    ),
    Mutant(
        "relu tests the truth of its operand",
        [(_RELU, "a.grad += out.grad if a.data else 0.0")],
        "wrong partial",
        "relu",
        0,
        leaves=(-1.0,),
        steps=(["relu", 0],),
    ),
    Mutant(
        "relu leaks",
        [(_RELU, "a.grad += 0.01 * out.grad if a.data <= 0.0 else out.grad")],
        "wrong partial",
        "relu",
        0,
        leaves=(-1.0,),
        steps=(["relu", 0],),
    ),
    Mutant(
        "sigmoid forgets its factor",
        [("self.grad += s * (1 - s) * out.grad", "self.grad += (1 - s) * out.grad")],
        "wrong partial",
        "sigmoid",
        0,
        leaves=(0.5,),
        steps=(["sigmoid", 0],),
        base="closures",
    ),
    Mutant(
        "abs tests its result",
        [("(1 if self.data > 0 else -1)", "(1 if out.data > 0 else -1)")],
        "wrong partial",
        "abs",
        0,
        leaves=(-2.0,),
        steps=(["abs", 0],),
        base="closures",
    ),
    # Upstream
    Mutant(
        "tanh ignores its upstream",
        [(_TANH, "a.grad += 1.0 - out.data * out.data")],
        "upstream ignored",
        "tanh",
        0,
        leaves=(0.5, 2.0),
        steps=(["tanh", 0], ["*", 2, 1]),
    ),
    Mutant(
        "exp ignores its upstream",
        [(_EXP, "a.grad += out.data")],
        "upstream ignored",
        "exp",
        0,
        leaves=(0.5, 2.0),
        steps=(["exp", 0], ["*", 2, 1]),
    ),
    Mutant(
        "sigmoid ignores its upstream",
        [("self.grad += s * (1 - s) * out.grad", "self.grad += s * (1 - s)")],
        "upstream ignored",
        "sigmoid",
        0,
        leaves=(0.5, 2.0),
        steps=(["sigmoid", 0], ["*", 2, 1]),
        base="closures",
    ),
    Mutant(
        "power ignores its upstream",
        [(_POW, "a.grad += n.data * _power(a.data, n.data - 1.0)")],
        "upstream ignored",
        "**",
        0,
        leaves=(3.0, 2.0),
        steps=(["**", 0, _C], ["*", 2, 1]),
    ),
    Mutant(
        "product ignores its upstream on the right",
        [("b.grad += a.data * out.grad", "b.grad += a.data")],
        "upstream ignored",
        "*",
        1,
        leaves=(3.0, 2.0, 5.0),
        steps=(["*", 0, 1], ["*", 3, 2]),
    ),
    Mutant(
        "product reads the gradient of its operand",
        [("a.grad += b.data * out.grad", "a.grad += b.data * b.grad")],
        "upstream ignored",
        "*",
        0,
        leaves=(3.0, 2.0),
        steps=(["*", 0, 1],),
    ),
    Mutant(
        "product squares its upstream",
        [("a.grad += b.data * out.grad", "a.grad += b.data * out.grad * out.grad")],
        "wrong partial",
        "*",
        0,
        leaves=(3.0, 2.0, 4.0),
        steps=(["*", 0, 1], ["*", 3, 2]),
    ),
    # Never attached
    Mutant(
        "log has no rule",
        [("        out._backward = _backward_log\n", "")],
        "missing gradient",
        "log",
        0,
        leaves=(3.0,),
        steps=(["log", 0],),
    ),
    Mutant(
        "negation returns a new leaf",
        [
            (
                'Value(-self.data, (self,), "neg")\n        out._backward = _backward_neg',
                "Value(-self.data)",
            )
        ],
        "detached result",
        "neg",
        None,
        leaves=(3.0,),
        steps=(["neg", 0],),
    ),
    Mutant(
        "power returns a new leaf",
        [
            (
                'Value(primal, (self, n), "**")\n        out._backward = _backward_pow',
                "Value(primal)",
            )
        ],
        "detached result",
        "**",
        None,
        leaves=(3.0,),
        steps=(["**", 0, _C],),
    ),
    Mutant(
        "sum attaches its rule to the left operand",
        [
            (
                'out = Value(self.data + other.data, (self, other), "+")\n'
                "\n"
                "        def _backward() -> None:\n"
                "            self.grad += out.grad\n"
                "            other.grad += out.grad\n"
                "\n"
                "        out._backward = _backward",
                'out = Value(self.data + other.data, (self, other), "+")\n'
                "\n"
                "        def _backward() -> None:\n"
                "            self.grad += out.grad\n"
                "            other.grad += out.grad\n"
                "\n"
                "        self._backward = _backward",
            )
        ],
        "missing gradient",
        "+",
        None,
        leaves=(2.0, 3.0),
        steps=(["*", 0, 1], ["+", 0, 2]),
        base="closures",
        spreads_to=("-",),
    ),
    Mutant(
        "subtraction hands nothing to the right",
        [(_SUB, "    a.grad += out.grad")],
        "missing gradient",
        "-",
        1,
        leaves=(3.0, 2.0),
        steps=(["-", 0, 1],),
    ),
)
