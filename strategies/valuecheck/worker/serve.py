"""Answering questions: build this program, sweep from here, what are data and grad."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import IO, Any, Callable, Tuple, Type

from .attributes import CannotBindError
from .bind import bind
from .engine import AUGMENTED, Bound
from .load import CannotLoadError, Loaded, Module, load, modules_of
from .memory import guard, limit_memory
from .numbers import described, from_json, to_json
from .others import call_other, others_of
from .raising import DetachedError, message_of, reply_of
from .watch import TooManyLinesError, lines_run, writers

__all__ = ["answer", "find", "hello", "main"]

Caught = Tuple[Type[BaseException], ...]


class _UnknownError(Exception):
    """A question that this worker does not know."""


def answer(
    engine: Bound, request: dict[str, Any], caught: Caught = (BaseException,)
) -> dict[str, Any]:
    """Run one program and do what is asked of it, from nothing.

    Args:
        engine: what to run it on.
        request: "leaves", "steps" and "then", as the protocol has them.
        caught: what of that which the engine raises is an answer.
    """
    leaves, steps = request["leaves"], request["steps"]
    nodes: list[Any] = []
    got: list[Any] = []
    then = 0
    try:
        make = engine.make
        for number in leaves:
            nodes.append(make(from_json(number)))
        for step in steps:
            nodes.append(_step(engine, nodes, step))
        for action in request["then"]:
            then += 1
            found = _do(engine, nodes, action)
            if found is not None:
                got.append(found)
    except caught as error:
        at = ["then", then - 1]
        if len(nodes) < len(leaves):
            at = ["leaves", len(nodes)]
        elif len(nodes) < len(leaves) + len(steps):
            at = ["steps", len(nodes) - len(leaves)]
        if isinstance(error, _UnknownError):
            return {"got": got, "error": {"at": at, "type": "unknown"}}
        return {"got": got, "error": {"at": at, **reply_of(error, engine.own)}}
    return {"got": got}


def _step(engine: Bound, nodes: list[Any], step: list[Any]) -> Any:
    return engine.apply(
        step[0],
        [nodes[o] if type(o) is int else from_json(o["constant"]) for o in step[1:]],
    )


def _called(engine: Bound, nodes: list[Any], call: list[Any]) -> Any:
    result, made = call_other(call[0], [nodes[operand] for operand in call[1:]])
    try:
        return engine.checked(call[0], result)
    except DetachedError as error:
        error.made = made
        raise


_GROWING: dict[str, Callable[[Bound, list[Any], list[Any]], Any]] = {
    "leaf": lambda engine, _, number: engine.make(from_json(number[0])),
    "step": _step,
    "call": _called,
}
"""What makes one node more."""


def _do(engine: Bound, nodes: list[Any], action: list[Any]) -> dict[str, Any] | None:
    """Do one thing of "then"; return what is to be reported of it, if anything."""
    what = action[0]
    if what == "read":
        return _reading(engine, nodes)
    if what == "backward":
        engine.sweep(nodes[action[1]])
    elif what in _GROWING:
        nodes.append(_GROWING[what](engine, nodes, action[1:]))
    elif what == "set":
        _, quantity, node, number = action
        writer = engine.set_data if quantity == "data" else engine.set_grad
        writer(nodes[node], from_json(number))
    elif what == "try":
        return _tried(engine, nodes, action[1:])
    elif what == "holds":
        return {"holds": engine.holds(nodes[action[1]], nodes)}
    elif what == "lines":
        return _lines(engine, nodes, *action[1:])
    elif what == "writers":
        node = nodes[action[1]]
        return {"writers": writers(lambda: engine.sweep(node), nodes, engine.grad, engine.own)}
    else:
        raise _UnknownError
    return None


def _reading(engine: Bound, nodes: list[Any]) -> dict[str, Any]:
    reading: dict[str, Any] = {
        "data": _read_all(engine.data, nodes),
        "grad": _read_all(engine.grad, nodes),
    }
    first: dict[int, int] = {}
    same = [
        [number, first[id(node)]]
        for number, node in enumerate(nodes)
        if first.setdefault(id(node), number) != number
    ]
    if same:
        reading["same"] = same
    return reading


def _read_all(read: Callable[[Any], Any], nodes: list[Any]) -> list[Any]:
    try:
        return [described(read(node)) for node in nodes]
    except Exception:
        return [_read_one(read, node) for node in nodes]


def _read_one(read: Callable[[Any], Any], node: Any) -> Any:
    try:
        return described(read(node))
    except Exception as error:
        return {"type": type(error).__name__, "repr": message_of(error), "raised": True}


def _tried(engine: Bound, nodes: list[Any], step: list[Any]) -> dict[str, Any]:
    """Apply an operation that may raise, and forget what it gives."""
    try:
        _step(engine, nodes, step)
    except Exception:
        return {"raised": True}
    return {"raised": False}


def _lines(engine: Bound, nodes: list[Any], node: int, most: int) -> dict[str, Any]:
    try:
        return {"lines": lines_run(lambda: engine.sweep(nodes[node]), most)}
    except TooManyLinesError:
        return {"lines": None}


# What the engine has


def hello(engine: Bound, loaded: Loaded | None = None) -> dict[str, Any]:
    """Return what the program says first: what the engine has, and how it is written."""
    cls = engine.cls
    told: dict[str, Any] = {
        "valuecheck": 1,
        "name": cls.__name__,
        "primitives": {symbol: engine.sides.get(symbol, []) for symbol in engine.operations},
        "exponents": engine.exponents,
        "refused_numbers": engine.refused_numbers,
        "zero_grad": False,
        "python": ".".join(map(str, sys.version_info[:3])),
        "module": cls.__module__,
        "own_questions": [*AUGMENTED, "call", "try", "holds", "lines", "writers"],
        "spellings": engine.spellings,
        "names": engine.names,
        "unsupported": engine.unsupported,
        "broken": engine.broken,
        "near_misses": engine.near_misses,
        "made_of": engine.made_of,
        "places": engine.places(),
        "others": others_of(engine),
    }
    if loaded is not None:
        told.update(
            file=loaded.file,
            line=loaded.line,
            note=loaded.module.note,
            importable=loaded.importable,
            search_path=loaded.search_path,
        )
    return told


def find(setup: dict[str, Any], trying: Callable[[str], None]) -> Loaded:
    """Load the target and bind its class."""
    modules = modules_of(setup["place"], setup["definitions_only"], trying, setup["cells"])
    avoided: dict[str, dict[str, Any]] = setup["avoid"]

    def avoid(what: str) -> dict[str, Any] | None:
        if what not in avoided:
            trying(what)
        return avoided.get(what)

    def bound(cls: type, found: Module) -> Bound:
        files = [file for file, _ in found.places.values()]
        return bind(cls, setup, avoid, [found.module], files)

    return load(setup["target"], modules, setup["class"], bound)


def main() -> None:
    """Serve one engine over standard input and output, until the input ends."""
    owner = os.getpid()
    requests, replies = _channels()
    guard()
    setup = json.loads(requests.readline())
    sys.argv = [setup["place"]]

    def tell(document: Any) -> None:
        if os.getpid() != owner:
            os._exit(0)  # a copy of the process, which the engine made: it has no say
        replies.write(_encoded(document) + "\n")
        replies.flush()

    try:
        loaded = find(setup, lambda what: tell({"trying": what}))
        told = hello(loaded.engine, loaded)
    except (CannotLoadError, CannotBindError) as error:
        tell({"error": {"type": "cannot load", "message": str(error)}})
        return
    except BaseException as error:
        text = f"{type(error).__name__}: {message_of(error)[:200]}"
        message = f"{setup['target']}: finding out how it is used raised {text}"
        tell({"error": {"type": "cannot bind", "message": message}})
        return
    if setup["memory"] is not None:
        limit_memory(setup["memory"])
    tell(told)
    for line in requests:
        asked = json.loads(line)
        answered = [
            {"id": request["id"], **answer(loaded.engine, request)}
            for request in (asked if isinstance(asked, list) else [asked])
        ]
        tell(answered if isinstance(asked, list) else answered[0])
    os._exit(0)  # whatever the engine has left running


def _encoded(document: Any) -> str:
    try:
        return json.dumps(document, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(document), allow_nan=False)


def _finite(document: Any) -> Any:
    """Return a document with strings for the numbers that JSON lacks."""
    if isinstance(document, float) and not math.isfinite(document):
        return to_json(document)
    if isinstance(document, dict):
        return {key: _finite(value) for key, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [_finite(value) for value in document]
    return document


def _channels() -> tuple[IO[str], IO[str]]:
    """Keep the descriptors of the two pipes for ourselves, and hand the engine others."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)  # what it prints goes to standard error
    os.close(null)
    return requests, replies


def _breakpoint(*_: Any, **__: Any) -> None:
    raise RuntimeError("a breakpoint() was left in")


sys.breakpointhook = _breakpoint
