"""Elements taken, sorted and found.

Floating-point numbers are compared by integers in the same order, `ordinal`. TensorFlow itself has
no order for NaN (which NumPy sorts to the end), and sorts by negation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from .operands import tensor, together
from .predicates import INTEGERS_OF, isnan
from .shapes import axis_of, moved_last, rank_of, sizes

__all__ = ["FUNCTIONS"]


def ordinal(x: Any) -> Any:
    """Integers in the order of ``x``: -0.0 is 0.0, and NaN is the largest of all."""
    if x.dtype.is_bool:
        return tf.cast(x, tf.int8)
    if x.dtype.is_complex:
        raise TypeError(f"{x.dtype.name} numbers have no order; write xp.abs(x) or xp.real(x)")
    if x.dtype.is_integer:
        return x
    integer = INTEGERS_OF[x.dtype.size]
    zero, largest = tf.zeros((), integer), tf.constant(integer.max, integer)
    bits = tf.bitcast(tf.where(tf.equal(x, 0.0), tf.zeros((), x.dtype), x), integer)
    # Below zero the order of the bits is the reverse.
    ordered = tf.where(bits < zero, tf.bitwise.bitwise_xor(bits, largest), bits)
    return tf.where(isnan(x), largest, ordered)


def _wrapped(indices: Any, size: Any) -> Any:
    """Indices, negative ones counted from the end."""
    indices = tensor(indices)
    if not indices.dtype.is_integer:
        raise TypeError(f"indices are integers, got a tensor of dtype {indices.dtype.name}")
    if indices.dtype.is_unsigned or indices.dtype.size < 4:
        indices = tf.cast(indices, tf.int64)
    return tf.where(indices < 0, indices + tf.cast(size, indices.dtype), indices)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """Slices along an axis, by their indices; negative ones count from the end."""
    x = tensor(x)
    if axis is None and rank_of(x) != 1:
        raise ValueError(f"axis is needed for a tensor of shape {x.shape}; write axis=...")
    axis = axis_of(axis or 0, rank_of(x))
    return tf.gather(x, _wrapped(indices, sizes(x)[axis]), axis=axis)


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Elements by their indices along an axis; the other axes broadcast."""
    x, indices = tensor(x), tensor(indices)
    rank = rank_of(x)
    if rank_of(indices) != rank:
        raise ValueError(f"indices of {rank} dimensions, like x; got shape {indices.shape}")
    (x, back), (indices, _) = moved_last(x, axis), moved_last(indices, axis)
    indices = _wrapped(indices, sizes(x)[-1])
    if x.shape[:-1] != indices.shape[:-1] or not x.shape[:-1].is_fully_defined():
        shape = tf.broadcast_dynamic_shape(tf.shape(x)[:-1], tf.shape(indices)[:-1])
        x = tf.broadcast_to(x, tf.concat([shape, tf.shape(x)[-1:]], 0))
        indices = tf.broadcast_to(indices, tf.concat([shape, tf.shape(indices)[-1:]], 0))
    taken = tf.gather(x, indices, axis=rank - 1, batch_dims=rank - 1)
    return tf.transpose(taken, back)


def _order(x: Any, descending: bool) -> Any:
    """The indices that sort the last axis; of equals the first comes first."""
    keys = ordinal(x)
    # top_k sorts down. Inverting the bits reverses the order of integers, the smallest included.
    keys = keys if descending else tf.bitwise.invert(keys)
    return tf.math.top_k(keys, sizes(x)[-1])[1]


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices (int64) that sort an axis, always stable; NaN is the largest."""
    x, back = moved_last(tensor(x), axis)
    return tf.transpose(tf.cast(_order(x, descending), tf.int64), back)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """``x`` sorted along an axis, always stable; NaN is the largest."""
    x, back = moved_last(tensor(x), axis)
    order = _order(x, descending)
    return tf.transpose(tf.gather(x, order, axis=-1, batch_dims=rank_of(x) - 1), back)


def _argument(function: Callable[..., Any], largest: bool) -> Callable[..., Any]:
    def found(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
        x = tensor(x)
        keys = ordinal(x)
        if x.dtype.is_floating and not largest:  # NaN comes first here too
            keys = tf.where(isnan(x), tf.constant(keys.dtype.min, keys.dtype), keys)
        if axis is None:
            result = function(tf.reshape(keys, [-1]), 0)
            return tf.reshape(result, [1] * rank_of(x)) if keepdims else result
        axis = axis_of(axis, rank_of(x))
        result = function(keys, axis)
        return tf.expand_dims(result, axis) if keepdims else result

    found.__doc__ = (
        f"The index (int64) of the first {'largest' if largest else 'smallest'} element, or NaN."
    )
    return found


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The indices (int64) of what is true, or not zero, a tensor for each axis."""
    x = tensor(x)
    if rank_of(x) == 0:
        raise ValueError("a number without axes has no indices; write xp.reshape(x, (1,)) first")
    return tuple(tf.unstack(tf.where(tf.not_equal(x, tf.zeros((), x.dtype))), axis=1))


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where (int64) elements would have to be put into a sorted vector."""
    x1, x2 = together(x1, x2)
    if rank_of(x1) != 1:
        raise ValueError(f"the sorted tensor is a vector; got shape {x1.shape}")
    x1 = x1 if sorter is None else take(x1, sorter)
    keys, wanted = ordinal(x1), ordinal(x2)
    if keys.dtype.size < 4:  # these have no kernel
        keys, wanted = tf.cast(keys, tf.int32), tf.cast(wanted, tf.int32)
    found = tf.searchsorted(keys, tf.reshape(wanted, [-1]), side=side, out_type=tf.int64)
    return tf.reshape(found, tf.shape(x2))


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Any:
    """Whether each element of ``x1`` is among those of ``x2``; NaN is not."""
    x1, x2 = together(x1, x2)
    among = tf.reshape(x2, [-1])
    if x1.dtype.is_complex:
        found = tf.reduce_any(tf.equal(x1[..., None], among), -1)
    else:
        among = sort(among)
        left, right = (searchsorted(among, x1, side=side) for side in ("left", "right"))
        found = tf.logical_and(left < right, tf.logical_not(isnan(x1)))
    return tf.logical_not(found) if invert else found


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Any
    inverse_indices: Any


def unique_all(x: Any, /) -> UniqueAll:
    """The different elements, sorted, each NaN by itself; where the first is, which is where."""
    x = tensor(x)
    flat = tf.reshape(x, [-1])
    order = argsort(flat)
    ordered = tf.gather(flat, order)
    is_first = tf.concat([tf.ones_like(order[:1], tf.bool), ordered[1:] != ordered[:-1]], 0)
    starts = tf.where(is_first)[:, 0]
    number = tf.cumsum(tf.cast(is_first, tf.int64)) - 1
    inverse = tf.reshape(tf.gather(number, argsort(order)), tf.shape(x))
    counts = tf.concat([starts[1:], tf.size(flat, tf.int64)[None]], 0)[: tf.size(starts)] - starts
    return UniqueAll(tf.gather(ordered, starts), tf.gather(order, starts), inverse, counts)


def unique_counts(x: Any, /) -> UniqueCounts:
    """The different elements, sorted, and how often each is there (int64)."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any, /) -> UniqueInverse:
    """The different elements, sorted, and for each element which of them it is (int64)."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any, /) -> Any:
    """The different elements, sorted."""
    return unique_all(x).values


FUNCTIONS: dict[str, Any] = {
    "argmax": _argument(tf.argmax, True),
    "argmin": _argument(tf.argmin, False),
    "argsort": argsort,
    "isin": isin,
    "nonzero": nonzero,
    "searchsorted": searchsorted,
    "sort": sort,
    "take": take,
    "take_along_axis": take_along_axis,
    "unique_all": unique_all,
    "unique_counts": unique_counts,
    "unique_inverse": unique_inverse,
    "unique_values": unique_values,
}
