"""What takes one argument or the other: maximum, minimum, where."""

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


def where_tangent(xp: Any, arguments: Any, selected: Any, tangents: Any) -> Any:
    """The tangent of the branch taken: what the other one holds, NaN too, stays out."""
    _, dx, dy = tangents
    dx, dy = 0.0 if dx is None else dx, 0.0 if dy is None else dy
    if is_scalar(dx) and is_scalar(dy):
        # Two Python numbers would get the backend's default dtype instead of the result's.
        dy = xp.zeros_like(selected) + dy
    return xp.where(arguments[0], dx, dy)


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
        "where",
        tangent=where_tangent,
        arity=3,
        formula="x where the condition holds, else y",
        derivative="the tangent of the branch taken",
    ),
)
