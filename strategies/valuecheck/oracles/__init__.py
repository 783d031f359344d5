"""Three independent answers to what the gradients are; none contains a reverse sweep of ours."""

from valuecheck.oracles.jury import ORACLES, Oracle, votes

__all__ = ["ORACLES", "Oracle", "votes"]
