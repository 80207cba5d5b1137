"""Whether y tells the derivative: a declaration compared with the definition, number by number.

y is rounded, and where the function is flat, many inputs have one y: tanh' = 1 - y² keeps no digit
in the tail, though it is never further off than y is rounded. So much is allowed, as it is in the
frameworks' own functions: a few units of rounding of the largest derivative near zero, or of the
derivative itself. What is further off is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["farthest"]

UNITS = 8.0
"""Units of rounding that the derivative by way of y may be off."""

PRECISION = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}

SMALLEST = {"float64": -18, "float32": -12, "float16": -6, "bfloat16": -12}
LARGEST = {"float64": 18, "float32": 12, "float16": 4.8, "bfloat16": 12}
"""Decimal exponents of the inputs that are compared: a range in which sums do not overflow."""


def farthest(
    value: Callable[[Any], Any],
    slope: Callable[[Any], Any],
    from_output: Callable[[Any], Any],
    dtype: str,
) -> tuple[float, float]:
    """Where the derivative from a rounded y is the farthest from the derivative.

    Parameters
    ----------
    value, slope : callable
        The function and its derivative, of float64 arrays.
    from_output : callable
        The derivative as a function of y.
    dtype : str
        In which y is kept.

    Returns
    -------
    x, off : float
        The input, and the distance over what is allowed: more than 1 is too far.
    """
    x = rounded(_inputs(dtype), dtype)
    with np.errstate(all="ignore"):
        # As it is kept: computed in single precision at least, rounded once.
        y = rounded(value(x), dtype)
        want, got = slope(x), from_output(y)
        near = slope(np.linspace(-1.0, 1.0, 101))
        typical = np.nanmax(np.abs(near))
        allowed = UNITS * PRECISION[dtype] * (np.abs(want) + typical)
        off = np.abs(got - want) / allowed
    off[(got == want) | ~np.isfinite(y) | ~np.isfinite(want)] = 0.0
    off[np.isnan(off)] = math.inf
    worst = int(np.argmax(off))
    return float(x[worst]), float(off[worst])


def _inputs(dtype: str) -> Any:
    """The whole range, tails and both sides of zero, with zero."""
    if dtype == "float16":
        every = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
        return np.concatenate([[0.0], every[np.isfinite(every)]])
    tail = np.logspace(SMALLEST[dtype], LARGEST[dtype], 2001)
    return np.concatenate([[0.0], -tail, tail, np.linspace(-40.0, 40.0, 8001)])


def rounded(x: Any, dtype: str) -> Any:
    """Numbers of a dtype, in double precision."""
    x = np.asarray(x, np.float64)
    if dtype != "bfloat16":
        return x.astype(dtype).astype(np.float64)
    # NumPy has no bfloat16: to nearest, ties to even, of the upper half of single precision.
    bits = x.astype(np.float32).view(np.uint32)
    bits = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(
        0xFFFF0000
    )
    return bits.view(np.float32).astype(np.float64)
