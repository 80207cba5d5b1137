"""What the adapters' converters have in common: which activation a thing may be, whether it is."""

from .agreement import NEAR, TOLERANCE, Probe, Unusable, distance, first_line, points
from .decision import Decision, Judge, exact, name_of, numbers, split
from .known import Candidate, Choice, checked, known, looked_up

__all__ = [
    "NEAR",
    "TOLERANCE",
    "Candidate",
    "Choice",
    "Decision",
    "Judge",
    "Probe",
    "Unusable",
    "checked",
    "distance",
    "exact",
    "first_line",
    "known",
    "looked_up",
    "name_of",
    "numbers",
    "points",
    "split",
]
