"""Where a careless derivative goes wrong: the points that every check looks at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["REGIONS", "probe_points", "region", "special_points"]

Points = np.ndarray[Any, Any]

GOLDEN = (math.sqrt(5) - 1) / 2
DENSE_MIDDLE = 9.0


def special_points(
    dtype: Any,
    domain: tuple[float, float] = (-math.inf, math.inf),
    kinks: Iterable[float] = (),
) -> Points:
    """Return the numbers of a dtype that deserve a look in any function.

    Parameters
    ----------
    dtype : dtype
        float16, float32 or float64.
    domain : tuple of float
        The closed interval to stay in.
    kinks : iterable of float
        Their neighbours are looked at from both sides.

    Returns
    -------
    ndarray
        Signed zeros, subnormals, powers of two, where exponentials overflow and underflow, the
        dtype's extremes, infinities; kinks and edges of the domain with what is next to them.

    Examples
    --------
    >>> import numpy as np
    >>> special_points(np.float64, domain=(0.0, 1.0)).min()
    np.float64(0.0)
    """
    dtype = np.dtype(dtype)
    info = np.finfo(dtype)
    tiny, subnormal, largest = (
        float(v) for v in (info.smallest_normal, info.smallest_subnormal, info.max)
    )
    powers = [
        *(math.ldexp(1.0, k) for k in (-24, -12, -6, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10, 14)),
        *(math.ldexp(1.0, int(k)) for k in np.linspace(info.minexp, info.maxexp - 1, 12)),
    ]
    logarithms = [abs(math.log(v)) for v in (largest, tiny, subnormal, float(info.eps))]
    saturations = [f * v for v in logarithms for f in (0.5, 0.999, 1.0, 1.001, 2.0)]
    roots = [math.sqrt(v) * f for v in (*logarithms, 2 * logarithms[2]) for f in (0.99, 1.01)]
    positive = [
        *(0.0, subnormal, 3 * subnormal, 0.3 * tiny, tiny, 1.5 * tiny),
        *powers,
        *saturations,
        *roots,
        *(math.sqrt(largest), 0.7 * largest, largest, math.inf),
    ]
    found = np.array([*positive, *(-v for v in positive)])
    lo, hi = domain
    edges: list[tuple[float, tuple[int, ...]]] = [(k, (-1, 1)) for k in kinks]
    edges += [(lo, (1,))] if math.isfinite(lo) else []
    edges += [(hi, (-1,))] if math.isfinite(hi) else []
    with np.errstate(over="ignore"):
        beside = [_beside(k, sign, dtype) for k, signs in edges for sign in signs]
        numbers = np.concatenate([found.astype(dtype), *beside])
    return _inside(numbers, domain)


def _beside(k: float, sign: int, dtype: np.dtype[Any]) -> Points:
    """``k`` and what is next to it on one side, from its neighbour on."""
    info = np.finfo(dtype)
    size = abs(k) or 1.0
    steps = [size * float(info.eps) * f for f in (3.0, 100.0)] + [size * f for f in (1e-3, 0.03)]
    near = np.nextafter(dtype.type(k), dtype.type(sign * math.inf))
    return np.array([dtype.type(k), near, *(dtype.type(k + sign * s) for s in steps)], dtype)


def probe_points(
    dtype: Any = np.float64,
    domain: tuple[float, float] = (-math.inf, math.inf),
    kinks: Iterable[float] = (),
    *,
    dense: int = 80,
    extra: Sequence[float] = (),
) -> Points:
    """Return the points at which a derivative is checked.

    Parameters
    ----------
    dtype, domain, kinks
        As for `special_points`, all of which are among them.
    dense : int, optional
        How many points lie in the middle of the domain and, each, in its tails.
    extra : sequence of float, optional
        More points.

    Returns
    -------
    ndarray
        In order, none twice; -0.0 and 0.0 are two points.

    Examples
    --------
    >>> import numpy as np
    >>> x = probe_points(np.float32)
    >>> x.dtype, bool(np.isinf(x[0])), bool((np.signbit(x) & (x == 0)).any())
    (dtype('float32'), True, True)
    """
    dtype = np.dtype(dtype)
    lo, hi = (max(domain[0], -DENSE_MIDDLE), min(domain[1], DENSE_MIDDLE))
    # Irrational steps: no point of the middle is a round number, where a kink might be.
    fractions = (np.arange(1, dense + 1) * GOLDEN) % 1.0
    middle = lo + (hi - lo) * fractions if hi > lo else np.zeros(0)
    reach = abs(math.log(float(np.finfo(dtype).smallest_subnormal)))
    tail = DENSE_MIDDLE * (1.15 * reach / DENSE_MIDDLE) ** fractions
    small = 10.0 ** (-12.0 * fractions)
    more = np.concatenate([middle, tail, -tail, small, -small, np.asarray(extra, np.float64)])
    special = special_points(dtype, domain, kinks)
    return _distinct(np.concatenate([special, _inside(more.astype(dtype), domain)]))


def _inside(x: Points, domain: tuple[float, float]) -> Points:
    lo, hi = domain
    return x[(x >= lo) & (x <= hi)]


def _distinct(x: Points) -> Points:
    """In order and without repetition, both zeros kept."""
    numbers = np.unique(x)
    negative_zero = (x == 0) & np.signbit(x)
    if not negative_zero.any():
        return numbers
    numbers = numbers[numbers != 0]
    zeros = [-0.0] + ([0.0] if ((x == 0) & ~np.signbit(x)).any() else [])
    at = int(np.searchsorted(numbers, 0.0))
    return np.insert(numbers, at, np.array(zeros, x.dtype))


REGIONS = ("-infinity", "left tail", "middle", "near zero", "zero", "right tail", "+infinity")
"""The parts of the real line, as tables list them."""


def region(x: float) -> str:
    """Name the part of the real line that a point lies in.

    Examples
    --------
    >>> region(-20.0), region(1e-5), region(0.5)
    ('left tail', 'near zero', 'middle')
    """
    if math.isinf(x):
        return "+infinity" if x > 0 else "-infinity"
    if x == 0:
        return "zero"
    if abs(x) < 1e-3:
        return "near zero"
    if abs(x) <= DENSE_MIDDLE:
        return "middle"
    return "right tail" if x > 0 else "left tail"
