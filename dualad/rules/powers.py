"""Powers and roots."""

from __future__ import annotations

import math
from typing import Any

from ..scalars import is_scalar
from .row import Row

__all__ = ["ROWS"]


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
        formula="x^y",
        derivative="y x^(y-1), x^y log x",
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
