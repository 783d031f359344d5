"""The mistakes people make in the rule of a primitive, as formulas that can be held to numbers.

A mistake predicts what travels along an edge. It is the explanation only when it predicts every
number that was measured there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from valuecheck.diagnosis.measure import attempt, partials_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuecheck.diagnosis.measure import Contribution, Edge

__all__ = ["Mistake", "explain"]

_CLOSE: Final = 1e-9
"""Two formulas evaluated in floats are the same to within this, relative."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One way to get a rule wrong.

    Attributes:
        kind: as in the JSON report.
        sentence: what a beginner is told.
        predict: from what was measured to what this mistake would have sent along the edge.
    """

    kind: str
    sentence: str
    predict: Callable[[Contribution], float]


_PRECEDENCE: Final[dict[str, tuple[tuple[str, Callable[[Contribution], float]], ...]]] = {
    "tanh": (
        ("1 - out**2 * out.grad", lambda m: 1 - m.result**2 * m.upstream),
        ("out.grad - out**2", lambda m: m.upstream - m.result**2),
    ),
    "sigmoid": (
        ("out - out**2 * out.grad", lambda m: m.result - m.result**2 * m.upstream),
        ("out * out.grad - out**2", lambda m: m.result * m.upstream - m.result**2),
        ("out * (1 - out * out.grad)", lambda m: m.result * (1 - m.result * m.upstream)),
    ),
}


def _slips(edge: Edge) -> Iterator[Mistake]:
    """A missing pair of parentheses: right as long as the upstream is 1."""
    for text, formula in _PRECEDENCE.get(edge.form.symbol, ()):
        yield Mistake(
            "upstream ignored",
            f"parentheses are missing: {text} multiplies only a part of the partial by out.grad",
            formula,
        )


def _general(edge: Edge) -> Iterator[Mistake]:
    i = edge.position
    yield Mistake(
        "wrong partial", "the sign is the wrong way round", lambda m: -m.partials[i] * m.upstream
    )
    yield Mistake(
        "upstream ignored",
        "the partial is right but is not multiplied by out.grad",
        lambda m: m.partials[i],
    )
    yield Mistake(
        "wrong partial",
        "the partial is right but is multiplied by out.grad twice",
        lambda m: m.partials[i] * m.upstream**2,
    )
    if edge.form.row.arity > 1:
        j = 1 - i
        yield Mistake(
            "wrong operand",
            "this operand gets what belongs to the other one",
            lambda m: m.partials[j] * m.upstream,
        )
        yield Mistake(
            "wrong partial",
            "the value of the other operand is used as the partial",
            lambda m: m.operands[j] * m.upstream,
        )
        yield Mistake(
            "wrong partial",
            "the value of this operand is used as the partial",
            lambda m: m.operands[i] * m.upstream,
        )
        yield Mistake(
            "wrong partial",
            "the value of this operand stands where that of the other belongs",
            lambda m: partials_at(edge.form.symbol, m.result, m.operands[::-1])[i] * m.upstream,
        )


def _misplaced(edge: Edge) -> Iterator[Mistake]:
    """The right formula at the wrong number."""
    i, symbol = edge.position, edge.form.symbol
    yield Mistake(
        "wrong partial",
        "the partial is computed from the operand where the result belongs",
        lambda m: partials_at(symbol, m.operands[i], m.operands)[i] * m.upstream,
    )

    def result_for_operand(m: Contribution) -> float:
        moved = (*m.operands[:i], m.result, *m.operands[i + 1 :])
        return partials_at(symbol, m.result, moved)[i] * m.upstream

    yield Mistake(
        "wrong partial",
        "the partial is computed from the result where the operand belongs",
        result_for_operand,
    )
    yield Mistake(
        "wrong partial", "out.grad is handed on as it is, without the partial", lambda m: m.upstream
    )
    yield Mistake(
        "wrong partial",
        "the partial is twice what it should be",
        lambda m: 2 * m.partials[i] * m.upstream,
    )
    yield Mistake(
        "wrong partial",
        "the partial is half what it should be",
        lambda m: m.partials[i] * m.upstream / 2,
    )


_FORMULAS: Final[dict[str, tuple[tuple[str, Callable[[Contribution], float]], ...]]] = {
    "*": (("out", lambda m: m.result),),
    "**": (
        ("x**(n-1) without the factor n", lambda m: m.operands[0] ** (m.operands[1] - 1)),
        (
            "n * x**n, with the exponent not lowered by 1",
            lambda m: m.operands[1] * m.operands[0] ** m.operands[1],
        ),
        (
            "n * x**(n+1)",
            lambda m: m.operands[1] * m.operands[0] ** (m.operands[1] + 1),
        ),
        (
            "(n-1) * x**(n-1)",
            lambda m: (m.operands[1] - 1) * m.operands[0] ** (m.operands[1] - 1),
        ),
        ("n * x", lambda m: m.operands[1] * m.operands[0]),
        (
            "x**n * log(x), the partial by the exponent",
            lambda m: m.result * math.log(m.operands[0]),
        ),
    ),
    "tanh": (
        ("1 - out, without the square", lambda m: 1 - m.result),
        ("1 + out**2", lambda m: 1 + m.result**2),
        ("out * (1 - out), the rule of the sigmoid", lambda m: m.result * (1 - m.result)),
        ("out", lambda m: m.result),
        ("(1 - out)**2", lambda m: (1 - m.result) ** 2),
    ),
    "sigmoid": (
        ("1 - out, without the factor out", lambda m: 1 - m.result),
        ("out * (1 + out)", lambda m: m.result * (1 + m.result)),
        ("1 - out**2, the rule of tanh", lambda m: 1 - m.result**2),
        ("out", lambda m: m.result),
    ),
    "exp": (
        ("x * exp(x - 1), the rule of a power", lambda m: m.operands[0] * m.result / math.e),
        ("exp(out)", lambda m: math.exp(m.result)),
    ),
    "log": (("log(x)", lambda m: m.result), ("x", lambda m: m.operands[0])),
    "/": (
        ("1 / y", lambda m: 1 / m.operands[1]),
        ("-1 / y**2", lambda m: -1 / m.operands[1] ** 2),
        ("x / y**2, with the sign missing", lambda m: m.operands[0] / m.operands[1] ** 2),
        ("-x / y", lambda m: -m.operands[0] / m.operands[1]),
        ("-y / x**2, with x and y exchanged", lambda m: -m.operands[1] / m.operands[0] ** 2),
        ("1 / x", lambda m: 1 / m.operands[0]),
        ("y", lambda m: m.operands[1]),
    ),
    "relu": (("the value, not 1", lambda m: m.result),),
    "abs": (("1 for negative numbers too", lambda _: 1.0),),
    "sqrt": (
        ("1 / out, without the factor 1/2", lambda m: 1 / m.result),
        ("1 / (2 * x)", lambda m: 0.5 / m.operands[0]),
        ("out / 2", lambda m: m.result / 2),
    ),
}


def _formulas(edge: Edge) -> Iterator[Mistake]:
    for text, formula in _FORMULAS.get(edge.form.symbol, ()):

        def predict(m: Contribution, formula: Callable[[Contribution], float] = formula) -> float:
            return formula(m) * m.upstream

        yield Mistake("wrong partial", f"the partial used is {text}", predict)


def explain(
    edge: Edge, table: Sequence[Contribution], within: float = _CLOSE
) -> tuple[str, str] | None:
    """Return kind and sentence of the mistake that predicts what was measured on an edge.

    Where the engine is right on some numbers and wrong on others, the mistake must predict all the
    wrong ones. At least three must be there to predict. None when no mistake does.

    Args:
        edge: which operand of what step.
        table: what was measured.
        within: how far off a prediction may be, relative.
    """
    wrong = [m for m in table if not m.right]
    if len(wrong) < 3:  # noqa: PLR2004 - a formula may meet one or two numbers by chance
        return None
    right_partial = all(m.right for m in table if m.upstream == 1.0)
    if all(m.got == 0.0 for m in wrong):
        # Nothing arrives. That fits many formulas, for want of numbers to tell them apart.
        nothing = Mistake("missing gradient", "nothing is handed on to this operand", lambda _: 0.0)
        return None if right_partial else _told(nothing, edge, table, within)
    if right_partial:
        # Only the upstream can be what is wrong with the rule.
        fits = [
            m
            for m in (*_general(edge), *_slips(edge))
            if all(_predicts(m, row, within) for row in wrong)
        ]
        return (fits[0].kind, fits[0].sentence) if fits else None
    for mistake in (*_general(edge), *_formulas(edge), *_misplaced(edge)):
        if all(_predicts(mistake, m, within) for m in wrong):
            return _told(mistake, edge, table, within)
    if not _proportional_to_the_upstream(wrong, within):
        return None
    m = min(wrong, key=lambda m: abs(m.upstream - 1.0))
    sentence = (
        f"at {_at(m)} the partial comes out as {m.got / m.upstream:.6g}, "
        f"but it is {m.partials[edge.position]:.6g}"
    )
    condition = _condition(edge, table, table)
    return "wrong partial", f"{condition}, {sentence}" if condition else sentence


def _predicts(mistake: Mistake, m: Contribution, within: float) -> bool:
    predicted = attempt(lambda: mistake.predict(m))
    return abs(predicted - m.got) <= within * max(abs(predicted), abs(m.got))


def _proportional_to_the_upstream(wrong: Sequence[Contribution], within: float) -> bool:
    """Return whether wrong contributions look as if made by a partial, whatever partial."""
    ratios: dict[tuple[float, ...], list[float]] = {}
    for m in wrong:
        ratios.setdefault(m.operands, []).append(m.got / m.upstream)
    return all(
        abs(r - group[0]) <= within * abs(group[0]) for group in ratios.values() for r in group
    )


def _told(
    mistake: Mistake, edge: Edge, table: Sequence[Contribution], within: float
) -> tuple[str, str]:
    """Return kind and sentence, and where the mistake is made when it is not made everywhere."""
    # Where the mistake would make no difference, a right number tells nothing.
    telling = [m for m in table if not m.right or not _predicts(mistake, m, within)]
    condition = _condition(edge, table, telling)
    if condition is not None:
        return mistake.kind, f"{condition}, {mistake.sentence}"
    if all(not m.right for m in telling):
        return mistake.kind, mistake.sentence
    at = _at(next(m for m in telling if not m.right))
    return mistake.kind, f"not everywhere, but at {at} for one, {mistake.sentence}"


def _at(m: Contribution) -> str:
    return ", ".join(f"{o:.4g}" for o in m.operands)


def _condition(
    edge: Edge, table: Sequence[Contribution], telling: Sequence[Contribution]
) -> str | None:
    """Return the condition on the operands under which the wrong rows of a table are wrong.

    None when all of them are wrong, or no condition that we know tells them apart. What holds for
    the whole table is better than what holds for its telling rows.
    """
    i = edge.position
    conditions = [*_equalities(edge, table), *_conditions(edge)]
    right = [m.operands[i] for m in telling if m.right]
    if right:
        conditions += [
            (f"for operands above {max(right):.3g}", lambda m: m.operands[i] > max(right)),
            (f"for operands below {min(right):.3g}", lambda m: m.operands[i] < min(right)),
        ]
        nearest = min(map(abs, right))
        if any(m.operands[i] for m in table if not m.right):  # at 0 alone there is no "nearer"
            nearer = f"for operands nearer to 0 than {nearest:.3g}"
            conditions.append((nearer, lambda m: abs(m.operands[i]) < nearest))
        if edge.form.row.arity > 1:
            j = 1 - i
            others = [m.operands[j] for m in telling if m.right]
            conditions += [
                (
                    f"where the other operand is above {max(others):.3g}",
                    lambda m: m.operands[j] > max(others),
                ),
                (
                    f"where the other operand is below {min(others):.3g}",
                    lambda m: m.operands[j] < min(others),
                ),
            ]
    for rows in (table, telling):
        for text, holds in conditions if any(m.right for m in rows) else ():
            if all(holds(m) != m.right for m in rows):
                return text
    return None


def _equalities(
    edge: Edge, table: Sequence[Contribution]
) -> Iterator[tuple[str, Callable[[Contribution], bool]]]:
    """Yield "where an operand is 0", or another number, if several wrong rows have it in common."""
    if edge.form.symbol == "**":
        return  # which has conditions of its own
    wrong = {m.operands for m in table if not m.right}
    for place in range(edge.form.row.arity):
        numbers = {operands[place] for operands in wrong}
        if len(numbers) == 1 and len(wrong) > 2 and edge.form.row.arity > 1:  # noqa: PLR2004
            (number,) = numbers
            whose = "this operand" if place == edge.position else "the other operand"
            yield f"where {whose} is {number:g}", lambda m, p=place, n=number: m.operands[p] == n  # type: ignore[misc]


def _conditions(edge: Edge) -> Iterator[tuple[str, Callable[[Contribution], bool]]]:
    """Yield conditions on the operands, the likeliest first, with how they are called."""
    i = edge.position
    yield "for negative operands", lambda m: m.operands[i] < 0
    yield "for positive operands", lambda m: m.operands[i] > 0
    if edge.form.symbol == "**":
        yield "for the exponent 0", lambda m: m.operands[1] == 0
        yield "for negative exponents", lambda m: m.operands[1] < 0
        yield "for fractional exponents", lambda m: not m.operands[1].is_integer()
        yield "for exponents above 2", lambda m: m.operands[1] > 2  # noqa: PLR2004
    elif edge.form.row.arity > 1:
        yield "where both operands are negative", lambda m: max(m.operands) < 0
        yield "where both operands are positive", lambda m: min(m.operands) > 0
        yield "where the signs differ", lambda m: m.operands[0] * m.operands[1] < 0
        yield "where the other operand is negative", lambda m: m.operands[1 - i] < 0
        yield "where the other operand is positive", lambda m: m.operands[1 - i] > 0
