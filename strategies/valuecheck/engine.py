"""An engine as the suite sees it: anyone's `Value` behind one small interface.

Everything in here that calls the engine's code expects the worst of it: whatever it raises comes
out as an `EngineError` that names the operation.
"""

from __future__ import annotations

import builtins
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from valuecheck.overtime import ENDLESS, TimeIsUp
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.strategies.leaves import EXPONENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from valuecheck.program.expression import Expression
    from valuecheck.strategies.options import Side

__all__ = [
    "DUNDERS",
    "OPERATORS",
    "DetachedResultError",
    "Engine",
    "EngineError",
    "Replayed",
    "call",
    "form_name",
    "put_builtins_back",
]

OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "x**y": operator.pow,
    "c**x": operator.pow,
    "neg": operator.neg,
    "pos": operator.pos,
}
"""The primitives that Python has an operator for."""


DUNDERS: Final[Mapping[tuple[str, Side | None], str]] = {
    ("+", None): "__add__",
    ("-", None): "__sub__",
    ("*", None): "__mul__",
    ("/", None): "__truediv__",
    ("**", None): "__pow__",
    ("x**y", None): "__pow__",
    ("neg", None): "__neg__",
    ("pos", None): "__pos__",
    ("abs", None): "__abs__",
    ("+", "left"): "__radd__",
    ("-", "left"): "__rsub__",
    ("*", "left"): "__rmul__",
    ("/", "left"): "__rtruediv__",
    ("c**x", None): "__rpow__",
}
"""The method that Python calls for a primitive, with a plain number on the left or without."""


class EngineError(Exception):
    """The engine raised where a correct one returns.

    Attributes:
        operation: what was asked of it: a symbol, "backward", "data", "grad" or "constructor".
        cause: what it raised.
    """

    def __init__(self, operation: str, cause: BaseException) -> None:
        text = f"{operation} raised {type(cause).__name__}: {str(cause) or 'no message'}"
        if isinstance(cause, TimeIsUp):
            text = f"{operation} {ENDLESS}"
        super().__init__(text[:300])
        self.operation = operation
        self.cause = cause


class DetachedResultError(Exception):
    """An operation gave something else than a node.

    Attributes:
        symbol: the primitive.
        result: what it gave.
    """

    def __init__(self, symbol: str, result: object) -> None:
        # The address in a repr would differ from run to run.
        spelled = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(result))
        super().__init__(f"{symbol} gave {spelled:.60} of type {type(result).__name__}, not a node")
        self.symbol = symbol
        self.result = result


class ReplacedBuiltinsError(Exception):
    """The engine replaced functions of Python itself, for everyone."""


_LIVE_BUILTINS: Final = builtins.__dict__
_BUILTINS: Final = dict(_LIVE_BUILTINS)
# To compare all 150 takes longer than most operations: after each call those that the harness
# itself relies on in the middle of an expression, and all of them once it is built.
_relied_on: Final = operator.itemgetter(
    *("isinstance", "tuple", "list", "len", "getattr", "int", "float", "zip", "range", "enumerate"),
    *("abs", "max", "min", "sum", "type", "any", "all", "super"),
)
_RELIED_ON: Final = _relied_on(_BUILTINS)


def call(operation: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call into the engine; raises `EngineError` for whatever it raises.

    Replaced builtins are put back: without them nothing here would work.
    """
    try:
        result = function(*arguments)
    except (TimeIsUp, EngineError):
        raise
    except BaseException as error:  # sys.exit and KeyboardInterrupt from inside the engine too
        _LIVE_BUILTINS.update(_BUILTINS)
        raise EngineError(operation, error) from error
    if _relied_on(_LIVE_BUILTINS) != _RELIED_ON:
        put_builtins_back(operation)
    return result


def put_builtins_back(operation: str) -> None:
    """Undo what the engine did to Python's builtins; raises `EngineError` if that was harm."""
    if _LIVE_BUILTINS != _BUILTINS:
        replaced = [name for name in _BUILTINS if _LIVE_BUILTINS.get(name) != _BUILTINS[name]]
        _LIVE_BUILTINS.update(_BUILTINS)
        _BUILTINS.update(_LIVE_BUILTINS)  # what was only added is no harm
        if replaced:
            names = ", ".join(sorted(replaced))
            raise EngineError(operation, ReplacedBuiltinsError(f"it replaces Python's {names}"))


def _kind(exponent: float) -> tuple[type, bool, bool]:
    """Return of which type an exponent is, whether it is whole, and whether negative."""
    return type(exponent), float(exponent).is_integer(), exponent < 0


def form_name(symbol: str, side: Side | None) -> str:
    """Return how a form is called in reports: `x - y`, `x - 2`, `2 - x`; a unary is its symbol."""
    row = PRIMITIVES[symbol]
    if row.arity == 1 or symbol not in OPERATORS or symbol in {"x**y", "c**x", "**"}:
        return {"**": "x ** 2", "x**y": "x ** y", "c**x": "2 ** x"}.get(symbol, symbol)
    return {None: f"x {symbol} y", "right": f"x {symbol} 2", "left": f"2 {symbol} x"}[side]


@dataclass(slots=True)
class Replayed:
    """What an engine made of an expression.

    Attributes:
        nodes: the engine's own objects.
        primals: what each says its value is, as given.
        adjoints: what each says its gradient is after the sweep, as given; empty before it.
    """

    nodes: list[Any]
    primals: list[Any]
    adjoints: list[Any] = field(default_factory=list)

    def aliases(self) -> set[int]:
        """Return the numbers of nodes that are an earlier node once more.

        `+x` or `x ** 1` may be x itself. What such a node is due its first name has, whose ball
        holds it: the adjoint of x counts all that arrives by way of `+x`.
        """
        first: dict[int, int] = {}
        return {
            number
            for number, node in enumerate(self.nodes)
            if first.setdefault(id(node), number) != number
        }


@dataclass(slots=True)
class Engine:
    """A bound engine.

    Attributes:
        cls: the class.
        make: makes a leaf from a number.
        data: reads the primal of a node.
        grad: reads the adjoint of a node.
        sweep: runs the reverse sweep from a node.
        set_grad: sets the adjoint of a node.
        set_data: sets the primal of a node.
        operations: by symbol, the function that applies it.
        spellings: by symbol, how it is written for this engine; also "leaf", "data", "grad" and
            "backward".
        sides: by symbol of a binary primitive, the sides where it takes a plain number.
        exponents: the plain numbers that may stand as the exponent of a power.
        unsupported: by name of a form, why this engine does not have it.
        near_misses: hints at names that nearly are those Python looks for.
        made_of: by symbol, the other primitives that it calls to do its work.
        broken: by symbol, an operation that is there but fails on its simplest use.
        names: what was bound to what, for the report.
        importable: whether Python can import the class; it cannot out of a notebook.
        search_path: the folder that must be on sys.path to import the class, if any.
    """

    cls: type
    make: Callable[[float], Any]
    data: Callable[[Any], Any]
    grad: Callable[[Any], Any]
    sweep: Callable[[Any], Any]
    set_grad: Callable[[Any, float], None]
    set_data: Callable[[Any, float], None]
    operations: dict[str, Callable[..., Any]] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    sides: dict[str, tuple[Side, ...]] = field(default_factory=dict)
    exponents: tuple[float, ...] = EXPONENTS
    unsupported: dict[str, str] = field(default_factory=dict)
    near_misses: list[str] = field(default_factory=list)
    made_of: dict[str, list[str]] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    importable: bool = True
    search_path: str | None = None

    @property
    def supported(self) -> list[str]:
        """The symbols of the primitives it has, in the order of the table."""
        return [symbol for symbol in PRIMITIVES if symbol in self.operations]

    def takes_exponent(self, exponent: float) -> bool:
        """Say whether a number, of its type, may stand as the exponent of a power.

        One that was not tried does where all did that were of its kind.
        """
        tried = [n for n in EXPONENTS if type(n) is type(exponent) and n == exponent]
        tried = tried or [n for n in EXPONENTS if _kind(n) == _kind(exponent)]
        taken = [(type(n), n) for n in self.exponents]
        return bool(tried) and all((type(n), n) in taken for n in tried)

    # How it is written in Python

    def spell(self, expression: Expression) -> list[str]:
        """Return the lines that build an expression, one for each node."""
        return expression.to_python(self.cls.__name__, self.spellings).splitlines()

    def spell_sweep(self, expression: Expression, node: int | None = None) -> str:
        """Return the line that sweeps from a node, the output unless told otherwise."""
        name = expression.name(expression.output if node is None else node)
        return self.spellings["backward"].format(name)

    def spell_read(self, quantity: str, expression: Expression, node: int) -> str:
        """Return what reads the `quantity` "data" or "grad" of a node."""
        return self.spellings[quantity].format(expression.name(node))

    # What it does

    def apply(self, symbol: str, operands: tuple[Any, ...]) -> Any:
        """Apply a primitive to nodes and plain numbers.

        Raises `EngineError` when the engine raises, and `DetachedResultError` when the result is
        not a node.
        """
        result = call(symbol, self.operations[symbol], *operands)
        if not isinstance(result, self.cls) and not self._is_node(result):
            raise DetachedResultError(symbol, result)
        return result

    def _is_node(self, result: Any) -> bool:
        # Some engines give each operation a class of its own.
        try:
            self.data(result)
        except AttributeError:
            return False
        except EngineError as error:
            if isinstance(error.cause, AttributeError):
                return False
            raise  # it is computed now only, and that raises
        return not isinstance(result, (int, float, complex))

    def replay(self, expression: Expression) -> Replayed:
        """Build an expression, forward only.

        Raises `EngineError` and `DetachedResultError` like `apply`.
        """
        nodes: list[Any] = [self.make(leaf) for leaf in expression.leaves]
        nodes = expression.replay(nodes, self.apply)
        put_builtins_back("building the expression")
        return Replayed(nodes, [self.data(node) for node in nodes])

    def backward(self, replayed: Replayed, node: int = -1) -> None:
        """Sweep from a node (the output unless told otherwise) and read all adjoints."""
        self.sweep(replayed.nodes[node])
        replayed.adjoints = [self.grad(node) for node in replayed.nodes]

    def run(self, expression: Expression) -> Replayed:
        """Build an expression and sweep from its output."""
        replayed = self.replay(expression)
        self.backward(replayed)
        return replayed
