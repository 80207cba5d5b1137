"""NumPy's sums, extremes, means and spreads."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.manipulation import along, normal_axes, normal_axis
from ...arrays.statistics import in_one_axis, kept
from .translation import Translations, as_array, cast

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()

REDUCED = "a axis dtype out keepdims initial where"
SPREAD = "a axis dtype out ddof keepdims"


def prepared(xp: Any, a: Any, dtype: Any = None, where: Any = None, neutral: Any = None) -> Any:
    """The array in the dtype to compute in, with a neutral number where it is masked out."""
    a = as_array(xp, a)
    a = a if dtype is None else cast(xp, a, dtype)
    return a if where is None else xp.where(where, a, neutral)


@FUNCTIONS("sum", order=REDUCED)
def sum_(
    xp: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """The sum."""
    total = xp.sum(prepared(xp, a, dtype, where, 0.0), axis=axis, keepdims=keepdims)
    return total if initial is None else total + initial


@FUNCTIONS("prod", order=REDUCED)
def prod(
    xp: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """The product."""
    total = xp.prod(prepared(xp, a, dtype, where, 1.0), axis=axis, keepdims=keepdims)
    return total if initial is None else total * initial


@FUNCTIONS("max", "amax", order="a axis out keepdims initial where")
def max_(
    xp: Any,
    a: Any,
    axis: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """The largest element."""
    a = prepared(xp, a, where=where, neutral=-math.inf)
    largest = xp.max(a, axis=axis, keepdims=keepdims)
    return largest if initial is None else xp.maximum(largest, initial)


@FUNCTIONS("min", "amin", order="a axis out keepdims initial where")
def min_(
    xp: Any,
    a: Any,
    axis: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = None,
) -> Any:
    """The smallest element."""
    a = prepared(xp, a, where=where, neutral=math.inf)
    smallest = xp.min(a, axis=axis, keepdims=keepdims)
    return smallest if initial is None else xp.minimum(smallest, initial)


@FUNCTIONS("ptp", order="a axis out keepdims")
def ptp(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest minus the smallest."""
    return xp.max(a, axis=axis, keepdims=keepdims) - xp.min(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("mean", order="a axis dtype out keepdims")
def mean(xp: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The arithmetic mean."""
    return xp.mean(prepared(xp, a, dtype), axis=axis, keepdims=keepdims)


@FUNCTIONS("var", order=SPREAD)
def var(
    xp: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """The variance."""
    free = ddof if correction is None else correction
    return xp.var(prepared(xp, a, dtype), axis=axis, correction=free, keepdims=keepdims)


@FUNCTIONS("std", order=SPREAD)
def std(
    xp: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """The standard deviation."""
    free = ddof if correction is None else correction
    return xp.std(prepared(xp, a, dtype), axis=axis, correction=free, keepdims=keepdims)


@FUNCTIONS("cumsum", order="a axis dtype out")
def cumsum(xp: Any, a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The sums of all elements up to each."""
    a = prepared(xp, a, dtype)
    if axis is None:
        a, axis = xp.reshape(a, (-1,)), 0
    return xp.cumulative_sum(a, axis=axis)


@FUNCTIONS("cumprod", order="a axis dtype out")
def cumprod(xp: Any, a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The products of all elements up to each."""
    a = prepared(xp, a, dtype)
    if axis is None:
        a, axis = xp.reshape(a, (-1,)), 0
    return xp.cumulative_prod(a, axis=axis)


@FUNCTIONS("cumulative_sum")
def cumulative_sum(
    xp: Any, x: Any, /, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    """The sums of all elements up to each, by the name of the standard."""
    return xp.cumulative_sum(x, axis=axis, include_initial=include_initial)


@FUNCTIONS("cumulative_prod")
def cumulative_prod(
    xp: Any, x: Any, /, *, axis: int | None = None, include_initial: bool = False
) -> Any:
    """The products of all elements up to each, by the name of the standard."""
    return xp.cumulative_prod(x, axis=axis, include_initial=include_initial)


@FUNCTIONS("any", order="a axis out keepdims")
def any_(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether some element is not zero."""
    return xp.any(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("all", order="a axis out keepdims")
def all_(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether no element is zero."""
    return xp.all(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("count_nonzero")
def count_nonzero(xp: Any, a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements are not zero."""
    return xp.count_nonzero(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("average")
def average(
    xp: Any,
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """The weighted mean, and the sum of the weights."""
    a = as_array(xp, a)
    if weights is None:
        weights = xp.zeros_like(a) + 1.0
    weights = as_array(xp, weights)
    if weights.shape != a.shape:
        axes = normal_axes(axis, a.ndim)
        if axis is None or tuple(weights.shape) != tuple(a.shape[i] for i in axes):
            raise ValueError(f"average: weights of shape {weights.shape} for axis {axis}")
        # The weights' axes stand in the order in which the axes are named.
        order = sorted(range(len(axes)), key=lambda i: axes[i])
        lengths = tuple(n if i in axes else 1 for i, n in enumerate(a.shape))
        weights = xp.reshape(xp.permute_dims(weights, tuple(order)), lengths)
        weights = xp.broadcast_to(weights, tuple(a.shape))
    total = xp.sum(weights, axis=axis, keepdims=keepdims)
    mean = xp.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


@FUNCTIONS("median", order="a axis out overwrite_input keepdims")
def median(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The element in the middle, or the mean of the two there."""
    ordered = xp.sort(in_one_axis(xp, a, axis), axis=-1)
    n = ordered.shape[-1]
    middle = xp.mean(ordered[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    # NaN is sorted to the end, and wins.
    middle = xp.where(xp.isnan(ordered[..., -1]), math.nan, middle)
    return kept(xp, a, middle, axis) if keepdims else middle


@FUNCTIONS("nansum", order=REDUCED)
def nansum(xp: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum of what is a number."""
    return sum_(xp, a, axis, dtype, keepdims, where=~xp.isnan(a))


@FUNCTIONS("nanprod", order=REDUCED)
def nanprod(xp: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product of what is a number."""
    return prod(xp, a, axis, dtype, keepdims, where=~xp.isnan(a))


@FUNCTIONS("nanmean", order="a axis dtype out keepdims")
def nanmean(xp: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The mean of what is a number."""
    number = ~xp.isnan(a)
    counts = xp.sum(xp.where(number, xp.zeros_like(a) + 1.0, 0.0), axis=axis, keepdims=keepdims)
    return sum_(xp, a, axis, dtype, keepdims, where=number) / counts


@FUNCTIONS("nanmax", order="a axis out keepdims initial where")
def nanmax(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest of what is a number, NaN where there is none."""
    missing = xp.isnan(a)
    largest = xp.max(xp.where(missing, -math.inf, a), axis=axis, keepdims=keepdims)
    return xp.where(xp.all(missing, axis=axis, keepdims=keepdims), math.nan, largest)


@FUNCTIONS("nanmin", order="a axis out keepdims initial where")
def nanmin(xp: Any, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest of what is a number, NaN where there is none."""
    return -nanmax(xp, -a, axis, keepdims)


@FUNCTIONS("trapezoid")
def trapezoid(xp: Any, y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    y = as_array(xp, y)
    axis = normal_axis(axis, y.ndim)
    if x is not None:
        x = as_array(xp, x)
        dx = xp.diff(x, axis=0 if x.ndim == 1 else axis)
        if x.ndim == 1:
            dx = xp.reshape(dx, (-1, *(1,) * (y.ndim - axis - 1)))
    upper, lower = y[along(axis, slice(1, None))], y[along(axis, slice(None, -1))]
    return xp.sum(dx * (upper + lower) * 0.5, axis=axis)
