"""The cardinal sine ``sin(π x) / (π x)``, and the sine and cosine of multiples of π."""

from __future__ import annotations

import math
from typing import Any

from .polynomial import polynomial
from .row import Row

__all__ = ["ROWS"]

EDGE = 0.5
"""Where the series about zero ends: ``cos(π x) - sinc(x)`` cancels within it."""

# The derivative of sinc divided by x, in x²: 15 terms of the Taylor series, the next below 1e-20
# at the edge, so that some derivatives of it are exact too.
SLOPE = tuple(
    (-1) ** k * math.pi ** (2 * k) * (2 * k) / math.factorial(2 * k + 1) for k in range(1, 16)
)
CURVATURE = tuple(c * (2 * k + 1) for k, c in enumerate(SLOPE))
THIRD = tuple(c * (2 * k + 2) for k, c in enumerate(CURVATURE[1:]))


def reduced(xp: Any, x: Any) -> tuple[Any, Any]:
    """``(x - n, (-1)**n)`` for the integer n nearest to x: both exact.

    Beyond 2**54 all numbers are even, in every dtype, and infinity is taken for one of them.
    """
    b = xp.maximum(xp.minimum(x, 2.0**54), -(2.0**54))
    n = xp.round(b)
    half = 0.5 * n
    return b - n, 1.0 - 4.0 * abs(half - xp.round(half))


def sin_pi(xp: Any, x: Any) -> Any:
    """``sin(π x)``, exactly zero at every integer."""
    r, sign = reduced(xp, x)
    return sign * xp.sin(math.pi * r)


def cos_pi(xp: Any, x: Any) -> Any:
    """``cos(π x)``, exactly zero half-way between integers, by the sine there."""
    r, sign = reduced(xp, x)
    return sign * xp.sin(math.pi * (0.5 - abs(r)))


def sinc(xp: Any, x: Any) -> Any:
    """``sin(π x) / (π x)``, 1 at zero, 0 at infinity."""
    b = xp.where(x == 0.0, 1.0, x)
    return xp.where(x == 0.0, 1.0, xp.sin_pi(b) / (math.pi * b))


def inside_and_outside(xp: Any, x: Any) -> tuple[Any, Any, Any]:
    """Whether x is within the edge, and x for either formula; no kink is made at zero."""
    inside = abs(x) < EDGE
    return inside, xp.where(inside, x, 0.0), xp.where(inside, 1.0, x)


def slope(xp: Any, x: Any) -> Any:
    """``(cos(π x) - sinc(x)) / x``; a series about zero."""
    inside, near, far = inside_and_outside(xp, x)
    closed = (xp.cos_pi(far) - xp.sin_pi(far) / (math.pi * far)) / far
    return xp.where(inside, near * polynomial(near * near, SLOPE), closed)


def curvature(xp: Any, x: Any, d: Any) -> Any:
    """``-(π sin(π x) + 2 sinc'(x)) / x``; a series about zero."""
    inside, near, far = inside_and_outside(xp, x)
    closed = -(math.pi * xp.sin_pi(far) + 2.0 * d) / far
    return xp.where(inside, polynomial(near * near, CURVATURE), closed)


def third(xp: Any, x: Any, d: Any) -> Any:
    """``-(3 sinc'' + π² (x sinc' + sinc)) / x``; a series about zero."""
    inside, near, far = inside_and_outside(xp, x)
    closed = -(3.0 * curvature(xp, x, d) + math.pi * xp.sin_pi(far) / far) / far - math.pi**2 * d
    return xp.where(inside, near * polynomial(near * near, THIRD), closed)


ROWS: tuple[Row, ...] = (
    Row(
        "sinc",
        first=(lambda xp, x, y: xp.sinc_slope(x),),
        second=((lambda xp, x, y: curvature(xp, x, xp.sinc_slope(x)),),),
        written=sinc,
        formula="sin(π x) / (π x)",
        derivative="(cos(π x) - sinc x) / x",
        probes=(-1e10, -2.5, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.5, 1.0, 2.0, 1e10),
        ulp=(math.inf, math.inf),
        reason=(
            "The derivatives have endlessly many zeros, none a number of any dtype; near "
            "them two terms cancel, and the result is within 4 and 16 ulp of the larger."
        ),
    ),
    Row(
        "sinc_slope",
        first=(curvature,),
        second=((third,),),
        written=slope,
        formula="(cos(π x) - sinc x) / x",
        derivative="-(π sin(π x) + 2 y) / x",
        ulp=(math.inf, math.inf),
        reason="As for sinc.",
        probes=(-1e10, -2.5, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.5, 1.0, 2.0, 1e10),
    ),
    Row(
        "sin_pi",
        first=(lambda xp, x, y: math.pi * xp.cos_pi(x),),
        second=((lambda xp, x, y: -(math.pi**2) * y,),),
        written=sin_pi,
        formula="sin(π x)",
        derivative="π cos(π x)",
        probes=(-1e10, -2.5, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.5, 1.0, 2.0, 1e10),
    ),
    Row(
        "cos_pi",
        first=(lambda xp, x, y: -math.pi * xp.sin_pi(x),),
        second=((lambda xp, x, y: -(math.pi**2) * y,),),
        written=cos_pi,
        formula="cos(π x)",
        derivative="-π sin(π x)",
        probes=(-1e10, -2.5, -1.0, -0.25, -1e-9, 0.0, 1e-9, 0.5, 1.0, 2.0, 1e10),
    ),
)
