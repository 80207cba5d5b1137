"""Derivatives that are exact in the tails, in the functions of any namespace.

A derivative is right to a few ulp wherever it is representable, not only where it is about 1. So no
formula here is ``1 - y**2``: the difference of nearly equal numbers keeps the absolute error and
loses the relative one.
"""

from __future__ import annotations

import math
from typing import Any

from .scalars import is_scalar

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


def exponentials(xp: Any, x: Any) -> tuple[Any, Any]:
    """``(p, r)`` with ``exp(x) = p / r``, both in [0, 1]: nothing overflows in either tail.

    One of the two is always exactly 1. Two exponentials cost less than one and a selection: a
    ``where`` on a random mask takes as long as twenty multiplications on a CPU.
    """
    return xp.exp(xp.minimum(x, 0.0)), xp.exp(-xp.maximum(x, 0.0))


def logistic(xp: Any, x: Any) -> Any:
    """Compute ``1 / (1 + exp(-x))``."""
    p, r = exponentials(xp, x)
    return p / (p + r)


def logistic_slope(xp: Any, x: Any) -> Any:
    """Compute ``sigmoid(x) * sigmoid(-x)``, symmetric, exact in both tails."""
    p, r = exponentials(xp, x)
    s = p + r
    return (p / s) * (r / s)


def sech_squared(xp: Any, x: Any) -> Any:
    """Compute ``1 - tanh(x)**2`` without the difference: ``4 e / (1 + e)**2``, e = exp(-2 |x|)."""
    e = xp.exp(-2.0 * abs(x))
    s = 1.0 + e
    return 4.0 * (e / (s * s))


def sech_squared_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``2 y (2 tanh(x)**2 - y)``, y = 1 / cosh(x)**2."""
    t = xp.tanh(x)
    return 2.0 * (y * (2.0 * (t * t) - y))


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


def rank(xp: Any, x: Any, y: Any) -> Any:
    """Half the sign of ``x - y``: what ``x`` has of a maximum beyond one half, 0 at a tie.

    Two infinities are a tie too, though their difference is NaN; no selection is needed against a
    finite number, the usual case.
    """
    finite = any(is_scalar(v) and math.isfinite(v) for v in (x, y))
    return 0.5 * xp.sign(x - y if finite else xp.where(x == y, 0.0, x - y))


def nothing(xp: Any, *_: Any) -> float:
    """The constant zero."""
    return 0.0


def add_tangent(xp: Any, arguments: Any, total: Any, tangents: Any) -> Any:
    """``dx + dy``; an operand without a tangent adds nothing, and no zeros are made for it."""
    dx, dy = tangents
    return dx if dy is None else dy if dx is None else dx + dy


def subtract_tangent(xp: Any, arguments: Any, difference: Any, tangents: Any) -> Any:
    """``dx - dy``."""
    dx, dy = tangents
    return dx if dy is None else -dy if dx is None else dx - dy


def where_tangent(xp: Any, arguments: Any, selected: Any, tangents: Any) -> Any:
    """The tangent of the branch taken: what the other one holds, NaN too, stays out."""
    _, dx, dy = tangents
    dx, dy = 0.0 if dx is None else dx, 0.0 if dy is None else dy
    if is_scalar(dx) and is_scalar(dy):
        # Two Python numbers would get the backend's default dtype instead of the result's.
        dy = xp.zeros_like(selected) + dy
    return xp.where(arguments[0], dx, dy)


def divide_tangent(xp: Any, arguments: Any, quotient: Any, tangents: Any) -> Any:
    """``dx / y - (x / y) (dy / y)``: the square of ``y`` would overflow long before this does."""
    (_, y), (dx, dy) = arguments, tangents
    if dy is None:
        return dx / y
    by_denominator = quotient * (dy / y)
    return -by_denominator if dx is None else dx / y - by_denominator


def power_by_base(xp: Any, x: Any, n: Any, _: Any) -> Any:
    """``n x**(n - 1)``, zero for n = 0 whatever the base."""
    if is_scalar(n):
        return 0.0 if n == 0 else 1.0 if n == 1 else n * x ** (n - 1)
    return xp.where(n == 0.0, 0.0, n * x ** (n - 1.0))


def power_by_base_twice(xp: Any, x: Any, n: Any, _: Any) -> Any:
    """``n (n - 1) x**(n - 2)``."""
    if is_scalar(n):
        return 0.0 if n in (0, 1) else n * (n - 1) * (1.0 if n == 2 else x ** (n - 2))
    factor = n * (n - 1.0)
    return xp.where(factor == 0.0, 0.0, factor * x ** (n - 2.0))


def logarithm(xp: Any, x: Any) -> Any:
    """``log(x)``, of a Python number too: minus infinity at zero, NaN below."""
    if is_scalar(x):
        return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan
    return xp.log(x)


def power_by_exponent(xp: Any, x: Any, n: Any, z: Any) -> Any:
    """``x**n log(x)``; at x = 0 the power wins over the logarithm where n > 0."""
    slope = z * logarithm(xp, x)
    if is_scalar(x):
        return slope if x != 0 else xp.where(n > 0.0, 0.0, slope)
    vanishes = x == 0.0
    if is_scalar(n):
        return xp.where(vanishes, 0.0, slope) if n > 0 else slope
    return xp.where(xp.where(vanishes, n, -1.0) > 0.0, 0.0, slope)


def power_by_exponent_twice(xp: Any, x: Any, n: Any, z: Any) -> Any:
    """``x**n log(x)**2``."""
    return power_by_exponent(xp, x, n, z) * logarithm(xp, x)


def power_mixed(xp: Any, x: Any, n: Any, z: Any) -> Any:
    """``x**(n - 1) (1 + n log(x))``."""
    return x ** (n - 1.0) * (1.0 + n * logarithm(xp, x))


def tanh_softplus_parts(xp: Any, x: Any) -> tuple[Any, Any, Any, Any, Any]:
    """``p, r, 2 r`` and numerator and denominator of tanh(softplus(x)), sums of positive terms."""
    p, r = exponentials(xp, x)
    r2 = 2.0 * r
    numerator = p * (p + r2)
    return p, r, r2, numerator, numerator + r2 * r


def tanh_softplus(xp: Any, x: Any) -> Any:
    """With ``exp(x) = p / r``: ``p (p + 2 r) / (p**2 + 2 p r + 2 r**2)``; no logarithm is left."""
    *_, numerator, denominator = tanh_softplus_parts(xp, x)
    return numerator / denominator


def tanh_softplus_slope(xp: Any, x: Any, _: Any) -> Any:
    """``4 r**2 p (p + r) / (p**2 + 2 p r + 2 r**2)**2``."""
    p, r, r2, _numerator, denominator = tanh_softplus_parts(xp, x)
    c = r2 / denominator
    return (c * c) * (p * (p + r))


def tanh_softplus_curvature(xp: Any, x: Any, y: Any) -> Any:
    """The slope times ``sigmoid(-x) - 2 y sigmoid(x)``."""
    p, r = exponentials(xp, x)
    return tanh_softplus_slope(xp, x, y) * ((r - 2.0 * (y * p)) / (p + r))


def bounded_exp(xp: Any, x: Any) -> Any:
    """``exp(x)`` under a tanh, which is 1 in every dtype long before x = 20.

    Without the bound the derivative would be 0 times infinity where exp overflows.
    """
    return xp.exp(xp.minimum(x, 20.0))


def tanh_exp_slope(xp: Any, x: Any, _: Any) -> Any:
    """``u sech(u)**2`` with u = exp(x): twice ``2 q / (1 + q**2)``, q = exp(-u).

    The square of q would underflow before the product with u does.
    """
    u = bounded_exp(xp, x)
    q = xp.exp(-u)
    sech = 2.0 * (q / (1.0 + q * q))
    return (u * sech) * sech


def tanh_exp_curvature(xp: Any, x: Any, y: Any) -> Any:
    """The slope times ``1 - 2 u tanh(u)``."""
    return tanh_exp_slope(xp, x, y) * (1.0 - 2.0 * (bounded_exp(xp, x) * y))
