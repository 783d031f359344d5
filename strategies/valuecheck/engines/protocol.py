"""What crosses the wall: the records of the protocol, and their JSON.

One document a line. The program says `Hello` first; then each `Question` gets an `Answer`. How the
lines look is described in docs/protocol.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from valuecheck.program.expression import Constant, Expression, number_to_json
from valuecheck.program.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.expression import Operand

__all__ = [
    "Action",
    "Answer",
    "Hello",
    "NotNumber",
    "Number",
    "Observation",
    "Other",
    "Question",
    "Raised",
    "step",
]

VERSION: Final = 1

Record = TypeVar("Record")

Action: TypeAlias = "tuple[Any, ...]"
"""One thing to be done of "then": a name and its arguments, as in the protocol."""


def step(symbol: str, *operands: Operand) -> Action:
    """Return the action that applies a primitive; its result is the next node."""
    return ("step", symbol, *operands)


class Question(msgspec.Struct, frozen=True):
    """A program, and what is to be done with it once it is built.

    Attributes:
        expression: the program.
        then: what to do, in this order.
    """

    expression: Expression
    then: tuple[Action, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the question as the protocol has it, without its "id"."""
        document = self.expression.to_json()
        document["then"] = [[_to_json(item) for item in action] for action in self.then]
        return document


def _to_json(item: Any) -> Any:
    if isinstance(item, Constant):
        return {"constant": number_to_json(item.value)}
    return number_to_json(item) if isinstance(item, float) else item


class NotNumber(msgspec.Struct, frozen=True):
    """What stands where a number should: its type and repr, or what reading it raised."""

    type: str
    repr: str = ""
    raised: bool = False

    def __str__(self) -> str:
        """Return what is to be said of it."""
        if self.raised:
            return f"reading it raises {self.type}: {self.repr or 'no message'}"
        return f"{self.repr} of type {self.type} is not a real number"


Number: TypeAlias = float | NotNumber | None
"""What an engine holds at a node; None where it has no gradient."""

_Sent: TypeAlias = float | str | NotNumber | None


class Observation(msgspec.Struct):
    """What was told of one action of "then".

    Attributes:
        data: the primal of every node.
        grad: the adjoint of every node.
        same: pairs of a node and the earlier node that it is once more.
        raised: whether an operation that was tried raised.
        holds: the nodes that a node refers to.
        lines: how many lines a sweep ran; None when they were too many.
        writers: for each node, where its gradient was written.
    """

    data: list[_Sent] = []
    grad: list[_Sent] = []
    same: list[tuple[int, int]] = []
    raised: bool | None = None
    holds: list[int] | None = None
    lines: int | None = None
    writers: list[list[dict[str, Any]]] | None = None


class Raised(msgspec.Struct, frozen=True):
    """An error that ended a program.

    Attributes:
        type: the name of the exception; "not a node" where an operation gave something else,
            "unknown" for a question that the program does not know.
        message: what it says.
        at: "leaves", "steps" or "then", and the index.
        where: "file:line" in the engine's own source, where that is known.
        plain: for "not a node": whether a plain number was given.
        purpose: whether it was raised on purpose, by a line of the engine's own that says so.
        made: for "not a node": whether a node was made on the way, and not given.
    """

    type: str
    message: str = ""
    at: tuple[str, int] = ("steps", 0)
    where: str | None = None
    plain: bool = False
    purpose: bool = False
    made: bool = False

    def __str__(self) -> str:
        """Return type and message in a line."""
        if self.type == "not a node":
            return self.message
        return f"{self.type}: {self.message or 'no message'}"[:300]


class Answer(msgspec.Struct):
    """The outcome of a question: all that was told until it ended or raised."""

    got: list[Observation]
    error: Raised | None = None
    id: int = 0

    def number_of(self, index: int, quantity: Literal["data", "grad"], node: int) -> Number:
        """Return one number of one observation."""
        return to_number(getattr(self.got[index], quantity)[node])


def to_number(sent: _Sent) -> Number:
    """Return what was sent as a float where it is one."""
    if isinstance(sent, str):
        return float(sent) if sent in {"inf", "-inf", "nan", "-0.0"} else NotNumber("str", sent)
    return sent


class Other(msgspec.Struct, frozen=True):
    """A method of a class that the table does not know.

    Attributes:
        name: what it is called.
        arity: how many operands it takes, the node itself among them.
        why: why it must not be called, "" where it may.
        where: "file:line" where it begins.
    """

    name: str
    arity: int
    why: str = ""
    where: str | None = None


class Hello(msgspec.Struct):
    """What a program says first: what it has, and how that is written.

    Attributes:
        valuecheck: the version of the protocol.
        name: what the engine is called.
        primitives: each symbol it has, with the sides on which a plain number may stand.
        exponents: the plain numbers that may stand as exponents.
        refused_numbers: of "int" and "bool", the types that it does not take beside a node.
        zero_grad: whether it knows the action "zero_grad".
        python: the version of the Python it runs in, "" for another language.
        module: the module of the class.
        own_questions: further actions that it knows, beyond the protocol's.
        spellings: by symbol, how it is written; also "leaf", "data", "grad" and "backward".
        names: what was bound to what, for the report.
        unsupported: by name of a form, why it does not have it.
        broken: by name of a form, how its simplest use fails.
        near_misses: hints at names that nearly are those Python looks for.
        made_of: by symbol, the other primitives that it calls to do its work.
        places: by symbol, "file:line" of the function that does it.
        others: methods that may be operations, and are none of the table.
        file: the file it is defined in.
        line: the line where its class begins.
        note: how it was loaded, where that was not a plain import.
        importable: whether Python can import the class.
        search_path: the folder that must be on sys.path to import the class, if any.
    """

    valuecheck: int
    name: str
    primitives: dict[str, list[Literal["left", "right"]]]
    exponents: Literal["any", "integers"] | list[bool | int | float] = "any"
    refused_numbers: list[str] = []
    zero_grad: bool = False
    python: str = ""
    module: str = ""
    own_questions: list[str] = []
    spellings: dict[str, str] = {}
    names: dict[str, str] = {}
    unsupported: dict[str, str] = {}
    broken: dict[str, Raised] = {}
    near_misses: list[str] = []
    made_of: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    others: list[Other] = []
    file: str = ""
    line: int = 1
    note: str = ""
    importable: bool = True
    search_path: str | None = None

    @property
    def absent(self) -> frozenset[str]:
        """The primitives that only some engines have, and that are not there on this one."""
        return frozenset(
            symbol
            for symbol, row in PRIMITIVES.items()
            if not row.standard
            and symbol not in self.primitives
            and self.unsupported.get(symbol, "not there") == "not there"
        )


class Greeting(msgspec.Struct):
    """A line that comes before or in place of `Hello`: what is tried, or why there is none."""

    trying: str = ""
    error: Raised | None = None
    valuecheck: int | None = None


def encode_questions(questions: Sequence[Question], first_id: int) -> bytes:
    """Return the line that asks several questions; they are numbered from `first_id`."""
    asked = [{"id": first_id + i, **q.to_json()} for i, q in enumerate(questions)]
    return msgspec.json.encode(asked) + b"\n"


_answers: Final = msgspec.json.Decoder(list[Answer])


def decode_answers(line: bytes, first_id: int, questions: Sequence[Question]) -> list[Answer]:
    """Return the answers of a line, in the order of the questions.

    Raises `ValueError` where the line is not what was asked for.
    """
    answers = decode(line, _answers)
    if [answer.id for answer in answers] != list(range(first_id, first_id + len(questions))):
        raise ValueError("it does not answer the questions that were asked")
    for question, answer in zip(questions, answers, strict=True):
        _must_fit(question, answer)
    return answers


def decode(line: bytes, decoder: msgspec.json.Decoder[Record]) -> Record:
    """Return the record in a line; raises `ValueError` where it is none, whatever it is."""
    try:
        return decoder.decode(line)
    except (ValueError, RecursionError) as error:  # MsgspecError is a ValueError
        raise ValueError(str(error)[:200] or "nested too deeply") from error


_TELLING: Final = {"read", "try", "holds", "lines", "writers"}


def _must_fit(question: Question, answer: Answer) -> None:
    """Raise `ValueError` where an answer is not of the shape that its question asks for."""
    nodes = len(question.expression)
    sizes: list[int | None] = []  # of what is reported, None where it is no reading
    for name, *_ in question.then:
        nodes += name in {"leaf", "step", "call"}
        if name in _TELLING:
            sizes.append(nodes if name == "read" else None)
    if answer.error is None and len(answer.got) != len(sizes):
        raise ValueError(f"it tells {len(answer.got)} things where {len(sizes)} were asked for")
    if len(answer.got) > len(sizes):
        raise ValueError(f"it tells {len(answer.got)} things, more than were asked for")
    for seen, size in zip(answer.got, sizes, strict=False):
        if size is not None and not len(seen.data) == len(seen.grad) == size:
            raise ValueError(f"it reads {len(seen.data)} nodes where there are {size}")
        # Who says that two nodes are one says that they hold the same.
        seen.same = [
            (node, first)
            for node, first in seen.same
            if 0 <= first < node < len(seen.data)
            and seen.data[node] == seen.data[first]
            and seen.grad[node] == seen.grad[first]
        ]
    if answer.error is not None:
        place, index = answer.error.at
        program = question.expression
        most = {
            "leaves": len(program.leaves),
            "steps": len(program.steps),
            "then": len(question.then),
        }.get(place, 0)
        if not 0 <= index < most:
            raise ValueError(f"it raised at {place} {index}, which is not there")


def is_finite(number: Number) -> bool:
    """Return whether something is a finite number."""
    return isinstance(number, float) and math.isfinite(number)


HELLO: Final = msgspec.json.Decoder(Hello)
GREETING: Final = msgspec.json.Decoder(Greeting)


def must_be_understood(hello: Hello) -> None:
    """Raise `ValueError` where a hello says what cannot be used."""
    if hello.valuecheck != VERSION:
        raise ValueError(f"it speaks version {hello.valuecheck}, not {VERSION}")
    unknown = sorted(set(hello.primitives) - set(PRIMITIVES))
    if unknown:
        raise ValueError(f"no primitive is called {unknown[0]}")
    for spelling in hello.spellings.values():
        try:
            spelling.format("a", "b")
        except (LookupError, ValueError) as error:
            raise ValueError(f"{spelling!r} is not a way to write something") from error
