"""Levels for a derivative in few bits: as even as can be, with 0 and 1 among them.

A derivative in [low, high] is cut at 0 and at 1, where these are in it, and each part has evenly
spaced levels of its own. So encoding is arithmetic, without any table, and the bound of the error
is half the widest spacing: the numbers of levels in each part are chosen for the smallest bound.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import functions as da
from .codes import Code

__all__ = ["Ladder", "ladder", "quantized"]

ROUNDED = 2.0**-21
"""What single precision adds to the bound, for each unit of the largest derivative."""

NEAR = 2.0**-24
"""So near to 0 or 1, as a share of the range, its end is that: sums are rounded, and a grid ends
before a derivative that goes to 0 has come there."""

NOISE = 1.0 - 2.0**-15
"""The most noise: so far below 1 that a level and it, added up, are not rounded to the next."""


@dataclass(frozen=True)
class Ladder:
    """Evenly spaced levels in three parts: below the first anchor, between the two, above.

    Parameters
    ----------
    first : float
        The first anchor.
    counts : tuple of int
        How many levels are below it, how many steps go from it to the next, how many levels are
        above that.
    steps : tuple of float
        The spacings below and above; between the anchors it is one over the number of steps.
    bound : float
        How far a derivative is from the level that it gets, at most.
    """

    first: float
    counts: tuple[int, int, int]
    steps: tuple[float, float]
    bound: float

    @property
    def levels(self) -> tuple[float, ...]:
        """All levels, rising."""
        below, between, above = self.counts
        last = self.first + (1.0 if between else 0.0)
        return (
            *(self.first - k * self.steps[0] for k in range(below, 0, -1)),
            self.first,
            *(self.first + k / between for k in range(1, between + 1)),
            *(last + k * self.steps[1] for k in range(1, above + 1)),
        )


def ladder(low: float, high: float, count: int, rounding: str = "nearest") -> Ladder:
    """The levels with the smallest bound.

    Parameters
    ----------
    low, high : float
        The range of the derivative.
    count : int
        How many levels there may be.
    rounding : {"nearest", "stochastic"}
        Stochastic rounding needs a level on either side of every derivative.

    Examples
    --------
    >>> ladder(0.0, 1.0, 8).levels == tuple(k / 7 for k in range(8))
    True
    >>> round(ladder(-0.129, 1.129, 8).bound, 3)
    0.1
    """
    near = NEAR * (high - low)
    rounded = ROUNDED * max(-low, high)
    anchors = [a for a in (0.0, 1.0) if low - near <= a <= high + near]
    if not anchors:
        if rounding == "stochastic":
            step = (high - low) / (count - 1)
            return Ladder(low, (0, 0, count - 1), (0.0, step), step + rounded)
        step = (high - low) / count
        return Ladder(low + step / 2, (0, 0, count - 1), (0.0, step), step / 2 + rounded)
    first, last = anchors[0], anchors[-1]
    below, above = (width if width > near else 0.0 for width in (first - low, high - last))
    best: tuple[float, tuple[int, int, int]] | None = None
    for counts in _splits(count - 1, below > 0.0, len(anchors) == 2, above > 0.0):
        bound = max(
            _bound(below, counts[0], rounding),
            _bound(1.0, counts[1], rounding, inner=True) if counts[1] else 0.0,
            _bound(above, counts[2], rounding),
        )
        if best is None or bound < best[0]:
            best = bound, counts
    assert best is not None
    bound, counts = best
    steps = _step(below, counts[0], rounding), _step(above, counts[2], rounding)
    return Ladder(first, counts, steps, bound + rounded)


def _splits(steps: int, below: bool, between: bool, above: bool) -> Iterator[tuple[int, int, int]]:
    """The ways to share so many steps out to the parts that there are."""
    for under in range(steps + 1) if below else (0,):
        left = steps - under
        if not between:
            yield (under, 0, left if above else 0)
            continue
        for over in range(left) if above else (0,):
            if _is_exact(left - over):
                yield (under, left - over, over)
            elif not above and _is_exact(left - over - 1):
                yield (under, left - over - 1, over)


@functools.cache
def _is_exact(count: int) -> bool:
    """Whether so many steps of one over their number come to 1, in either precision."""
    return count > 0 and all(
        kind(count) * kind(1.0 / count) == 1.0 for kind in (np.float32, np.float64)
    )


def _bound(width: float, count: int, rounding: str, *, inner: bool = False) -> float:
    """How far from its level a derivative in a part of that width is, at most."""
    if width <= 0.0:
        return 0.0
    if rounding == "stochastic":
        return width / count if count else math.inf
    return width / (2 * count + (0 if inner else 1))


def _step(width: float, count: int, rounding: str) -> float:
    """The spacing of the levels outside the anchors; the last may lie a little within the end."""
    if width <= 0.0 or not count:
        return 0.0
    return width / count if rounding == "stochastic" else width / (count + 0.5)


def quantized(low: float, high: float, bits: int, rounding: str) -> Code:
    """A derivative in that range by the number of its level.

    Of eight bits one number stands for NaN; with fewer, a derivative that is no number is read as
    the level that is next to 0.
    """
    with_nan = bits == 8
    rungs = ladder(low, high, 2**bits - with_nan, rounding)
    (below, between, above), (down, up) = rungs.counts, rungs.steps
    first, last = rungs.first, rungs.first + (1.0 if between else 0.0)
    nan = 255.0 if with_nan else float(np.argmin(np.abs(rungs.levels)))

    def encode(slope: Any, noise: Any = None) -> Any:
        place = float(below)
        if below:
            place = place + da.maximum(da.minimum((slope - first) * (1.0 / down), 0.0), -below)
        if between:
            place = place + da.maximum(da.minimum((slope - first) * float(between), between), 0.0)
        if above:
            place = place + da.maximum(da.minimum((slope - last) * (1.0 / up), above), 0.0)
        noisy = noise is not None
        place = da.floor(place + da.minimum(noise, NOISE)) if noisy else da.round(place)
        return da.where(slope == slope, place, nan)

    def decode(place: Any) -> Any:
        rung = place - float(below)
        slope = first
        if below:
            slope = slope + da.minimum(rung, 0.0) * down
        if between:
            inside = da.maximum(da.minimum(rung, between), 0.0) if below or above else rung
            slope = slope + inside * (1.0 / between)
        if above:
            slope = slope + da.maximum(rung - float(between), 0.0) * up
        return da.where(place == nan, math.nan, slope) if with_nan else slope

    stochastic = rounding == "stochastic"
    return Code(encode, decode, "uint8", bits, rungs.bound, stochastic, rungs.levels)
