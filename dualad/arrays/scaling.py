"""Powers of two that bring numbers near one, so that their products stay within the range.

What they are taken from is looked at without its tangents: a scale has no derivative.
"""

from __future__ import annotations

import math
from typing import Any

from .row import ArrayRow

__all__ = ["ROWS", "near_one", "others", "shifted"]


def magnitude(xp: Any, x: Any, /, *, axis: Any = None, smallest: bool = False) -> Any:
    """The largest or the smallest size along axes; one where that is zero or not finite."""
    size = (xp.min if smallest else xp.max)(xp.abs(x), axis=axis, keepdims=True)
    return xp.where(xp.logical_and(size > 0.0, xp.isfinite(size)), size, 1.0)


def running_exponents(xp: Any, x: Any, /) -> Any:
    """The exponents of the products of all elements up to each, along the last axis.

    They are whole numbers, about the sums of the logarithms. Zeros and infinities have none.
    """
    size = xp.abs(x)
    size = xp.where(xp.logical_and(size > 0.0, xp.isfinite(size)), size, 1.0)
    return xp.floor(xp.cumulative_sum(xp.log2(size), axis=-1))


def shifted(xp: Any, x: Any, exponents: Any) -> Any:
    """``x 2**exponents``, by two factors, neither of which overflows or is zero."""
    space = xp.space(exponents)
    limit = -2.0 * math.log2(float(space.finfo(exponents.dtype).smallest_normal))
    exponents = space.clip(exponents, -limit, limit)
    half = space.floor(exponents * 0.5)
    first = 2.0**half
    # 1 + odd is 2**odd, and costs less than another power.
    return x * first * (first * (1.0 + (exponents - 2.0 * half)))


def near_one(xp: Any, x: Any, *, axis: Any = None, smallest: bool = False) -> Any:
    """``x`` scaled along axes: its largest or its smallest size is then between one and two."""
    size = xp.magnitude(x, axis=axis, smallest=smallest)
    space = xp.space(size)
    return shifted(xp, x, -space.floor(space.log2(size)))


def others(xp: Any, x: Any) -> Any:
    """For each element the product of all others along the last axis.

    It is the product of what is before it and what is behind. Either may leave the range where
    their product does not. So each element is scaled by a power of two such that any product of
    neighbours is near one, and the exponents are counted apart. Whatever the logarithms rounded:
    the steps are whole numbers and add up to the exponents exactly.
    """
    exponents = xp.running_exponents(x)
    space = xp.space(exponents)
    steps = exponents - space.concat(
        [space.zeros_like(exponents[..., :1]), exponents[..., :-1]], axis=-1
    )
    x = shifted(xp, x, -steps)
    one = xp.ones_like(x[..., :1])
    before = xp.cumulative_prod(xp.concat([one, x[..., :-1]], axis=-1), axis=-1)
    behind = xp.flip(xp.concat([x[..., 1:], one], axis=-1), axis=-1)
    after = xp.flip(xp.cumulative_prod(behind, axis=-1), axis=-1)
    return shifted(xp, before * after, exponents[..., -1:] - steps)


ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "magnitude",
        kind="constant",
        written=magnitude,
        signature="x, axis=None, smallest=False",
        summary="The largest size along axes, one where it is zero or not finite",
    ),
    ArrayRow(
        "running_exponents",
        kind="constant",
        written=running_exponents,
        summary="The exponents of the products of all elements up to each",
    ),
)
"""What scales are made from."""
