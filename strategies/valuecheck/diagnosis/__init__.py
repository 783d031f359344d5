"""From a wrong gradient to the operation, the operand and the classic mistake."""

from valuecheck.diagnosis.diagnose import diagnose
from valuecheck.diagnosis.diagnosis import KINDS, Diagnosis

__all__ = ["KINDS", "Diagnosis", "diagnose"]
