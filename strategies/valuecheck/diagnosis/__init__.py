"""From a wrong gradient to the operation, the operand and the classic mistake."""

from valuecheck.diagnosis.causes import diagnose
from valuecheck.diagnosis.finding import KINDS, Diagnosis

__all__ = ["KINDS", "Diagnosis", "diagnose"]
