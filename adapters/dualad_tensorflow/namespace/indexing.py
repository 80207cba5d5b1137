"""Indices as NumPy takes them, where TensorFlow takes numbers, slices and masks only.

A key that has arrays in it is looked up in the numbers of the elements, which a graph must know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .operands import tensor

__all__ = ["FUNCTIONS"]


def _has_arrays(key: Any) -> bool:
    """Whether a key has arrays in it, and not numbers and slices only."""
    keys = key if isinstance(key, tuple) else (key,)
    return any(isinstance(k, list) or len(getattr(k, "shape", ())) > 0 for k in keys)


def _plain(key: Any) -> Any:
    """A part of a key as NumPy takes it."""
    if not tf.is_tensor(key):
        return key
    known = tf.get_static_value(key)
    if known is None:
        raise TypeError(
            "an index among several that a graph does not know yet; write xp.take(x, indices, "
            "axis=...) or xp.where(mask, ...) instead of x[...]"
        )
    return known


def _places(shape: Sequence[Any], key: Any) -> Any:
    """The numbers of the elements at a key, counted along the last axis first."""
    if all(isinstance(n, int) for n in shape):
        keys = key if isinstance(key, tuple) else (key,)
        return np.arange(math.prod(shape)).reshape(shape)[tuple(map(_plain, keys))]
    if _has_arrays(key):
        raise TypeError(
            "an array as an index where the graph does not know the sizes; write "
            "xp.take(x, indices, axis=...) instead of x[...]"
        )
    return tf.reshape(tf.range(tf.reduce_prod(tf.stack(list(shape)))), shape)[key]


def getitem(x: Any, key: Any, /) -> Any:
    """``x[key]``, by arrays of integers and masks too."""
    x = tensor(x)
    if not _has_arrays(key):
        return x[key]
    if not isinstance(key, tuple | list) and tf.as_dtype(key.dtype).is_bool:
        return tf.boolean_mask(x, key)
    return tf.gather(tf.reshape(x, [-1]), _places(tuple(x.shape), key))


def scatter(x: Any, key: Any, shape: Sequence[Any], /) -> Any:
    """Zeros of a shape with ``x`` added at a key, as often as a place is named there."""
    places = _places(tuple(shape), key)
    values = tf.broadcast_to(tensor(x), tf.shape(places))
    flat = tf.reshape(places, [-1, 1])
    size = tf.reduce_prod(tf.stack([tf.cast(n, flat.dtype) for n in shape])) if shape else 1
    total = tf.scatter_nd(flat, tf.reshape(values, [-1]), tf.cast([size], flat.dtype))
    return tf.reshape(total, tf.stack(list(shape)) if shape else tf.TensorShape(()))


FUNCTIONS: dict[str, Any] = {
    "getitem": getitem,
    "scatter": scatter,
}
"""Beyond the standard: what dualad's derivatives of array functions are written in."""
