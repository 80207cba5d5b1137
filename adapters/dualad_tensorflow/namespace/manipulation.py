"""Shapes changed, tensors joined, split and repeated."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from .operands import tensor, together
from .shapes import axes_of, axis_of, rank_of, sizes

__all__ = ["FUNCTIONS"]


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that shapes have together."""
    return tuple(functools.reduce(tf.broadcast_static_shape, map(tf.TensorShape, shapes), _POINT))


_POINT = tf.TensorShape(())


def _common_shape(tensors: Sequence[Any]) -> Any:
    if all(t.shape.is_fully_defined() for t in tensors):
        return broadcast_shapes(*(t.shape for t in tensors))
    return functools.reduce(tf.broadcast_dynamic_shape, map(tf.shape, tensors))


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """The arrays in the shape that they have together."""
    tensors = [tensor(a) for a in arrays]
    return tuple(broadcast_to(t, _common_shape(tensors)) for t in tensors)


def broadcast_to(x: Any, /, shape: Any) -> Any:
    """``x`` repeated along new axes and along those of size one."""
    return tf.broadcast_to(tensor(x), _whole(shape))


def _whole(shape: Any) -> Any:
    """A shape for TensorFlow, to which an empty tuple is one of floating-point numbers."""
    return tf.TensorShape(()) if isinstance(shape, list | tuple) and len(shape) == 0 else shape


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an axis that they have; flattened first for None."""
    tensors = together(*arrays)
    if axis is None:
        return tf.concat([tf.reshape(t, [-1]) for t in tensors], 0)
    return tf.concat(tensors, axis_of(axis, rank_of(tensors[0])))


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays joined along a new axis."""
    return tf.stack(together(*arrays), axis)


def expand_dims(x: Any, /, axis: int | tuple[int, ...] = 0) -> Any:
    """``x`` with new axes of size one, counted in the result."""
    x = tensor(x)
    rank = rank_of(x) + (1 if isinstance(axis, int) else len(axis))
    for new in sorted(axes_of(axis, rank)):
        x = tf.expand_dims(x, new)
    return x


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """``x`` without some axes, which are of size one."""
    x = tensor(x)
    axes = axes_of(axis, rank_of(x))
    if any(x.shape[a] not in (1, None) for a in axes):
        raise ValueError(f"only axes of size one can go: axis {axis} of shape {tuple(x.shape)}")
    return tf.squeeze(x, axes) if axes else tf.identity(x)


def flip(x: Any, /, *, axis: int | tuple[int, ...] | None = None) -> Any:
    """``x`` with the order along axes reversed."""
    x = tensor(x)
    return tf.reverse(x, axes_of(axis, rank_of(x)))


def moveaxis(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Any:
    """``x`` with some axes elsewhere, and the others in their order."""
    x = tensor(x)
    rank = rank_of(x)
    sources, destinations = axes_of(source, rank), axes_of(destination, rank)
    if len(sources) != len(destinations):
        raise ValueError(f"as many destinations as sources: got {source} and {destination}")
    order = [i for i in range(rank) if i not in sources]
    for to, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(to, axis)
    return tf.transpose(x, order)


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """``x`` with its axes in another order."""
    x = tensor(x)
    rank = rank_of(x)
    order = axes_of(tuple(axes), rank)
    if len(order) != rank:
        raise ValueError(f"{rank} axes to put in order, got {axes}")
    return tf.transpose(x, order)


def reshape(x: Any, /, shape: Any, *, copy: bool | None = None) -> Any:
    """The same elements in another shape, of which one size may be -1."""
    if copy is False and not tf.is_tensor(x):
        raise ValueError("copy=False: only a tensor can be reshaped without a copy")
    shape = (shape,) if isinstance(shape, int) else _whole(shape)
    return tf.reshape(tensor(x), shape)


def roll(
    x: Any,
    /,
    shift: int | tuple[int, ...],
    *,
    axis: int | tuple[int, ...] | None = None,
) -> Any:
    """``x`` shifted along axes, what falls off at one end put back at the other."""
    x = tensor(x)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), tf.shape(x))
    # The same axis may be named twice: shifts add up.
    axes = [axis_of(a, rank_of(x)) for a in ((axis,) if isinstance(axis, int) else axis)]
    shifts = [shift] * len(axes) if isinstance(shift, int) else list(shift)
    return tf.roll(x, shifts, axes) if axes else tf.identity(x)


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element, or slice along an axis, as many times as told."""
    x = tensor(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    axis = axis_of(axis, rank_of(x))
    repeats = tf.cast(tensor(repeats), tf.int32)
    # By its indices: tf.repeat itself has no kernel for some dtypes.
    return tf.gather(x, tf.repeat(tf.range(sizes(x)[axis]), repeats), axis=axis)


def tile(x: Any, repetitions: Sequence[int], /) -> Any:
    """``x`` laid out side by side, so many times along each axis."""
    x = tensor(x)
    rank, times = rank_of(x), list(repetitions)
    times = [1] * (rank - len(times)) + times
    for _ in range(len(times) - rank):
        x = x[None]
    if x.dtype == tf.uint16:  # there is no kernel
        return tf.bitcast(tf.tile(tf.bitcast(x, tf.int16), times), tf.uint16)
    return tf.tile(x, times) if times else tf.identity(x)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, whose size must be known."""
    x = tensor(x)
    axis = axis_of(axis, rank_of(x))
    if x.shape[axis] is None:
        raise ValueError(
            "the number of slices is unknown in this graph; write tf.map_fn(...) over the axis, "
            "or tf.ensure_shape(x, ...) first"
        )
    return tuple(tf.unstack(x, axis=axis))


FUNCTIONS: dict[str, Any] = {
    "broadcast_arrays": broadcast_arrays,
    "broadcast_shapes": broadcast_shapes,
    "broadcast_to": broadcast_to,
    "concat": concat,
    "expand_dims": expand_dims,
    "flip": flip,
    "moveaxis": moveaxis,
    "permute_dims": permute_dims,
    "repeat": repeat,
    "reshape": reshape,
    "roll": roll,
    "squeeze": squeeze,
    "stack": stack,
    "tile": tile,
    "unstack": unstack,
}
