"""Trigonometric functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

from .row import Row

__all__ = ["ROWS"]


def arc_slope(xp: Any, x: Any) -> Any:
    """``1 / sqrt(1 - x**2)``; the difference of squares as a product is exact near 1."""
    return 1.0 / xp.sqrt((1.0 - x) * (1.0 + x))


def arc_curvature(xp: Any, x: Any) -> Any:
    """``x / (1 - x**2)**1.5``."""
    slope = arc_slope(xp, x)
    return x * slope * slope * slope


def atan_slope(xp: Any, x: Any) -> Any:
    """``1 / (1 + x**2)``: the square overflows where the quotient is subnormal already."""
    return 1.0 / (1.0 + x * x)


def atan_curvature(xp: Any, x: Any, _: Any) -> Any:
    """``-2 x / (1 + x**2)**2``, 0 at infinity."""
    slope = atan_slope(xp, x)
    return -2.0 * (xp.where(xp.isinf(x), 0.0, x) * slope * slope)


ROWS: tuple[Row, ...] = (
    Row(
        "sin",
        first=(lambda xp, x, y: xp.cos(x),),
        second=((lambda xp, x, y: -y,),),
        formula="sin x",
        derivative="cos x",
        probes=(-1e22, -math.pi / 2, -1e-9, 0.0, 1e-9, math.pi / 2, math.pi, 1e5, 1e22),
    ),
    Row(
        "cos",
        first=(lambda xp, x, y: -xp.sin(x),),
        second=((lambda xp, x, y: -y,),),
        formula="cos x",
        derivative="-sin x",
        probes=(-1e22, -math.pi / 2, -1e-9, 0.0, 1e-9, math.pi / 2, math.pi, 1e5, 1e22),
    ),
    Row(
        "tan",
        # Of positive terms, and right to the pole: 1 / cos² would need another function.
        first=(lambda xp, x, y: 1.0 + y * y,),
        second=((lambda xp, x, y: 2.0 * (y * (1.0 + y * y)),),),
        formula="tan x",
        derivative="1 + tan² x",
        probes=(-math.pi / 2, -1.5, -1e-9, 0.0, 1e-9, 1.5, math.pi / 2, math.pi, 1e5, 1e22),
    ),
    Row(
        "asin",
        first=(lambda xp, x, y: arc_slope(xp, x),),
        second=((lambda xp, x, y: arc_curvature(xp, x),),),
        singular=True,
        formula="asin x",
        derivative="1 / √((1 - x) (1 + x))",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "acos",
        first=(lambda xp, x, y: -arc_slope(xp, x),),
        second=((lambda xp, x, y: -arc_curvature(xp, x),),),
        singular=True,
        formula="acos x",
        derivative="-1 / √((1 - x) (1 + x))",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "atan",
        first=(lambda xp, x, y: atan_slope(xp, x),),
        second=((atan_curvature,),),
        formula="atan x",
        derivative="1 / (1 + x²)",
        probes=(-1e30, -1e9, -1.0, -1e-9, 0.0, 1e-9, 1.0, 1e9, 1e30),
    ),
)
