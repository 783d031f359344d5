"""An engine in this very process: for a test of one's own, where the class is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from valuecheck.engines.engine import CannotCheckError, Engine
from valuecheck.engines.protocol import Answer, Hello
from valuecheck.engines.setup import Names, setup_for_class
from valuecheck.worker.attributes import CannotBindError
from valuecheck.worker.bind import bind
from valuecheck.worker.serve import answer, hello

if TYPE_CHECKING:
    from collections.abc import Sequence

    from valuecheck.engines.protocol import Question
    from valuecheck.worker.engine import Bound
    from valuecheck.worker.load import Loaded

__all__ = ["InProcess", "open_class"]

_CAUGHT = (Exception, SystemExit)  # not KeyboardInterrupt: here that is the user's


class InProcess(Engine):
    """A bound class that answers without a pipe.

    Attributes:
        bound: the class.
    """

    def __init__(self, bound: Bound, loaded: Loaded | None = None) -> None:
        super().__init__(msgspec.convert(hello(bound, loaded), Hello))
        self.bound = bound
        self._loaded = loaded

    def _answers(
        self, questions: Sequence[Question], ahead: Sequence[Question] = ()
    ) -> list[Answer]:
        del ahead  # nobody works beside the judge
        return [
            msgspec.convert(answer(self.bound, question.to_json(), _CAUGHT), Answer)
            for question in questions
        ]

    def spare(self) -> InProcess | None:
        """Return itself where the whole process is there for one target, as in a browser."""
        return self if self._loaded is not None else None


def open_class(cls: Any, names: Names | None = None) -> InProcess:
    """Find out how a class is used and return it as an engine.

    Raises `CannotCheckError` when it is not a class, or does not look like an autograd engine.
    """
    if not isinstance(cls, type):
        raise CannotCheckError(f"{cls!r:.80} is not a class: give the class itself")
    try:
        return InProcess(bind(cls, setup_for_class(names or Names())))
    except CannotBindError as error:
        raise CannotCheckError(str(error)) from error
