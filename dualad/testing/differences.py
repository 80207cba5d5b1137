"""Derivatives in floating point, each with an estimate of its own error.

For functions that no mpmath number can go through. Both methods are looser than mpmath, and where
a derivative is small beside the function, in a saturated tail, differences see nothing at all; the
estimate of their error says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["HIGHEST_ORDER", "complex_step", "confirmed", "differences"]

Array = np.ndarray[Any, Any]
Function = Callable[[Any], Any]

HIGHEST_ORDER = 4
SHRINK = 1.6
ROUNDS = 14
# An estimated error is an estimate.
SAFETY = 10.0

STENCILS: dict[int, tuple[tuple[float, float], ...]] = {
    0: ((0.0, 1.0),),
    1: ((-1.0, -0.5), (1.0, 0.5)),
    2: ((-1.0, 1.0), (0.0, -2.0), (1.0, 1.0)),
    3: ((-2.0, -0.5), (-1.0, 1.0), (1.0, -1.0), (2.0, 0.5)),
    4: ((-2.0, 1.0), (-1.0, -4.0), (0.0, 6.0), (1.0, -4.0), (2.0, 1.0)),
}
"""Central differences: for each order at which multiples of the step, with which weights."""


def on_arrays(f: Function, x: Array) -> Array:
    """``f(x)``, element by element where the function takes no arrays."""
    with np.errstate(all="ignore"):
        try:
            y = np.asarray(f(x))
        except Exception:
            if not x.ndim:
                raise
            return np.array([_one(f, v) for v in x])
    if y.shape != x.shape:
        raise ValueError(f"the function maps shape {x.shape} to {y.shape}: it is not element-wise")
    return y


def _one(f: Function, x: Any) -> Any:
    """``f(x)`` of one number; NaN where Python's mathematics raises."""
    try:
        return np.asarray(f(x))[()]
    except (OverflowError, ZeroDivisionError, ValueError):
        return math.nan


def widest(f: Function, x: Array) -> Array:
    """``x`` in extended precision, if the function computes in it."""
    wide = x.astype(np.longdouble)
    try:
        y = on_arrays(f, wide)
    except Exception:
        return x
    return wide if y.dtype == np.longdouble else x


def differences(f: Function, x: Array, order: int) -> tuple[Array, Array]:
    """Differentiate by central differences, extrapolated to a vanishing step (Ridders 1982).

    Parameters
    ----------
    f : callable
        Element-wise.
    x : ndarray of float64
        Where.
    order : int
        0 to 4.

    Returns
    -------
    tuple of ndarray
        The derivative and an estimate of its error.

    Examples
    --------
    >>> import numpy as np
    >>> value, error = differences(np.sin, np.array([1.0]), 1)
    >>> bool(abs(value[0] - np.cos(1.0)) <= error[0] < 1e-9)
    True
    """
    with np.errstate(all="ignore"):
        x = widest(f, x)
        size = np.maximum(np.abs(x), x.dtype.type(2.0**-10))
        value, error = _extrapolated(f, x, 0.05 * size, order)
        # The function may vary in proportion to x, like a logarithm, or much faster, like a sine.
        other, doubt = _extrapolated(f, x, 0.05 * np.minimum(size, 1.0), order)
        agree = np.abs(value - other) <= error + doubt
        closer = doubt < error
        error = np.where(agree, np.where(closer, doubt, error), np.inf)
        return np.where(closer, other, value), error


def _extrapolated(f: Function, x: Array, step: Array, order: int) -> tuple[Array, Array]:
    """Central differences of shrinking steps, extrapolated, and the error they seem to have."""
    best = np.full(x.shape, np.nan, x.dtype)
    error = np.full(x.shape, np.inf, x.dtype)
    previous: list[Array] = []
    for _ in range(ROUNDS):
        estimate, noise = _central(f, x, step, order)
        row = [estimate]
        factor = 1.0
        for older in previous:
            factor *= SHRINK**2
            row.append(row[-1] + (row[-1] - older) / (factor - 1.0))
            doubt = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - older)) + noise
            better = doubt < error
            best, error = np.where(better, row[-1], best), np.where(better, doubt, error)
        previous = row
        step = step / SHRINK
    return best, SAFETY * error


def _central(f: Function, x: Array, step: Array, order: int) -> tuple[Array, Array]:
    """One central difference, and what rounding may have made of it."""
    step = (x + step) - x  # what x really moves by
    total: Any = 0.0
    largest: Any = 0.0
    for at, weight in STENCILS[order]:
        y = on_arrays(f, x + at * step)
        total = total + weight * y
        largest = np.maximum(largest, np.abs(y))
    epsilon = np.finfo(np.asarray(total).dtype).eps
    return total / step**order, 4.0 * epsilon * largest / step**order


def complex_step(f: Function, x: Array, order: int = 1) -> tuple[Array, Array]:
    """Differentiate by an imaginary step, which subtracts nothing (Squire and Trapp 1998).

    Parameters
    ----------
    f : callable
        Element-wise, analytic, and runs on complex numbers.
    x : ndarray of float64
        Where.
    order : int
        1.

    Returns
    -------
    tuple of ndarray
        The derivative and an estimate of its error.

    Examples
    --------
    >>> import numpy as np
    >>> value, error = complex_step(np.exp, np.array([1.0]))
    >>> bool(abs(value[0] - np.e) <= error[0] < 1e-12)
    True
    """

    def stepped(bits: int) -> Array:
        step = np.ldexp(np.where(x == 0, 1.0, np.abs(x)), -bits)
        return np.asarray(np.imag(on_arrays(f, x + 1j * step)) / step)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        # A function that throws the imaginary part away has said that it cannot do this.
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        value, other = stepped(60), stepped(80)
        error = np.abs(value - other) + 64 * np.finfo(np.float64).eps * np.abs(value)
        # A subnormal imaginary part has lost its digits.
        return value, np.where(np.abs(value) * np.abs(x) > 1e-270, error, np.nan)


def confirmed(f: Function, x: Array) -> bool:
    """Whether differences agree with complex steps, within what they can see."""
    value, error = complex_step(f, x)
    other, doubt = differences(f, x, 1)
    seen = np.isfinite(value) & np.isfinite(other) & np.isfinite(error + doubt)
    with np.errstate(all="ignore"):
        agree = np.abs(value - other) <= error + doubt + 1e-6 * np.abs(value)
    return bool(seen.any() and agree[seen].all())
