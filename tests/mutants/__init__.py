"""Engines wrong on purpose: each must be caught, and its mistake be named.

A mutant is a small change to the source of an engine that is right, written as a diff: the text
that goes out and the text that comes in.
"""

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

__all__ = ["MUTANTS", "Mutant"]
