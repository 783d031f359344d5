"""All mutants, one list."""

from __future__ import annotations

from tests.mutants.numerics import NUMERICS
from tests.mutants.operators import OPERATORS
from tests.mutants.rare import RARE
from tests.mutants.rules import RULES
from tests.mutants.state import STATE
from tests.mutants.traversal import TRAVERSAL

__all__ = ["MUTANTS"]

MUTANTS = (*RULES, *OPERATORS, *NUMERICS, *TRAVERSAL, *STATE, *RARE)
