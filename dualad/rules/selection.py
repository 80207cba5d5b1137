"""What takes one argument or another: maximum, minimum, clip, where."""

from __future__ import annotations

import math
from typing import Any

from ..scalars import is_scalar
from .row import Row, nothing

__all__ = ["ROWS"]


def rank(xp: Any, x: Any, y: Any) -> Any:
    """Half the sign of ``x - y``: what ``x`` has of a maximum beyond one half, 0 at a tie.

    Two infinities are a tie too, though their difference is NaN; no selection is needed against a
    finite number, the usual case.
    """
    finite = any(is_scalar(v) and math.isfinite(v) for v in (x, y))
    return 0.5 * xp.sign(x - y if finite else xp.where(x == y, 0.0, x - y))


def selected(xp: Any, condition: Any, dx: Any, dy: Any, like: Any) -> Any:
    """One tangent where the condition holds, else the other; an absent one is zero."""
    dx, dy = 0.0 if dx is None else dx, 0.0 if dy is None else dy
    if is_scalar(dx) and is_scalar(dy):
        if dx == dy:
            return dx
        # Two Python numbers would get the backend's default dtype instead of the result's.
        dy = xp.zeros_like(like) + dy
    return xp.where(condition, dx, dy)


def where_tangent(xp: Any, arguments: Any, result: Any, tangents: Any) -> Any:
    """The tangent of the branch taken: what the other one holds, NaN too, stays out."""
    _, dx, dy = tangents
    return selected(xp, arguments[0], dx, dy, result)


def clip_tangent(xp: Any, arguments: Any, clipped: Any, tangents: Any) -> Any:
    """That of the argument which wins: ``x`` up to and on the bounds, and the upper bound last.

    The order is that of ``minimum(maximum(x, low), high)``: the upper bound wins over a lower one
    that is above it.
    """
    (x, low, high), (tangent, by_low, by_high) = arguments, tangents
    if not _bounds_nothing(low):
        tangent = selected(xp, x < low, by_low, tangent, clipped)
    if not _bounds_nothing(high):
        ordered = low is None or (is_scalar(low) and is_scalar(high) and low <= high)
        above = (x if ordered or _bounds_nothing(low) else xp.maximum(x, low)) > high
        tangent = selected(xp, above, by_high, tangent, clipped)
    return tangent


def _bounds_nothing(bound: Any) -> bool:
    return bound is None or (is_scalar(bound) and math.isinf(bound))


ROWS: tuple[Row, ...] = (
    Row(
        "maximum",
        first=(
            lambda xp, x, y, z: 0.5 + rank(xp, x, y),
            lambda xp, x, y, z: 0.5 - rank(xp, x, y),
        ),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="max(x, y)",
        derivative="[x > y], [y > x], one half each at a tie",
    ),
    Row(
        "minimum",
        first=(
            lambda xp, x, y, z: 0.5 - rank(xp, x, y),
            lambda xp, x, y, z: 0.5 + rank(xp, x, y),
        ),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="min(x, y)",
        derivative="[x < y], [y < x], one half each at a tie",
    ),
    Row(
        "clip",
        tangent=clip_tangent,
        arity=3,
        parameters=("x", "min", "max"),
        neutral=(-math.inf, math.inf),
        formula="min(max(x, min), max)",
        derivative="1 for min ≤ x ≤ max, else 0; that of a bound is 1 where the bound is taken",
    ),
    Row(
        "where",
        tangent=where_tangent,
        arity=3,
        parameters=("condition", "x", "y"),
        formula="x where the condition holds, else y",
        derivative="the tangent of the branch taken",
    ),
)
