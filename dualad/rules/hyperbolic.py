"""Hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

from .row import Row, inside

__all__ = ["ROWS"]


def sech_squared(xp: Any, x: Any) -> Any:
    """Compute ``1 - tanh(x)**2`` without the difference: ``4 e / (1 + e)**2``, e = exp(-2 |x|)."""
    e = xp.exp(-2.0 * abs(x))
    s = 1.0 + e
    return 4.0 * (e / (s * s))


def sech_squared_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``2 y (2 tanh(x)**2 - y)``, y = 1 / cosh(x)**2."""
    t = xp.tanh(x)
    return 2.0 * (y * (2.0 * (t * t) - y))


def asinh_slope(xp: Any, x: Any) -> Any:
    """``1 / sqrt(1 + x**2)``, without the square, which would overflow."""
    return 1.0 / xp.hypot(x, 1.0)


def asinh_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``-x / (1 + x**2)**1.5``; ``x / sqrt(1 + x**2)`` is tanh(y), at infinity too."""
    slope = asinh_slope(xp, x)
    return -(xp.tanh(y) * slope * slope)


def acosh_slope(xp: Any, x: Any) -> Any:
    """``1 / sqrt(x**2 - 1)``: two roots, for the product under one would overflow."""
    return 1.0 / (xp.sqrt(x - 1.0) * xp.sqrt(x + 1.0))


def acosh_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``-x / (x**2 - 1)**1.5``; by the slope y ``x / sqrt(x**2 - 1)`` is ``hypot(1, y)``."""
    return -(y * y * xp.hypot(y, 1.0))


def acosh_third(xp: Any, x: Any, y: Any) -> Any:
    """``(1 + 2 x**2) / (x**2 - 1)**2.5`` by the slope y."""
    return y * y * y * (2.0 + 3.0 * (y * y))


def atanh_slope(xp: Any, x: Any) -> Any:
    """``1 / (1 - x**2)``, NaN outside [-1, 1], where the formula has a value."""
    x = inside(xp, x, abs(x) <= 1.0)
    return 1.0 / ((1.0 - x) * (1.0 + x))


def atanh_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``2 x / (1 - x**2)**2`` by the slope y."""
    return 2.0 * (x * y * y)


def atanh_third(xp: Any, x: Any, y: Any) -> Any:
    """``(2 + 6 x**2) / (1 - x**2)**3`` by the slope y: a sum of positive terms."""
    return 2.0 * (y * y * (1.0 + 4.0 * (x * (x * y))))


ROWS: tuple[Row, ...] = (
    Row(
        "sinh",
        first=(lambda xp, x, y: xp.cosh(x),),
        second=((lambda xp, x, y: y,),),
        formula="sinh x",
        derivative="cosh x",
        probes=(-80.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "cosh",
        first=(lambda xp, x, y: xp.sinh(x),),
        second=((lambda xp, x, y: y,),),
        formula="cosh x",
        derivative="sinh x",
        probes=(-80.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "tanh",
        first=(lambda xp, x, y: xp.sech_squared(x),),
        second=((lambda xp, x, y: -2.0 * (y * xp.sech_squared(x)),),),
        formula="tanh x",
        derivative="4 e / (1 + e)², e = exp(-2 |x|)",
        probes=(-40.0, -20.0, -9.0, -1e-9, 0.0, 1e-9, 9.0, 20.0, 40.0),
    ),
    Row(
        "sech_squared",
        first=(lambda xp, x, y: -2.0 * (xp.tanh(x) * y),),
        second=((sech_squared_curvature,),),
        written=sech_squared,
        formula="1 / cosh² x",
        derivative="-2 tanh(x) / cosh² x",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "asinh",
        first=(lambda xp, x, y: asinh_slope(xp, x),),
        second=((asinh_curvature,),),
        formula="asinh x",
        derivative="1 / hypot(x, 1)",
        probes=(-1e30, -1e9, -1.0, -1e-9, 0.0, 1e-9, 1.0, 1e9, 1e30),
    ),
    Row(
        "acosh",
        first=(lambda xp, x, y: xp.acosh_slope(x),),
        second=((lambda xp, x, y: acosh_curvature(xp, x, xp.acosh_slope(x)),),),
        singular=True,
        formula="acosh x",
        derivative="1 / (√(x - 1) √(x + 1))",
        domain=(1.0, math.inf),
        probes=(1.0 + 1e-6, 1.5, 2.0, 1e9, 1e30),
    ),
    Row(
        "atanh",
        first=(lambda xp, x, y: xp.atanh_slope(x),),
        second=((lambda xp, x, y: atanh_curvature(xp, x, xp.atanh_slope(x)),),),
        formula="atanh x",
        derivative="1 / ((1 - x) (1 + x))",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "acosh_slope",
        first=(acosh_curvature,),
        second=((acosh_third,),),
        written=acosh_slope,
        formula="1 / (√(x - 1) √(x + 1))",
        derivative="-y² hypot(1, y)",
        domain=(1.0, math.inf),
        probes=(1.0 + 1e-6, 1.5, 2.0, 1e9, 1e30),
        ulp=(7.0, 16.0),
        reason="The third power of what has 2 already.",
    ),
    Row(
        "atanh_slope",
        first=(atanh_curvature,),
        second=((atanh_third,),),
        written=atanh_slope,
        formula="1 / ((1 - x) (1 + x))",
        derivative="2 x y²",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
        ulp=(6.0, 16.0),
        reason="The square of what has 2 already.",
    ),
)
