"""The error function and its relatives."""

from __future__ import annotations

import math
from typing import Any

from .row import Row

__all__ = ["ROWS"]

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


def gauss(xp: Any, x: Any) -> Any:
    """Compute ``exp(-x**2)``.

    The rounding of ``x**2`` would be magnified by ``x**2`` itself (hundreds of ulp in the tail), so
    the square is split: ``h`` is ``x`` rounded to sixteenths, and ``h**2`` is exact. Beyond 40 the
    result is zero in every dtype; the bound keeps an infinity from becoming NaN.
    """
    a = xp.minimum(abs(x), 40.0)
    h = xp.round(a * 16.0) * 0.0625
    return xp.exp(-(h * h)) * xp.exp((h - a) * (h + a))


def bounded(xp: Any, x: Any) -> Any:
    """``x`` as a factor of `gauss`, within its bound: infinity times zero would be NaN."""
    return xp.maximum(xp.minimum(x, 40.0), -40.0)


ROWS: tuple[Row, ...] = (
    Row(
        "erf",
        first=(lambda xp, x, y: TWO_OVER_SQRT_PI * xp.gauss(x),),
        second=((lambda xp, x, y: (-2.0 * TWO_OVER_SQRT_PI) * (bounded(xp, x) * xp.gauss(x)),),),
        formula="erf x",
        derivative="2 / √π exp(-x²)",
        probes=(-9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0),
    ),
    Row(
        "gauss",
        first=(lambda xp, x, y: -2.0 * (bounded(xp, x) * y),),
        second=((lambda xp, x, y: (4.0 * bounded(xp, x) ** 2 - 2.0) * y,),),
        written=gauss,
        formula="e^(-x²)",
        derivative="-2 x e^(-x²)",
        probes=(-26.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 26.0),
    ),
)
