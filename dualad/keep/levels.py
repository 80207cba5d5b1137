"""Levels for a derivative in few bits: as even as can be, with 0 and 1 among them.

A derivative in [low, high] is cut at 0 and at 1, where these are in it, and each part has evenly
spaced levels of its own. So encoding is arithmetic, without any table, and the bound of the error
is half the widest spacing: the numbers of levels in each part are chosen for the smallest bound.
Eight bits have levels enough to be evenly spaced throughout: encoding is then one multiplication
and one addition, and the bound for a derivative between -0.5 and 1.5 is within 3 % of what parts of
their own would give.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import functions as da
from .codes import Code

__all__ = ["Ladder", "even_ladder", "ladder", "quantized"]

ROUNDED = 2.0**-20
"""What single precision adds to the bound, for each unit of the largest derivative: eight ulp.

As measured, f' that is computed in single precision, written down and read again is off by up to
5.4 more than its levels say (pau).
"""

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
    anchors = _anchors(low, high)
    if not anchors:
        return _without_anchors(low, high, count, rounding)
    first, last = anchors[0], anchors[-1]
    below, above = _beyond(low, high, first, last)
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
    return Ladder(first, counts, steps, bound + _rounding(low, high))


def even_ladder(low: float, high: float, count: int, rounding: str = "nearest") -> Ladder:
    """The levels with the smallest bound of those that are evenly spaced throughout.

    0 and 1 are both multiples of the step only if it is one over a whole number. In a wide range
    that costs: of 254 steps or more there is none, and 1 is no level any more, but 0 is.

    Parameters
    ----------
    low, high : float
        The range of the derivative.
    count : int
        How many levels there may be.
    rounding : {"nearest", "stochastic"}
        As for `ladder`.

    Examples
    --------
    >>> even_ladder(0.0, 1.0, 255).levels == tuple(k / 254 for k in range(255))
    True
    >>> even_ladder(0.0, 510.0, 255).levels[:3]
    (0.0, 2.0039292730844793, 4.007858546168959)
    """
    anchors = _anchors(low, high)
    found = _with_one(low, high, count, rounding) if 1.0 in anchors else None
    if found is None and 0.0 in anchors:
        found = _with_zero(low, high, count, rounding)
    return found or _without_anchors(low, high, count, rounding)


def _anchors(low: float, high: float) -> list[float]:
    """Which of 0 and 1 are derivatives, or almost."""
    near = NEAR * (high - low)
    return [a for a in (0.0, 1.0) if low - near <= a <= high + near]


def _beyond(low: float, high: float, first: float, last: float) -> tuple[float, float]:
    """How far the range goes on beneath the first anchor and above the last."""
    near = NEAR * (high - low)
    below, above = (width if width > near else 0.0 for width in (first - low, high - last))
    return below, above


def _rounding(low: float, high: float) -> float:
    """What is added to the bound of a range."""
    return ROUNDED * max(-low, high)


def _without_anchors(low: float, high: float, count: int, rounding: str) -> Ladder:
    """Levels for a range without 0 and 1."""
    inside = rounding != "stochastic"
    step = (high - low) / (count if inside else count - 1)
    first = low + step / 2 if inside else low
    bound = (step / 2 if inside else step) + _rounding(low, high)
    return Ladder(first, (0, 0, count - 1), (0.0, step), bound)


def _with_zero(low: float, high: float, count: int, rounding: str) -> Ladder:
    """Evenly spaced levels of which 0 is one."""
    below, above = _beyond(low, high, 0.0, 0.0)
    most, free = count - 1, 0.0 if rounding == "stochastic" else 0.5
    # In proportion to the widths; to the nearest level half a step at either end is free.
    share = (most + 2.0 * free) * (below / (below + above)) - free
    bound, under = min(
        (max(_bound(below, k, rounding), _bound(above, most - k, rounding)), k)
        for k in {max(math.floor(share), 0), min(math.ceil(share), most)}
    )
    step = bound if rounding == "stochastic" else 2.0 * bound
    counts = (under, 0, count - 1 - under)
    return Ladder(0.0, counts, (step, step), bound + _rounding(low, high))


def _with_one(low: float, high: float, count: int, rounding: str) -> Ladder | None:
    """Evenly spaced levels of which 1 is one, and 0 if that is in the range; None: there are none.

    The step is one over a whole number; without 0, over a multiple of an eighth.
    """
    anchor = _anchors(low, high)[0]
    below, above = _beyond(low, high, anchor, anchor)
    part = 1 if anchor == 0.0 else 8
    most = min(part * (count + 1) / (high - low), part * 2.0**20)
    for parts in range(math.floor(most), 0, -1):
        m = parts / part
        if not _is_exact(m):
            continue
        if rounding == "stochastic":
            # What is beyond by rounding takes no level.
            under, over = (math.ceil(width * m - 2.0**-15) for width in (below, above))
        else:
            under, over = (math.ceil(width * m - 0.5) for width in (below, above))
        if under + over < count:
            bound = (1.0 if rounding == "stochastic" else 0.5) / m
            counts = (under, 0, over) if anchor else (under, parts, over - parts)
            return Ladder(anchor, counts, (1.0 / m, 1.0 / m), bound + _rounding(low, high))
    return None


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


@functools.lru_cache(4096)
def _is_exact(count: float) -> bool:
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

    Conversion to an integer cuts off what is behind the point, and makes 0 of NaN. So with eight
    bits 0 stands for NaN, and is read as such; with fewer, NaN is read as the lowest level.
    """
    if bits == 8:
        rungs = even_ladder(low, high, 255, rounding)
        encode, decode = _evenly(rungs)
    else:
        rungs = ladder(low, high, 2**bits, rounding)
        encode, decode = _in_parts(rungs)
    return Code(encode, decode, "uint8", bits, rungs.bound, rounding == "stochastic", rungs.levels)


Definition = Callable[..., Any]


def _rounded(place: Any, noise: Any) -> Any:
    """A place that conversion to an integer cuts off to a neighbouring one."""
    return place + (0.5 if noise is None else da.minimum(noise, NOISE))


def _evenly(rungs: Ladder) -> tuple[Definition, Definition]:
    """Encoding and decoding by evenly spaced levels, from 1 on."""
    below, between, above = rungs.counts
    step = rungs.steps[1]
    # Where 1 is a level the step is one over a multiple of an eighth, which this is exactly.
    eighths = round(8.0 / step) / 8.0
    rate = eighths if eighths > 0.0 and 1.0 / eighths == step else 1.0 / step
    top = float(1 + below + between + above)
    zero = 1.0 + below - rungs.first * rate  # the number of the level 0, if that were one

    def encode(slope: Any, noise: Any = None) -> Any:
        # A derivative beyond the range that was found is read as its end.
        place = da.maximum(da.minimum(slope * rate + zero, top), 1.0)
        return _rounded(place, noise)

    def decode(place: Any) -> Any:
        return da.where(place == 0.0, math.nan, (place - zero) * step)

    return encode, decode


def _in_parts(rungs: Ladder) -> tuple[Definition, Definition]:
    """Encoding and decoding by the three parts of a ladder, from 0 on."""
    (below, between, above), (down, up) = rungs.counts, rungs.steps
    first, last = rungs.first, rungs.first + (1.0 if between else 0.0)

    def encode(slope: Any, noise: Any = None) -> Any:
        place = float(below)
        if below:
            place = place + da.maximum(da.minimum((slope - first) * (1.0 / down), 0.0), -below)
        if between:
            place = place + da.maximum(da.minimum((slope - first) * float(between), between), 0.0)
        if above:
            place = place + da.maximum(da.minimum((slope - last) * (1.0 / up), above), 0.0)
        return _rounded(place, noise)

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
        return slope

    return encode, decode
