"""What is reported, and is no fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.finding import find, without_expression
from valuecheck.engines.protocol import Question
from valuecheck.judging.faults import WrongNumberError
from valuecheck.program.expression import Expression
from valuecheck.program.primitives import PRIMITIVES
from valuecheck.suite.policies import AGAIN, NOTHING, OTHERS
from valuecheck.truth.ruler import DOUBLE, enclose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from valuecheck.diagnosis.finding import Finding
    from valuecheck.judging.subject import Subject

__all__ = ["single_precision", "warnings_of"]

_SECOND_SWEEP: Final = (
    "a second backward() on the same graph, from gradients of 0, gives others than the first, and "
    "says nothing: what the first one marked stays marked"
)

_NO_SEED: Final = (
    "backward() leaves the output's own gradient as it is: valuecheck set it to 1.0 before every "
    "sweep, and without that all gradients are 0"
)


def warnings_of(
    subject: Subject,
    rough: Mapping[frozenset[str], tuple[str, WrongNumberError]],
    policies: Mapping[str, str],
    *,
    clean: bool,
) -> list[Finding]:
    """Return the warnings that an engine deserves.

    Args:
        subject: the engine.
        rough: by set of primitives, the law and the shortest program whose digits are lost.
        policies: what it does where several ways are right.
        clean: whether no fault was found.
    """
    found = [*_of_sweeps(subject, policies, clean=clean)]
    if subject.ruler.width < DOUBLE:
        single = find(subject, single_precision(subject))
        found += [single] if single is not None else []
    return [*found, *_of_digits(subject, rough, clean=clean)]


def _of_sweeps(subject: Subject, policies: Mapping[str, str], *, clean: bool) -> Iterator[Finding]:
    source, where = subject.engine.source, subject.engine.hello.places.get("backward")
    told = []
    if clean and policies.get(AGAIN) in {OTHERS, NOTHING}:
        told.append(("stale state", _SECOND_SWEEP))
    spelled = source.spellings["backward"]
    if spelled.startswith("{0}.") and "\n" in spelled:
        told.append(("missing gradient", _NO_SEED))
    for kind, sentence in told:
        yield without_expression(source, "test_policies", kind, sentence, where=where)


def _of_digits(
    subject: Subject,
    rough: Mapping[frozenset[str], tuple[str, WrongNumberError]],
    *,
    clean: bool,
) -> Iterator[Finding]:
    """Yield one warning for each primitive that loses digits, none for what is made of it.

    Digits that no single primitive loses are not told beside a fault: it may be what loses them.
    """
    guilty: set[str] = set()
    made_of = subject.engine.hello.made_of
    for symbols, (law, fault) in sorted(rough.items(), key=lambda item: len(item[0])):
        parts = {part for symbol in symbols for part in (symbol, *made_of.get(symbol, ()))}
        finding = find(subject, fault, law) if not guilty & parts else None
        if finding is not None and (clean or finding.primitive is not None):
            yield finding
        if finding is not None:
            guilty |= symbols if finding.primitive is not None else set(PRIMITIVES)


def single_precision(subject: Subject) -> WrongNumberError:
    """Return what shows that an engine computes in single precision."""
    tenth = Expression((0.1,))
    answer = subject.engine.ask_one(Question(tenth, (("read",),)))
    got = answer.number_of(0, "data", 0)
    ball = enclose(tenth).primals[0]
    told = f"a leaf made from 0.1 holds {got!r}"
    return WrongNumberError(told, tenth, node=0, quantity="data", got=got, ball=ball, rough=True)
