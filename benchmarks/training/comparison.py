"""Whether a difference between two ways to train is more than what another seed makes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """A figure of several runs beside that of the exact ones with the same seeds.

    Parameters
    ----------
    mean, deviation : float
        Over the seeds; the standard deviation is the sample's.
    difference, error : float
        The mean over the seeds of this figure less the exact one of the same seed, and the
        standard error of that mean.
    noise : float
        The standard deviation of the exact figure over the seeds.
    """

    mean: float
    deviation: float
    difference: float
    error: float
    noise: float

    @property
    def within(self) -> bool:
        """Whether the difference is no larger than what the seeds make."""
        return abs(self.difference) <= self.noise


def compare(found: Sequence[float], exact: Sequence[float]) -> Comparison:
    """Compare figures pairwise.

    Parameters
    ----------
    found, exact : sequence of float
        One figure a seed, two seeds or more, in the same order.

    Examples
    --------
    >>> found = compare([3.0, 5.0], [1.0, 5.0])
    >>> found.mean, found.difference, found.error, found.within
    (4.0, 1.0, 1.0, True)
    """
    differences = [a - b for a, b in zip(found, exact, strict=True)]
    return Comparison(
        statistics.mean(found),
        statistics.stdev(found),
        statistics.mean(differences),
        statistics.stdev(differences) / math.sqrt(len(differences)),
        statistics.stdev(exact),
    )
