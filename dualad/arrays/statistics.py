"""Sums, products, extremes, means and spreads along axes."""

from __future__ import annotations

import math
from typing import Any

from .manipulation import along, normal_axes, normal_axis
from .row import ArrayRow
from .scaling import near_one, others

__all__ = ["ROWS"]


def kept(xp: Any, x: Any, reduced: Any, axis: Any) -> Any:
    """A reduced array with its axes of length one, so that it broadcasts against ``x``."""
    axes = normal_axes(axis, x.ndim)
    return xp.reshape(reduced, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def count(x: Any, axis: Any) -> int:
    """How many elements go into one of the reduction."""
    return math.prod(x.shape[a] for a in normal_axes(axis, x.ndim))


def mean(xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum divided by the number of elements."""
    number = count(x, axis)
    return xp.sum(x, axis=axis, keepdims=keepdims) * (1.0 / number if number else math.nan)


def extreme_tangent(
    xp: Any, result: Any, arrays: Any, tangents: Any, *, axis: Any = None, keepdims: bool = False
) -> Any:
    """The tangent of what was selected; a tie shares it in equal parts."""
    (x,), (dx,) = arrays, tangents
    chosen = xp.where(x == kept(xp, x, result, axis), 1.0, xp.zeros_like(x))
    share = xp.sum(chosen, axis=axis, keepdims=True)
    # Where the result is NaN nothing equals it.
    share = xp.where(share == 0.0, math.nan, share)
    return xp.sum(dx * (chosen / share), axis=axis, keepdims=keepdims)


def in_one_axis(xp: Any, x: Any, axis: Any) -> Any:
    """The axes of a reduction as one, the last."""
    axes = normal_axes(axis, x.ndim)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    moved = xp.permute_dims(x, (*rest, *axes))
    return xp.reshape(moved, (*(x.shape[i] for i in rest), math.prod(x.shape[a] for a in axes)))


def prod_tangent(
    xp: Any,
    result: Any,
    arrays: Any,
    tangents: Any,
    *,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
) -> Any:
    """Each tangent times the product of all others, from the left and from the right.

    Dividing the whole product by the element would fail at a zero, where the derivative is not.
    """
    x, dx = in_one_axis(xp, arrays[0], axis), in_one_axis(xp, tangents[0], axis)
    return xp.reshape(xp.sum(dx * others(xp, x), axis=-1), result.shape)


def cumulative_prod_tangent(
    xp: Any,
    result: Any,
    arrays: Any,
    tangents: Any,
    *,
    axis: int | None = None,
    dtype: Any = None,
    include_initial: bool = False,
) -> Any:
    """The scan of ``(p, dp)`` pairs under ``(p q, dp q + p dq)``, in steps that double.

    Dividing by the elements would fail at a zero.
    """
    (p,), (d,) = arrays, tangents
    axis = 0 if axis is None else normal_axis(axis, p.ndim)
    start = xp.zeros_like(xp.sum(p, axis=axis, keepdims=True))
    step, length = 1, p.shape[axis]
    while step < length:
        first, rest = along(axis, slice(None, step)), along(axis, slice(step, None))
        before = along(axis, slice(None, -step))
        d = xp.concat([d[first], d[before] * p[rest] + d[rest] * p[before]], axis=axis)
        p = xp.concat([p[first], p[before] * p[rest]], axis=axis)
        step *= 2
    return xp.concat([start, d], axis=axis) if include_initial else d


def var_tangent(
    xp: Any,
    result: Any,
    arrays: Any,
    tangents: Any,
    *,
    axis: Any = None,
    correction: float = 0.0,
    keepdims: bool = False,
) -> Any:
    """``2 Σ (x - mean) dx / (n - correction)``."""
    (x,), (dx,) = arrays, tangents
    centred = x - xp.mean(x, axis=axis, keepdims=True)
    free = count(x, axis) - correction
    factor = 2.0 / free if free > 0 else math.nan
    return xp.sum(dx * centred, axis=axis, keepdims=keepdims) * factor


def std_tangent(
    xp: Any,
    result: Any,
    arrays: Any,
    tangents: Any,
    *,
    axis: Any = None,
    correction: float = 0.0,
    keepdims: bool = False,
) -> Any:
    """``Σ (x - mean) / deviation dx / (n - correction)``; zero where all elements are equal.

    The fraction is the same of scaled elements, whose squares are within the range.
    """
    (x,), (dx,) = arrays, tangents
    number = count(x, axis)
    free = number - correction
    if number == 0 or free <= 0:
        return xp.sum(dx * x, axis=axis, keepdims=keepdims) * math.nan
    x = near_one(xp, x, axis=axis)
    centred = x - xp.mean(x, axis=axis, keepdims=True)
    deviation = xp.std(x, axis=axis, correction=correction, keepdims=True)
    vanishes = deviation == 0.0
    weight = xp.where(vanishes, 0.0, centred / xp.where(vanishes, 1.0, deviation))
    return xp.sum(dx * weight, axis=axis, keepdims=keepdims) * (1.0 / free)


def logsumexp(xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """``log Σ exp(x)``, without overflow."""
    top = xp.max(x, axis=axis, keepdims=True)
    # An infinite maximum is the answer, not something to subtract.
    shift = xp.where(xp.isfinite(top), top, 0.0)
    total = xp.sum(xp.exp(x - shift), axis=axis, keepdims=True)
    nothing = total == 0.0
    total = xp.where(nothing, -math.inf, xp.log(xp.where(nothing, 1.0, total)) + shift)
    if keepdims:
        return total
    axes = normal_axes(axis, x.ndim)
    return xp.reshape(total, tuple(n for i, n in enumerate(x.shape) if i not in axes))


def rounding_error(x: Any, y: Any) -> Any:
    """What ``x - y`` loses when it is rounded (Knuth's two-sum)."""
    d = x - y
    t = d - x
    return (x - (d - t)) - (y + t)


def logsumexp_tangent(
    xp: Any, result: Any, arrays: Any, tangents: Any, *, axis: Any = None, keepdims: bool = False
) -> Any:
    """``Σ softmax(x) dx``, the softmax from differences to the maximum."""
    (x,), (dx,) = arrays, tangents
    top = xp.max(x, axis=axis, keepdims=True)
    # Infinities that are the largest share the weight; their difference would be NaN.
    infinite = xp.isinf(top)
    ties = xp.where(x == top, xp.zeros_like(x), -math.inf)
    # The rounding of a difference is magnified by the exponential to an ulp for each unit of it.
    top = xp.where(infinite, 0.0, top)
    error = rounding_error(xp.where(xp.isfinite(x), x, top), top)
    e = xp.exp(xp.where(infinite, ties, x - top)) * (1.0 + error)
    weights = e / xp.sum(e, axis=axis, keepdims=True)
    return xp.sum(dx * weights, axis=axis, keepdims=keepdims)


REDUCED = "x, axis=None, keepdims=False"

ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "sum",
        kind="linear",
        signature=REDUCED,
        summary="The sum along axes",
    ),
    ArrayRow(
        "mean",
        kind="linear",
        written=mean,
        signature=REDUCED,
        summary="The arithmetic mean along axes",
    ),
    ArrayRow(
        "cumulative_sum",
        kind="linear",
        signature="x, axis=None, include_initial=False",
        summary="The sums of all elements up to each",
    ),
    ArrayRow(
        "prod",
        kind="smooth",
        tangent=prod_tangent,
        signature=REDUCED,
        summary="The product along axes",
        derivative="Σ dxᵢ Π xⱼ over j ≠ i, at zeros too",
    ),
    ArrayRow(
        "cumulative_prod",
        kind="smooth",
        tangent=cumulative_prod_tangent,
        signature="x, axis=None, include_initial=False",
        summary="The products of all elements up to each",
        derivative="as of prod",
    ),
    ArrayRow(
        "max",
        kind="smooth",
        tangent=extreme_tangent,
        signature=REDUCED,
        summary="The largest element along axes",
        derivative="the tangent of the largest; a tie shares it in equal parts",
    ),
    ArrayRow(
        "min",
        kind="smooth",
        tangent=extreme_tangent,
        signature=REDUCED,
        summary="The smallest element along axes",
        derivative="the tangent of the smallest; a tie shares it in equal parts",
    ),
    ArrayRow(
        "var",
        kind="smooth",
        tangent=var_tangent,
        signature="x, axis=None, correction=0.0, keepdims=False",
        summary="The variance along axes",
        derivative="2 Σ (x - mean) dx / (n - correction)",
    ),
    ArrayRow(
        "std",
        kind="smooth",
        tangent=std_tangent,
        signature="x, axis=None, correction=0.0, keepdims=False",
        summary="The standard deviation along axes",
        derivative="Σ (x - mean) / deviation dx / (n - correction); 0 where all elements are equal",
    ),
    ArrayRow(
        "logsumexp",
        kind="smooth",
        tangent=logsumexp_tangent,
        written=logsumexp,
        signature=REDUCED,
        summary="log Σ exp(x) along axes, without overflow",
        derivative="Σ softmax(x) dx",
    ),
    ArrayRow(
        "all",
        kind="constant",
        signature=REDUCED,
        summary="Whether all elements are true",
    ),
    ArrayRow(
        "any",
        kind="constant",
        signature=REDUCED,
        summary="Whether some element is true",
    ),
    ArrayRow(
        "count_nonzero",
        kind="constant",
        signature=REDUCED,
        summary="How many elements are not zero",
    ),
)
