"""Results against the truth, point by point: how many ulp they are off, how many are allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from .limits import Interval
from .oracles import Oracle
from .ulp import ulp_error

__all__ = ["Findings", "measure"]

Array = np.ndarray[Any, Any]

# A crossing of zero shows in what the derivative is so far to both sides of it.
ASIDE = 0.5

# Exponentials underflow before |x| reaches it.
LONGEST_TAIL = 1000.0

# A factor that is flushed to zero is multiplied by x, and by a small number of the formula's.
FLUSHED = 4.0


@dataclass(frozen=True)
class Findings:
    """What `measure` returns: for every point that has a truth, the truth and the distance.

    Parameters
    ----------
    decided : ndarray of bool
        Which points have a truth.
    want, ulp, allowed : ndarray
        For those only: the truth in the dtype, the distance, the tolerance.
    """

    decided: Array
    want: Array
    ulp: Array
    allowed: Array


def measure(
    x: Array, got: Array, oracle: Oracle, bound: float, strict: bool, absolute: float = 0.0
) -> Findings:
    """Compare a derivative with what the oracle says.

    Parameters
    ----------
    x, got : ndarray
        Points and results, of one floating dtype; a row of `x` where there are several arguments.
    oracle : Oracle
        What knows the truth.
    bound : float
        How many ulp are allowed.
    strict : bool
        Allow no more than that; otherwise also what an argument that is off by one ulp would make,
        and a factor of x that is subnormal and flushed to zero.
    absolute : float, optional
        An error that is allowed whatever its ulp.

    Notes
    -----
    Where the derivative crosses zero between ``x - d`` and ``x + d``, d the smaller of |x| and one
    half, an ulp is one of its larger size there; otherwise one of the smaller of both, if that is
    more than at x. On a monotone stretch, in every tail and beside a zero at the origin it is its
    own. Of a factor that is subnormal the rounding is allowed, times x².
    """
    intervals, doubts = oracle.truths(x)
    decided = np.array([_is_known(t) for t in intervals], bool)
    x, got, doubts = x[decided], got[decided], doubts[decided]
    sides = [t for t in intervals if t is not None and _is_known(t)]
    want = [_nearest(g, t) for g, t in zip(got, sides, strict=True)]
    # A zero of the argument has a sign that mpmath's has not, and an infinity at it either.
    want = [
        mp.mpf(float(g)) if zero and mp.isinf(w) and np.isinf(g) else w
        for zero, g, w in zip(_has_zero(x), got, want, strict=True)
    ]
    rounded = np.array([float(w) for w in want], np.float64)
    with np.errstate(all="ignore"):
        rounded = rounded.astype(got.dtype)
        ulp = np.abs(distance(got, want))
        unit = spacing(rounded)
        allowed = bound + (2.0 * doubts + absolute) / unit
    off = np.nonzero(ulp > allowed)[0]
    if len(off):
        with np.errstate(over="ignore"):
            allowed[off] += _slack(x[off], rounded[off], oracle, bound, strict) / unit[off]
    return Findings(decided, rounded, ulp, allowed)


def _has_zero(x: Array) -> Array:
    """Which points have a zero among their coordinates."""
    return np.asarray((x.reshape(len(x), -1) == 0).any(axis=1)) if len(x) else np.zeros(0, bool)


def _is_known(truth: Interval | None) -> bool:
    """Whether there is a derivative: not where one side rises without bound and the other falls."""
    if truth is None:
        return False
    low, high = truth
    return not mp.isinf(low - high) and (low == high or not mp.isnan(low - high))


def _nearest(got: Any, truth: Interval) -> Any:
    """What is right nearest to a result: between the derivatives of both sides at a kink."""
    low, high = truth
    value = float(got)
    if low == high or math.isnan(value) or value < low:
        return low
    return high if value > high else mp.mpf(value)


def distance(got: Array, want: Sequence[Any]) -> Array:
    """Signed ulp; a result that rounds to infinity a few ulp too early is only so much off."""
    if not len(got):
        return np.zeros(0)
    error = ulp_error(got, np.array(want, object))
    largest = float(np.finfo(got.dtype).max)
    eps = float(np.finfo(got.dtype).eps)
    for i in np.nonzero(np.isinf(error) & ~np.isnan(got))[0].tolist():
        size = abs(float(want[i])) if mp.isfinite(want[i]) else math.inf
        same_sign = (want[i] > 0) == (got[i] > 0)
        near = largest * (1 - 64 * eps) <= min(abs(float(got[i])), size)
        if same_sign and near and (mp.isfinite(want[i]) and abs(want[i]) <= largest * (1 + eps)):
            error[i] = 1.0
    return error


def spacing(x: Array) -> Array:
    """The ulp at ``x``; below the smallest normal number what it is there."""
    info = np.finfo(x.dtype)
    size = np.minimum(np.maximum(np.abs(x), info.smallest_normal), info.max)
    return np.asarray(np.spacing(size), np.float64)


def _slack(x: Array, want: Array, oracle: Oracle, bound: float, strict: bool) -> Array:
    """What is allowed beyond ``bound`` ulp of the truth, as an absolute error."""
    dtype = x.dtype
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        below, above = (_values(oracle, place) for place in neighbours(wide))
        crosses = np.sign(below) * np.sign(above) < 0
        below, above = np.abs(below), np.abs(above)
        aside = np.where(crosses, np.maximum(below, above), np.minimum(below, above))
        size = np.maximum(np.abs(want.astype(np.float64)), aside)
        # Not above, so that all stays finite; a size that overflows is not one of a crossing.
        slack = bound * (spacing(size.astype(dtype)) - spacing(want))
        factor = np.clip(np.abs(wide).reshape(len(wide), -1).max(axis=1), 1.0, LONGEST_TAIL)
        subnormal = float(np.finfo(dtype).smallest_subnormal)
        slack += 4.0 * bound * subnormal * factor * factor
        if strict:
            return slack
        following = oracle.next_order()
        moved = np.abs(_values(following, wide)) * spacing(x) if following is not None else 0.0
        smallest = float(np.finfo(dtype).smallest_normal)
        underflow = FLUSHED * smallest * np.maximum(np.abs(wide), 1.0)
        return slack + np.where(np.isfinite(x), bound * moved + underflow, 0.0)


def neighbours(x: Array) -> tuple[Array, Array]:
    """Two points to either side, where the size of a derivative that crosses zero shows."""
    step = np.minimum(np.abs(x), ASIDE)
    return x - step, x + step


def _values(oracle: Oracle, x: Array) -> Array:
    """A derivative, the larger of both sides'; 0 where it is unknown or infinite."""
    intervals, _ = oracle.truths(x)
    values = [0.0 if t is None else float(max(t, key=abs)) for t in intervals]
    return np.nan_to_num(np.array(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
