"""Which primitives an engine has, how each is written, and what it takes.

Missing and broken are two things. Missing: there is no such method or operator, or the class says
so itself. Broken: it is there, and fails by accident.
"""

from __future__ import annotations

import difflib
import inspect
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Optional

from .attributes import CannotBindError, method
from .engine import OPERATORS, Bound
from .numbers import NotANumberError, from_json, read_number
from .others import required_of
from .raising import DetachedError, MissingPackageError, message_of, on_purpose, reply_of

if TYPE_CHECKING:
    from types import CodeType, FrameType, ModuleType

__all__ = ["Avoid", "find_operations"]

Row = Dict[str, Any]
Avoid = Callable[[str], Optional[Dict[str, Any]]]
"""Hears of what is tried next; returns the error to enter in place of trying it, or None."""


class Tried:
    """The outcome of the simplest use of a primitive: "right", "wrong", "missing" or "broken"."""

    def __init__(self, outcome: str, error: BaseException | None = None) -> None:
        self.outcome = outcome
        self.error = error

    def __bool__(self) -> bool:
        """Return whether a node with a number came out."""
        return self.outcome in ("right", "wrong")


def find_operations(
    engine: Bound, modules: list[ModuleType], given: dict[str, str], avoid: Avoid
) -> None:
    """Find each primitive of the table on an engine, and enter what it takes.

    Raises `CannotBindError` for a name that the user gave and that is not there.
    """
    finder = _Finder(engine, modules)
    untried = []
    for symbol, row in engine.rows.items():
        candidates = list(finder.candidates(row, given.get(symbol)))
        if symbol in given and not candidates:
            raise CannotBindError(
                f"there is no {given[symbol]} on {engine.cls.__name__} nor beside it "
                f"(--primitive {symbol}={given[symbol]})"
            )
        before = avoid(symbol) if candidates else None
        if before is not None:
            finder.settle(symbol, candidates[0])
            engine.broken[symbol] = before
            untried.append(symbol)
        else:
            finder.find(row, candidates)
    finder.find_sides(untried)
    finder.find_kinds()
    finder.find_parts(untried)
    _must_not_refuse_everything(engine)


def _must_not_refuse_everything(engine: Bound) -> None:
    """Raise `CannotBindError` where every operation declines with the same words.

    As where they work inside `with Tape():` only.
    """
    errors = [engine.broken.get(symbol) for symbol in engine.operations]
    said = {(error["type"], error["message"]) for error in errors if error and error["purpose"]}
    if len(said) == 1 and all(error and error["purpose"] for error in errors):
        kind, message = said.pop()
        raise CannotBindError(
            f"{engine.cls.__name__} cannot be checked: every operation raises {kind}: {message}"
        )


class _Finder:
    """The search on one engine."""

    def __init__(self, engine: Bound, modules: list[ModuleType]) -> None:
        self.engine = engine
        self.modules = modules

    # Candidates

    def candidates(self, row: Row, given: str | None) -> Iterator[tuple[Callable[..., Any], str]]:
        """Yield the ways in which a primitive may be written, likeliest first."""
        cls, symbol = self.engine.cls, row["symbol"]
        if given is None and symbol in OPERATORS:
            dunders = [name for name in (row["dunder"], row["reflected"]) if name]
            if any(_defines(cls, name) for name in dunders):
                yield OPERATORS[symbol], row["spelling"]
        names = [given] if given else row["methods"]
        arguments = ["{0}", "{1}"][: row["arity"]]
        sample = self.engine.make(1.0) if names else None
        for name in names:
            if not row["standard"] and self._asks_more(name, row["arity"]):
                continue  # it only shares the name: others.py judges it by its own values
            if callable(getattr(cls, name, None)) or self._is_served(sample, name):
                yield method(name), f"{{0}}.{name}({', '.join(arguments[1:])})"
                if isinstance(inspect.getattr_static(cls, name, None), (staticmethod, classmethod)):
                    yield getattr(cls, name), f"{cls.__name__}.{name}({', '.join(arguments)})"
        for name in names:
            for module in self.modules:
                function: Any = getattr(module, name, None)
                if self._is_beside(function):
                    yield function, f"{name}({', '.join(arguments)})"

    def _asks_more(self, name: str, operands: int) -> bool:
        """Return whether a method needs more than the operands."""
        held = inspect.getattr_static(self.engine.cls, name, None)
        return inspect.isfunction(held) and len(required_of(held)) > operands

    @staticmethod
    def _is_served(sample: Any, name: str) -> bool:
        """Return whether instances have a callable of that name, but not just any name."""
        try:
            if not callable(getattr(sample, name, None)):
                return False
            return not callable(getattr(sample, f"{name}_that_is_not_there", None))
        except Exception:
            return False

    def _is_beside(self, function: Any) -> bool:
        """Return whether something is a function beside the class, not one out of math."""
        if isinstance(function, type) or not callable(function):
            return False
        if inspect.isfunction(function):
            return self.engine.own(function.__code__.co_filename)
        home = getattr(type(function), "__module__", "") or ""
        return home.partition(".")[0] == self.engine.cls.__module__.partition(".")[0]

    def _is_for_numbers(self, row: Row, function: Callable[..., Any]) -> bool:
        """Return whether a function beside the class is a helper that takes plain numbers."""
        if not inspect.isfunction(function) or not self._is_beside(function):
            return False
        try:
            read_number(function(*map(from_json, row["samples"][0]["operands"])))
        except BaseException:
            return False
        return True

    def settle(self, symbol: str, candidate: tuple[Callable[..., Any], str]) -> None:
        """Enter how a primitive is applied and written."""
        self.engine.operations[symbol], self.engine.spellings[symbol] = candidate

    # Trying

    def find(self, row: Row, candidates: list[tuple[Callable[..., Any], str]]) -> None:
        """Try the candidates for a primitive and enter the outcome."""
        engine, symbol = self.engine, row["symbol"]
        tried = [self._try(row, function) for function, _ in candidates]
        if not row["standard"]:
            for index, (function, _) in enumerate(candidates):
                if tried[index].outcome == "broken" and self._is_for_numbers(row, function):
                    tried[index] = Tried("missing")
        for wanted in ("right", "wrong", "broken"):
            for candidate, outcome in zip(candidates, tried):
                if outcome.outcome == wanted:
                    self.settle(symbol, candidate)
                    if outcome.error is not None:
                        engine.broken[symbol] = reply_of(outcome.error, engine.own)
                    elif symbol == "**":
                        engine.exponents = self._exponents(row)
                    return
        errors = [t.error for t in tried if t.error is not None]
        engine.unsupported[symbol] = _told(errors[0]) if errors else "not there"
        self._note_near_miss(row["dunder"] or next(iter(row["methods"]), ""))

    def _try(self, row: Row, function: Callable[..., Any], side: str = "") -> Tried:
        """Return what comes of the simplest use of a primitive, with a number on a side or none."""
        sample = row["samples"][-1 if side == "left" else 0]
        operands = [
            from_json(number)
            if kind == "number" or (side, position) in (("left", 0), ("right", 1))
            else self.engine.make(from_json(number))
            for position, (kind, number) in enumerate(zip(row["operands"], sample["operands"]))
        ]
        return self._apply(row["symbol"], function, operands, sample["primal"])

    def _apply(
        self, symbol: str, function: Callable[..., Any], operands: list[Any], want: float
    ) -> Tried:
        engine, before = self.engine, self.engine.operations.get(symbol)
        engine.operations[symbol] = function
        try:
            got = read_number(engine.data(engine.apply(symbol, operands)))
        except DetachedError as error:
            return Tried("missing" if error.result is NotImplemented else "broken", error)
        except NotANumberError as error:
            return Tried("broken", error)
        except MissingPackageError as error:
            raise CannotBindError(f"{engine.cls.__name__} {message_of(error)}") from error
        except BaseException as error:
            # A float is what leaves are made of: no constructor refuses that.
            numbers = [operand for operand in operands if isinstance(operand, int)]
            refused = on_purpose(error, engine.own, numbers)
            refused = refused and _declines(error, symbol, len(operands))
            # Most powers take numbers only, and fail on `float ** Value` when they get a node.
            unmeant = symbol == "x**y" and isinstance(error, TypeError)
            return Tried("missing" if refused or unmeant else "broken", error)
        finally:
            del engine.operations[symbol]
            if before is not None:
                engine.operations[symbol] = before
        return Tried("right" if abs(got - want) <= 1e-3 * abs(want) else "wrong")

    # Plain numbers

    def find_sides(self, untried: Iterable[str]) -> None:
        """Enter on which sides of each binary primitive a plain number may stand.

        An engine that takes plain numbers nowhere declines them, however it does so; one that takes
        them here and fails by accident there is broken there.
        """
        engine = self.engine
        rows = [
            row
            for symbol, row in engine.rows.items()
            if symbol in engine.operations and "either" in row["operands"]
        ]
        outcomes: dict[tuple[str, str], Tried] = {}
        for row in rows:
            engine.sides[row["symbol"]] = []
            if row["symbol"] not in untried and row["symbol"] not in engine.broken:
                for side in ("right", "left"):
                    function = engine.operations[row["symbol"]]
                    outcomes[row["symbol"], side] = self._try(row, function, side)
        takes_numbers = any(outcomes.values())
        for (symbol, side), tried in outcomes.items():
            row = engine.rows[symbol]
            form = row["forms"][side]
            lifts = not (side == "right" and _asks_the_number(tried.error))
            meant = (takes_numbers and lifts) or _is_slip(tried.error)
            if tried or (tried.outcome == "broken" and meant):
                engine.sides[symbol].append(side)
                if tried.error is not None:
                    engine.broken[form] = reply_of(tried.error, engine.own)
            else:
                engine.unsupported[form] = _told(tried.error) if tried.error else "not there"
                if side == "left":
                    self._note_near_miss(row["reflected"])

    def find_kinds(self) -> None:
        """Enter which types of plain numbers are refused beside a node, where floats are meant."""
        engine = self.engine
        able = [(s, side) for s, sides in engine.sides.items() for side in sides]
        able = [each for each in able if f"{each[0]}" not in engine.broken]
        for kind, number in (("int", 2), ("bool", True)):
            refused = 0
            for symbol, side in able:
                operands = [engine.make(3.0), number]
                try:
                    engine.apply(symbol, operands[:: -1 if side == "left" else 1])
                except BaseException as error:
                    refused += on_purpose(error, engine.own, [number]) or isinstance(
                        error, TypeError
                    )
            if able and refused == len(able):
                engine.refused_numbers.append(kind)
                engine.unsupported[f"x + {number}"] = f"plain numbers of type {kind} are refused"

    def _exponents(self, row: Row) -> Any:
        """Return which exponents an engine takes: "any", "integers", or a list."""
        engine = self.engine
        taken, refused = [], []
        for exponent in row["exponents"]:
            try:
                engine.apply("**", (engine.make(2.0), exponent))
            except DetachedError:
                pass
            except (TypeError, NotImplementedError, AssertionError, ValueError) as error:
                engine.unsupported[f"x ** {exponent!r}"] = _told(error)
                refused.append(exponent)
                continue
            except BaseException:  # noqa: S110 - the laws find out what it does
                pass
            taken.append(exponent)
        if not refused:
            return "any"
        ints = [n for n in row["exponents"] if type(n) is int]
        return "integers" if [n for n in taken if n is not True] == ints else taken

    # What is made of what

    def find_parts(self, untried: Iterable[str]) -> None:
        """Enter for each primitive which others it calls, as `a - b` may be made of + and neg.

        None of them while somebody else profiles: a profiler written in C cannot be put back.
        """
        if sys.getprofile() is not None:
            return
        engine = self.engine
        implemented: dict[CodeType, list[str]] = {}
        for symbol in engine.operations:
            row = engine.rows[symbol]
            for name in (row["dunder"], *row["methods"]):
                function = inspect.getattr_static(engine.cls, name, None) if name else None
                if inspect.isfunction(function):
                    implemented.setdefault(function.__code__, []).append(symbol)
        # One __pow__ may serve several primitives: of these, none is known to be called.
        codes = {code: who[0] for code, who in implemented.items() if len(set(who)) == 1}
        for symbol, function in list(engine.operations.items()):
            called: dict[str, None] = {}

            def note(
                frame: FrameType, event: str, _: Any, called: dict[str, None] = called
            ) -> None:
                if event == "call" and frame.f_code in codes:
                    called[codes[frame.f_code]] = None

            if symbol in untried:
                continue
            sys.setprofile(note)
            try:
                self._try(engine.rows[symbol], function)
            finally:
                sys.setprofile(None)
            called.pop(symbol, None)
            if called:
                engine.made_of[symbol] = list(called)

    # Names

    def _note_near_miss(self, wanted: str) -> None:
        """Look for a name on the class that nearly is the one Python looks for."""
        cls = self.engine.cls
        if not wanted or wanted in vars(cls):
            return
        bare = wanted.strip("_")
        known = {
            name.strip("_")
            for row in self.engine.rows.values()
            for name in (row["dunder"], row["reflected"], *row["methods"])
        }
        for name in vars(cls):
            own = name[len(f"_{cls.__name__}") :] if name.startswith(f"_{cls.__name__}") else name
            stem = own.strip("_")
            close = difflib.SequenceMatcher(None, stem.lower(), bare).ratio() > 0.85
            if stem == bare or (stem not in known and len(bare) > 3 and close):
                hint = f"{own} looks like {wanted}"
                hint += ", which Python calls" if wanted.startswith("__") else ""
                if hint not in self.engine.near_misses:
                    self.engine.near_misses.append(hint)
                return


def _defines(cls: type, dunder: str) -> bool:
    """Return whether a class has an operator of its own, not one of a built-in type."""
    return any(dunder in vars(c) for c in cls.__mro__ if c.__module__ != "builtins")


def _declines(error: BaseException, symbol: str, arity: int) -> bool:
    """Return whether what was raised on purpose declines an operation, and is no failure of it."""
    if isinstance(error, NotImplementedError):
        return True
    if symbol in ("x**y", "c**x"):
        return isinstance(error, (TypeError, AssertionError, ValueError))
    return arity > 1 and isinstance(error, (TypeError, AssertionError))


def _asks_the_number(error: BaseException | None) -> bool:
    """Return whether an operator asked a plain number for an attribute: it is meant for nodes."""
    if not isinstance(error, AttributeError):
        return False
    asked = getattr(error, "obj", None)  # from Python 3.10 on
    if asked is not None:
        return isinstance(asked, (int, float))
    return message_of(error).startswith(("'int' object", "'float' object"))


def _is_slip(error: BaseException | None) -> bool:
    """Return whether an operator failed on a name that is nowhere: nobody declines like that."""
    if isinstance(error, AttributeError):
        return not _asks_the_number(error)
    return isinstance(error, NameError)


def _told(error: BaseException) -> str:
    if isinstance(error, (DetachedError, MissingPackageError)):
        return message_of(error)
    message = message_of(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
