"""The decoder: turns drawn integers into an expression, step by step, whatever the integers are.

Every list of integers stands for a valid expression: operand numbers count round what exists, and
a primitive that is illegal at the current primals gives way to the next one that is legal. So
nothing that Hypothesis draws is ever rejected, and taking away or lowering an integer gives a
simpler expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from valuecheck.program.arithmetic import FLOATS
from valuecheck.program.expression import Constant, Expression, Step
from valuecheck.strategies.leaves import constant, leaf, slots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.program.form import Form
    from valuecheck.strategies.options import Options

__all__ = ["CODE_BITS", "Builder", "Code", "StuckError"]

CODE_BITS = 32
_NEW_LEAF = 3  # of the four kinds of operand, see Builder._pick


class StuckError(Exception):
    """No primitive allowed can be applied to the nodes that must be its operands."""


class Code(NamedTuple):
    """The fields of one drawn integer; 0 in every field is the simplest."""

    form: int  # 6 bits
    left: int  # 5 bits, see Builder._pick
    right: int  # 5 bits
    number: int  # 16 bits

    @classmethod
    def of(cls, drawn: int) -> Code:
        """Take a drawn integer of `CODE_BITS` bits apart."""
        return cls(drawn & 63, drawn >> 6 & 31, drawn >> 11 & 31, drawn >> 16)

    @property
    def mirrored(self) -> bool:
        """Whether two given operands change places."""
        return (self.left + self.right) % 2 == 1

    @property
    def rare(self) -> bool:
        """Whether this is one of the few codes that do what is rarely wanted: about one in 20."""
        return self.left >> 2 == 7  # noqa: PLR2004 - all three upper bits

    @property
    def second_number(self) -> int:
        """Another number from the same bits; 0 when the first is 0."""
        return self.number >> 2 | (self.number & 3) << 14


class Builder:
    """An expression while it grows.

    Nodes are known by references that stay valid while leaves are added: leaf i is -1 - i, step i
    is i. `expression()` numbers them as an `Expression` does.
    """

    # Inside these bounds further steps neither overflow nor lose all digits.
    _SMALLEST = 1e-10
    _LARGEST = 1e12
    # And beyond these a correct way of computing a quotient overflows half way.
    _EVER = (1e-100, 1e100)

    def __init__(self, options: Options) -> None:
        self.options = options
        self._kinds = slots(tuple(options.leaf_kinds))
        self._leaves: list[float] = []
        self._steps: list[tuple[str, list[int | Constant]]] = []
        self._primals: dict[int, float] = {}
        self._nodes: list[int] = []  # in the order of building
        self.loose: list[int] = []  # results that nothing uses yet, oldest first

    def __len__(self) -> int:
        """Return the number of steps so far."""
        return len(self._steps)

    def leaf(self, number: int) -> int:
        """Add the leaf that a drawn number stands for, and return it."""
        options = self.options
        if number == 0:
            return self._add_leaf(options.simplest_leaf)
        return self._add_leaf(leaf(number, self._kinds, options.min_leaf, options.max_leaf))

    def leaf_of(self, primal: float) -> int:
        """Add a leaf with a given primal, and return it."""
        return self._add_leaf(primal)

    def twin(self, node: int) -> int:
        """Add another leaf with the primal of a leaf, and return it."""
        return self._add_leaf(self._leaves[-1 - node])

    def _add_leaf(self, primal: float) -> int:
        self._leaves.append(primal)
        node = -len(self._leaves)
        self._primals[node] = primal
        self._nodes.append(node)
        return node

    def _pick(self, selector: int, number: int) -> int:
        """Choose an operand: what nothing uses yet, or any node, used or not, or a new leaf."""
        which, kind = divmod(selector, 4)
        if kind == 0 and self.loose:
            return self.loose[-1 - which % len(self.loose)]
        if kind < _NEW_LEAF and self._nodes:
            return self._nodes[-1 - selector % len(self._nodes)]
        return self.leaf(number)

    def step(
        self,
        code: Code,
        left: int | None = None,
        right: int | None = None,
        *,
        forms: Sequence[Form] | None = None,
    ) -> int:
        """Add one step and return it.

        Args:
            code: what to add.
            left: the node that must be an operand; chosen by the code when None.
            right: the other node, where the form joins two.
            forms: the forms to choose from; all that are allowed when None. Where `right` is
                given they must join two nodes.

        Raises `StuckError` when no form is legal at the nodes given.
        """
        forms = self.options.forms if forms is None else forms
        given, alone = left is not None, right is None
        if left is None:
            left = self._pick(code.left, code.number)
        leaves_before = len(self._leaves)
        # A rare code may leave the tame region; and so may the simplest code of a form, so that
        # shrinking arrives at `x0 - x0` and not at a detour to something tame.
        wild = code.rare or code.left == code.right == code.number == 0
        for tame in (False,) if wild else (True, False):
            for offset in range(len(forms)):
                form = forms[(code.form + offset) % len(forms)]
                if right is None and form.nodes > 1:
                    right = self._pick(code.right, code.second_number)
                operands = self._operands(form, code, left, right, mirrored=given)
                if self._try(form, operands, tame=tame):
                    if len(self._leaves) > leaves_before and right not in operands:
                        self._forget_latest_leaf()
                    return len(self._steps) - 1
        if given:
            joining = [form for form in forms if form.nodes > 1]
            if alone and joining:  # as the larger of two that are equal, which has no derivative
                another = self._add_leaf(self.options.another_leaf)
                return self.step(code, left, another, forms=joining)
            raise StuckError
        return self.step(code, self._add_leaf(self.options.simplest_leaf), forms=forms)

    def _operands(
        self, form: Form, code: Code, left: int, right: int | None, *, mirrored: bool
    ) -> list[int | Constant]:
        if form.number == "left":
            return [Constant(self._number(form, code)), left]
        if form.number == "right":
            return [left, Constant(self._number(form, code))]
        if form.nodes == 1 or right is None:
            return [left]
        return [right, left] if mirrored and code.mirrored else [left, right]

    def _forget_latest_leaf(self) -> None:
        self._leaves.pop()
        del self._primals[-1 - len(self._leaves)]
        self._nodes.remove(-1 - len(self._leaves))

    def _number(self, form: Form, code: Code) -> float:
        if form.symbol == "**":
            exponents = self.options.exponents
            return exponents[code.number % len(exponents)]
        number = constant(code.number)
        if self.options.floats_only:
            number = float(number)
        return abs(number) if form.symbol == "c**x" else number

    def _try(self, form: Form, operands: list[int | Constant], *, tame: bool) -> bool:
        row = form.row
        primals = [o.value if isinstance(o, Constant) else self._primals[o] for o in operands]
        if not row.domain(*primals) or (tame and not row.tame(*primals)):
            return False
        try:
            primal = row.primal(FLOATS, *primals)
        except (OverflowError, ZeroDivisionError):
            return False
        size = abs(primal)
        if not (size == 0.0 or self._EVER[0] < size < self._EVER[1]):
            return False
        least = -1.0 if row.kink else self._SMALLEST  # relu is 0 for every negative number
        if tame and not least < size < self._LARGEST:
            return False
        node = len(self._steps)
        self._steps.append((row.symbol, operands))
        self._primals[node] = primal
        self._nodes.append(node)
        self.loose = [n for n in self.loose if n not in operands]
        self.loose.append(node)
        return True

    def tie(self, code: Code, *, keep: int = 1) -> None:
        """Join the loose ends until only `keep` are left, or no form joins two nodes."""
        while len(self.loose) > keep and self.options.binary:
            left, right = self.loose[-2:]
            self.step(code, left, right, forms=self.options.binary)

    def expression(self) -> Expression:
        """Return what was built; the output is the latest step."""
        leaves = len(self._leaves)
        return Expression(
            tuple(self._leaves),
            tuple(
                Step(
                    symbol,
                    tuple(
                        o if isinstance(o, Constant) else o + leaves if o >= 0 else -1 - o
                        for o in operands
                    ),
                )
                for symbol, operands in self._steps
            ),
        )
