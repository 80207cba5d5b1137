"""How far value and slopes are from the truth, of every activation in every mode."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dualad import activations

from ..truths import GATES, errors, looked_at, magnified, truth
from .modes import MODES, flushes

__all__ = ["ENDS", "Agreement", "measure"]

ENDS = (np.nan, np.inf, -np.inf, -0.0, 0.0)
"""Where there is no error in ulp, or both signs of it."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Agreement:
    """Signed errors against mpmath, in ulp of one dtype.

    An ulp is that of the larger term where value or slope is a sum that cancels.

    Parameters
    ----------
    dtype : type
        float32 or float64.
    errors : dict
        By activation and mode: the errors of the value, then those of each slope.
    ends : dict
        By activation and mode: the value, then each slope, at `ENDS`.
    """

    dtype: type
    errors: dict[tuple[str, str], list[Array]]
    ends: dict[tuple[str, str], list[Array]]

    @property
    def names(self) -> list[str]:
        """The activations that were looked at."""
        return list(dict.fromkeys(name for name, _ in self.errors))

    def modes(self, name: str) -> list[str]:
        """The modes that an activation was looked at in."""
        return [mode for other, mode in self.errors if other == name]

    def worst(self, name: str, mode: str) -> tuple[float, float]:
        """The largest error of the value, and of a slope."""
        value, *slopes = (float(np.abs(e).max()) for e in self.errors[name, mode])
        return value, max(slopes)

    def beyond(self, name: str, mode: str) -> float:
        """The largest error beyond what an ulp in an exponent explains."""
        explained = magnified(name, looked_at(name, self.dtype), by_scipy=mode.startswith("numpy"))
        return max(float((np.abs(e) - explained).max()) for e in self.errors[name, mode])

    def apart(self, name: str) -> tuple[float, str, str]:
        """The largest distance between two modes, and which they are."""
        pairs = itertools.combinations(self.modes(name), 2)
        return max((self._distance(name, a, b), a, b) for a, b in pairs)

    def _distance(self, name: str, a: str, b: str) -> float:
        pairs = zip(self.errors[name, a], self.errors[name, b], strict=True)
        return max(float(np.abs(x - y).max()) for x, y in pairs)


def measure(
    dtype: type, modes: Iterable[str] = MODES, names: Sequence[str] = activations.__all__
) -> Agreement:
    """Evaluate activations in modes, at all points that deserve a look, and compare with mpmath."""
    members = {name: getattr(activations, name) for name in names}
    ends = np.array(ENDS, dtype)
    points = {name: np.append(looked_at(name, dtype), ends) for name in names}
    agreement = Agreement(dtype, {}, {})
    for mode in modes:
        for name, results in MODES[mode](members, points).items():
            assert all(r.dtype == dtype for r in results), (name, mode)
            agreement.ends[name, mode] = [r[-len(ends) :] for r in results]
            x = looked_at(name, dtype)
            agreement.errors[name, mode] = [
                errors(name, x, got[: len(x)], want, size, flushes=flushes(mode))
                for got, (want, size) in zip(results, truths(name, dtype), strict=True)
            ]
    return agreement


def truths(name: str, dtype: type) -> list[tuple[Sequence[Any], Array]]:
    """Value and slopes with their sizes; by the half that it opens, a gate's slope is the gate."""
    value, size, slope, terms = truth(name, dtype)
    by_up = [truth(GATES[name], dtype)[:2]] if name in GATES else []
    return [(value, size), (slope, terms), *by_up]
