"""Powers and roots."""

from __future__ import annotations

import math
from typing import Any

from ..scalars import is_scalar
from .row import Row

__all__ = ["ROWS"]


def number(xp: Any, n: float, like: Any) -> Any:
    """A number rounded to the dtype of an array: what is subtracted from it then is exact."""
    return xp.zeros_like(like) + n


def has_few_digits(n: float) -> bool:
    """Whether n - 1 and n - 2 are exact in every dtype in which n is."""
    return not math.isfinite(n) or (abs(n) < 2**16 and n * 16.0 == round(n * 16.0))


LARGE = 8.0
"""From this exponent on a power is the product of two: where the whole of it is subnormal, and the
factor in front makes it a normal number again, half of it still has all digits."""


def half(xp: Any, n: Any) -> Any:
    """About half of an exponent, an integer: to it a negative base may be raised."""
    return float(round(0.5 * n)) if is_scalar(n) else xp.round(0.5 * n)


def power_by_base(xp: Any, x: Any, n: Any, z: Any) -> Any:
    """``n x**(n - 1)``, zero for n = 0 whatever the base.

    Below n = 1/2 the difference n - 1 rounds, and a large logarithm of x magnifies its error to
    hundreds of ulp: there it is ``n x**n / x``, which neither overflows nor underflows too soon. At
    zero and at infinity that quotient is lost, and the rounded exponent as good.
    """
    if is_scalar(n):
        return power_by_base_to_number(xp, x, n, z)
    near = xp.where(at_limit(xp, x), 1.0, n) < 0.5
    large = xp.logical_and(abs(n) >= LARGE, xp.isfinite(n))
    exponent = xp.where(near, n, n - 1.0)
    part = xp.where(large, half(xp, exponent), exponent)
    slope = n * x**part
    slope = xp.where(large, slope * x ** (exponent - part), slope)
    return xp.where(n == 0.0, 0.0, xp.where(near, slope / x, slope))


def power_by_base_to_number(xp: Any, x: Any, n: float, z: Any) -> Any:
    """The same for one exponent, of which the case is known."""
    if n in (0, 1):
        return float(n)
    if n == 2:
        return 2.0 * x
    exact = has_few_digits(n)
    near = n < 0.5 and not exact
    if abs(n) < LARGE and near:
        return xp.where(at_limit(xp, x), n * x ** (n - 1.0), (n * z) / x)
    exponent = n - 1 if exact else number(xp, n, z) - (0.0 if near else 1.0)
    if abs(n) < LARGE or math.isinf(n):
        return n * x**exponent
    part = half(xp, n)
    slope = (n * x**part) * x ** (exponent - part)
    return slope / x if near else slope


def power_by_base_twice(xp: Any, x: Any, n: Any, z: Any) -> Any:
    """``n (n - 1) x**(n - 2)``, zero for n = 0 and n = 1 whatever the base.

    Below n = 1 it is ``n (n - 1) x**n / x / x``, as in `power_by_base`. The product of n and n - 1
    may overflow where the power is small, so each has its own factor of the power.
    """
    if is_scalar(n):
        return power_by_base_twice_to_number(xp, x, n, z)
    near = xp.where(at_limit(xp, x), 1.0, n) < 1.0
    large = xp.logical_and(abs(n) >= LARGE, xp.isfinite(n))
    exponent = xp.where(near, n, n - 2.0)
    part = xp.where(large, half(xp, exponent), exponent)
    power, factor = n * x**part, n - 1.0
    curvature = power * xp.where(large, factor * x ** (exponent - part), factor)
    return xp.where(n * factor == 0.0, 0.0, xp.where(near, (curvature / x) / x, curvature))


def power_by_base_twice_to_number(xp: Any, x: Any, n: float, z: Any) -> Any:
    """The same for one exponent, of which the case is known."""
    if n in (0, 1, 2):
        return float(n * (n - 1))
    exact = has_few_digits(n)
    if abs(n) < LARGE and n < 1:
        return xp.where(
            at_limit(xp, x), n * ((n - 1.0) * x ** (n - 2.0)), (((n - 1.0) * (n * z)) / x) / x
        )
    near = n < 1 and not exact
    exponent = n - 2 if exact else number(xp, n, z) - (0.0 if near else 2.0)
    if abs(n) < LARGE or math.isinf(n):
        return n * ((n - 1.0) * x**exponent)
    part = half(xp, n)
    curvature = (n * x**part) * ((n - 1.0) * x ** (exponent - part))
    return (curvature / x) / x if near else curvature


def logarithm(xp: Any, x: Any) -> Any:
    """``log(x)``, of a Python number too: minus infinity at zero, NaN below."""
    if is_scalar(x):
        return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan
    return xp.log(x)


def infinite(xp: Any, x: Any) -> Any:
    """Whether a number or array is infinite."""
    return math.isinf(x) if is_scalar(x) else xp.isinf(x)


def at_limit(xp: Any, x: Any) -> Any:
    """Whether a number or array is zero or infinite."""
    if is_scalar(x):
        return x == 0 or math.isinf(x)
    return xp.logical_or(x == 0.0, xp.isinf(x))


def outweighed(xp: Any, power: Any, logarithm: Any) -> Any:
    """A logarithm as the factor of a power: at x = 0 and at infinity a power of zero wins.

    It is the factor that is replaced, not the product: backwards a product that is not taken would
    still bring zero times infinity.
    """
    boundless = infinite(xp, logarithm)
    if is_scalar(logarithm):
        if not boundless:
            return logarithm
        # Of two numbers alone a selection would have the backend's default dtype.
        return xp.where(power == 0.0, 0.0, xp.zeros_like(power) + logarithm)
    return xp.where(xp.logical_and(boundless, power == 0.0), 0.0, logarithm)


def power_by_exponent(xp: Any, x: Any, n: Any, _: Any) -> Any:
    """``x**n log(x)``, with half of the power on either side.

    The whole of it may overflow or underflow where the product does not.
    """
    root = x ** (0.5 * n)
    return (root * outweighed(xp, root, logarithm(xp, x))) * root


def power_by_exponent_twice(xp: Any, x: Any, n: Any, _: Any) -> Any:
    """``x**n log(x)**2``."""
    root = x ** (0.5 * n)
    half = root * outweighed(xp, root, logarithm(xp, x))
    return half * half


def power_mixed(xp: Any, x: Any, n: Any, _: Any) -> Any:
    """``x**(n - 1) (1 + n log(x))``, with half of the power on either side as above.

    The sum cancels where x = exp(-1 / n): there an ulp is one of its terms.
    """
    boundless = infinite(xp, logarithm(xp, x))
    if boundless is not True:
        b = x if boundless is False else xp.where(boundless, 1.0, x)
        root, total = b ** (0.5 * n), 1.0 + n * logarithm(xp, b)
        # A power of zero wins over an infinite sum too.
        inner = (root * outweighed(xp, root, total)) * (root / b)
        if boundless is False:
            return inner
    power = x ** (n - 1.0)
    logarithm_x = outweighed(xp, power, logarithm(xp, x))
    if is_scalar(n):
        product = n * logarithm_x if n else 0.0
    else:
        product = xp.where(n == 0.0, 0.0, n * logarithm_x)
    limit = power * (1.0 + product)
    return limit if boundless is True else xp.where(boundless, limit, inner)


ROWS: tuple[Row, ...] = (
    Row(
        "pow",
        first=(power_by_base, power_by_exponent),
        second=(
            (power_by_base_twice,),
            (power_mixed, power_by_exponent_twice),
        ),
        arity=2,
        operator="pow",
        singular=lambda x, n: not (is_scalar(n) and (n >= 2 or n in (0, 1))),
        formula="x^y",
        derivative="y x^(y-1), x^y log x",
        ulp=(4.0, math.inf),
        reason=(
            "The mixed derivative x^(y-1) (1 + y log x) cancels at x = e^(-1/y): there it is "
            "within 16 ulp of the larger term."
        ),
    ),
    Row(
        "sqrt",
        first=(lambda xp, x, y: 0.5 / y,),
        second=((lambda xp, x, y: (-0.25 / y) / x,),),
        singular=True,
        formula="√x",
        derivative="1 / (2 √x)",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0, 1e30),
    ),
)
