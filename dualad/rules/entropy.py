"""Products with a logarithm, ``x log y``, whose factor wins where both are zero."""

from __future__ import annotations

import math
from typing import Any

from ..scalars import is_scalar
from .row import Row, nothing

__all__ = ["ROWS"]


def quotient(xp: Any, x: Any, y: Any) -> Any:
    """``x / y``, and 0 for 0 / 0; by x it still has the derivative ``1 / y``."""
    if any(is_scalar(v) and v != 0 for v in (x, y)):
        return x / y
    # Of two numbers alone a selection would have the backend's default dtype.
    divisor = xp.zeros_like(x) + y if is_scalar(y) else y
    return x / xp.where(xp.maximum(abs(x), abs(y)) == 0.0, 1.0, divisor)


def inverse(xp: Any, y: Any) -> Any:
    """``1 / y``, of a Python number too."""
    return math.copysign(math.inf, y) if is_scalar(y) and y == 0 else 1.0 / y


def log(xp: Any, y: Any) -> Any:
    """The logarithm, of a Python number too."""
    if is_scalar(y):
        return math.log(y) if y > 0 else -math.inf if y == 0 else math.nan
    return xp.log(y)


def log1p(xp: Any, y: Any) -> Any:
    """``log(1 + y)``, of a Python number too."""
    if is_scalar(y):
        return math.log1p(y) if y > -1 else -math.inf if y == -1 else math.nan
    return xp.log1p(y)


def harmless(xp: Any, x: Any, y: Any, instead: float) -> Any:
    """``y``, but where x is zero a number whose logarithm is finite; NaN stays NaN."""
    if is_scalar(y):
        y = y + 0.0 * x
    return xp.where(xp.logical_and(x == 0.0, y == y), instead, y)


def x_log_y(xp: Any, x: Any, y: Any) -> Any:
    """``x log(y)``, zero for x = 0."""
    if is_scalar(x) and x != 0:
        return x * xp.log(y)
    return x * xp.log(harmless(xp, x, y, 1.0))


def x_log1p_y(xp: Any, x: Any, y: Any) -> Any:
    """``x log(1 + y)``, zero for x = 0."""
    if is_scalar(x) and x != 0:
        return x * xp.log1p(y)
    return x * xp.log1p(harmless(xp, x, y, 0.0))


ROWS: tuple[Row, ...] = (
    Row(
        "xlogy",
        first=(
            lambda xp, x, y, z: log(xp, y),
            lambda xp, x, y, z: quotient(xp, x, y),
        ),
        second=(
            (nothing,),
            (
                lambda xp, x, y, z: inverse(xp, y),
                lambda xp, x, y, z: -quotient(xp, quotient(xp, x, y), y),
            ),
        ),
        written=x_log_y,
        arity=2,
        singular=True,
        formula="x log y, 0 for x = 0",
        derivative="log y, x / y",
    ),
    Row(
        "xlog1py",
        first=(
            lambda xp, x, y, z: log1p(xp, y),
            lambda xp, x, y, z: quotient(xp, x, 1.0 + y),
        ),
        second=(
            (nothing,),
            (
                lambda xp, x, y, z: inverse(xp, 1.0 + y),
                lambda xp, x, y, z: -quotient(xp, quotient(xp, x, 1.0 + y), 1.0 + y),
            ),
        ),
        written=x_log1p_y,
        arity=2,
        singular=True,
        formula="x log(1 + y), 0 for x = 0",
        derivative="log(1 + y), x / (1 + y)",
    ),
)
