"""One expression, given by the user, in place of the laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valuecheck.session import Session


def test_the_expression_given(docket: Session) -> None:
    """Claims: this one expression has right values and gradients on this engine."""
    docket.replay_expression()
