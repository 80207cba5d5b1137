"""Reductions and running sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .operands import floating, in_single, tensor
from .shapes import axes_of, axis_of, count, rank_of, sizes

__all__ = ["FUNCTIONS"]

Axis = int | tuple[int, ...] | None


def _accumulating(x: Any, dtype: Any) -> Any:
    """``x`` in the dtype that its sum has: small integers are summed in 32 bits."""
    if dtype is None:
        dtype = x.dtype
        if dtype.is_bool or (dtype.is_integer and dtype.size < 4):
            dtype = tf.uint32 if dtype.is_unsigned else tf.int32
    return tensor(x, tf.as_dtype(dtype))


def _reduced(function: Callable[..., Any], x: Any, axis: Axis, keepdims: bool) -> Any:
    """A reduction, half types in single precision."""
    # Without an axis the rank may be unknown.
    axes = None if axis is None else axes_of(axis, rank_of(x))
    return in_single(function, [x], axes, keepdims=keepdims)


def sum(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum along axes, of small integers in 32 bits."""
    return _reduced(tf.reduce_sum, _accumulating(tensor(x), dtype), axis, keepdims)


def prod(x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product along axes, of small integers in 32 bits."""
    return _reduced(tf.reduce_prod, _accumulating(tensor(x), dtype), axis, keepdims)


def _extreme(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    def extreme(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
        x = tensor(x)
        if x.shape.rank is not None:
            along = [x.shape[a] for a in axes_of(axis, x.shape.rank)]
            if 0 in along:
                raise ValueError(f"there is no {name} of no elements: shape {tuple(x.shape)}")
        if x.dtype.is_bool:
            return tf.cast(_reduced(function, tf.cast(x, tf.int8), axis, keepdims), tf.bool)
        return _reduced(function, x, axis, keepdims)

    extreme.__doc__ = f"The {name} along axes."
    return extreme


def mean(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean along axes."""
    return _reduced(tf.reduce_mean, floating(x), axis, keepdims)


def var(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variance along axes; squares are divided by their number less ``correction``."""
    x = floating(x)
    axes = axes_of(axis, rank_of(x))
    number = count(x, axes)

    def variance(x: Any) -> Any:
        deviation = x - tf.reduce_mean(x, axes, keepdims=True)
        squares = tf.math.real(deviation * tf.math.conj(deviation))
        left = tf.maximum(tf.cast(number, squares.dtype) - correction, 0.0)
        return tf.reduce_sum(squares, axes, keepdims=keepdims) / left

    return in_single(variance, [x])


def std(x: Any, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation along axes, the square root of `var`."""

    def deviation(x: Any) -> Any:
        return tf.sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))

    return in_single(deviation, [floating(x)])


def logsumexp(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """The logarithm of the sum of exponentials along axes."""
    return _reduced(tf.reduce_logsumexp, floating(x), axis, keepdims)


def _cumulative(function: Callable[..., Any], initial: int) -> Callable[..., Any]:
    def cumulative(
        x: Any,
        /,
        *,
        axis: int | None = None,
        dtype: Any = None,
        include_initial: bool = False,
    ) -> Any:
        x = _accumulating(tensor(x), dtype)
        if axis is None and rank_of(x) != 1:
            raise ValueError(f"axis is needed for a tensor of shape {x.shape}; write axis=...")
        axis = axis_of(axis or 0, rank_of(x))
        result = in_single(function, [x], axis)
        if not include_initial:
            return result
        first = sizes(x)
        first[axis] = 1
        return tf.concat([tf.fill(first, tf.constant(initial, x.dtype)), result], axis)

    cumulative.__doc__ = f"The running {'product' if initial else 'sum'} along an axis."
    return cumulative


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The ``n``-th difference of neighbours along an axis; of truth values, whether they differ."""
    if n < 0:
        raise ValueError(f"n says how often to take differences; got {n}")
    x = tensor(x)
    axis = axis_of(axis, rank_of(x))
    if n == 0:
        return tf.identity(x)
    parts = [tensor(p, x.dtype) for p in (prepend, x, append) if p is not None]
    x = tf.concat(parts, axis)
    before = (slice(None),) * axis
    for _ in range(n):
        later, earlier = x[(*before, slice(1, None))], x[(*before, slice(None, -1))]
        x = tf.not_equal(later, earlier) if x.dtype.is_bool else later - earlier
    return x


def _nonzero(x: Any) -> Any:
    x = tensor(x)
    return x if x.dtype.is_bool else tf.not_equal(x, tf.zeros((), x.dtype))


def all(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether all elements along axes are true, or not zero."""
    return _reduced(tf.reduce_all, _nonzero(x), axis, keepdims)


def any(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether any element along axes is true, or not zero."""
    return _reduced(tf.reduce_any, _nonzero(x), axis, keepdims)


def count_nonzero(x: Any, /, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """How many elements along axes are true, or not zero: int64."""
    return _reduced(tf.reduce_sum, tf.cast(_nonzero(x), tf.int64), axis, keepdims)


FUNCTIONS: dict[str, Any] = {
    "all": all,
    "any": any,
    "count_nonzero": count_nonzero,
    "cumulative_prod": _cumulative(tf.math.cumprod, 1),
    "cumulative_sum": _cumulative(tf.cumsum, 0),
    "diff": diff,
    "logsumexp": logsumexp,
    "max": _extreme(tf.reduce_max, "maximum"),
    "mean": mean,
    "min": _extreme(tf.reduce_min, "minimum"),
    "prod": prod,
    "std": std,
    "sum": sum,
    "var": var,
}
