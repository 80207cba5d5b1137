"""Trigonometric functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

from .row import Row

__all__ = ["ROWS"]


def arc_slope(xp: Any, x: Any) -> Any:
    """``1 / sqrt(1 - x**2)``; the difference of squares as a product is exact near 1."""
    return 1.0 / xp.sqrt((1.0 - x) * (1.0 + x))


def arc_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``x / (1 - x**2)**1.5`` by the slope y, which has a row of its own.

    The derivative of ``(1 - x) (1 + x)`` is a difference of two numbers near one; this is not.
    """
    return x * y * y * y


def arc_third(xp: Any, x: Any, y: Any) -> Any:
    """``(1 + 2 x**2) / (1 - x**2)**2.5`` by the slope y: a sum of positive terms."""
    xy = x * y
    return (1.0 + 3.0 * (xy * xy)) * y * y * y


def atan_slope(xp: Any, x: Any) -> Any:
    """``1 / (1 + x**2)``: the square overflows where the quotient is subnormal already."""
    return 1.0 / (1.0 + x * x)


def atan_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``-2 x / (1 + x**2)**2`` by the slope y, 0 at infinity."""
    return -2.0 * (xp.where(xp.isinf(x), 0.0, x) * y * y)


def atan_third(xp: Any, x: Any, y: Any) -> Any:
    """``(6 x**2 - 2) / (1 + x**2)**3`` by the slope y, 0 at infinity."""
    b = xp.where(xp.isinf(x), 0.0, x)
    return (6.0 * (b * y) * (b * y) - 2.0 * y * y) * y


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
        first=(lambda xp, x, y: xp.arc_slope(x),),
        second=((lambda xp, x, y: arc_curvature(xp, x, xp.arc_slope(x)),),),
        singular=True,
        formula="asin x",
        derivative="1 / √((1 - x) (1 + x))",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "acos",
        first=(lambda xp, x, y: -xp.arc_slope(x),),
        second=((lambda xp, x, y: -arc_curvature(xp, x, xp.arc_slope(x)),),),
        singular=True,
        formula="acos x",
        derivative="-1 / √((1 - x) (1 + x))",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "atan",
        first=(lambda xp, x, y: xp.atan_slope(x),),
        second=((lambda xp, x, y: atan_curvature(xp, x, xp.atan_slope(x)),),),
        formula="atan x",
        derivative="1 / (1 + x²)",
        probes=(-1e30, -1e9, -1.0, -1e-9, 0.0, 1e-9, 1.0, 1e9, 1e30),
    ),
    Row(
        "arc_slope",
        first=(arc_curvature,),
        second=((arc_third,),),
        written=arc_slope,
        formula="1 / √((1 - x) (1 + x))",
        derivative="x y³",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
        ulp=(7.0, 16.0),
        reason="The third power of what has 2 already.",
    ),
    Row(
        "atan_slope",
        first=(atan_curvature,),
        second=((atan_third,),),
        written=atan_slope,
        formula="1 / (1 + x²)",
        derivative="-2 x y²",
        probes=(-1e30, -1e9, -1.0, -1e-9, 0.0, 1e-9, 1.0, 1e9, 1e30),
        ulp=(4.0, math.inf),
        reason="The second derivative has zeros, ±1 / √3, where two terms cancel.",
    ),
)
