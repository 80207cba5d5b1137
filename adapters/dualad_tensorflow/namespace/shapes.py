"""Axes and sizes: Python numbers where they are known, tensors where a graph leaves them open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

__all__ = ["axes_of", "axis_of", "count", "moved_last", "rank_of", "sizes"]


def rank_of(x: Any) -> int:
    """The number of dimensions, which must be known."""
    if x.shape.rank is None:
        raise ValueError(
            "the number of dimensions is unknown in this graph; write tf.ensure_shape(x, "
            "[None, ...]) first"
        )
    return int(x.shape.rank)


def sizes(x: Any) -> list[Any]:
    """The size of each axis."""
    rank = rank_of(x)
    if x.shape.is_fully_defined():
        return list(x.shape)
    shape = tf.shape(x)
    return [shape[i] if x.shape[i] is None else x.shape[i] for i in range(rank)]


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the first; negative ones count from the last."""
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is out of bounds: there are {rank} dimensions")
    return axis % rank


def axes_of(axis: int | Sequence[int] | None, rank: int) -> list[int]:
    """One axis, several or, for None, all of them, counted from the first."""
    if axis is None:
        return list(range(rank))
    axes = [axis_of(a, rank) for a in ([axis] if isinstance(axis, int) else axis)]
    if len(set(axes)) < len(axes):
        raise ValueError(f"an axis is named twice in {axis}")
    return axes


def count(x: Any, axes: Sequence[int]) -> Any:
    """The number of elements along the axes."""
    along = [sizes(x)[a] for a in axes]
    if all(isinstance(n, int) for n in along):
        return math.prod(along)
    return tf.reduce_prod(tf.stack(along))


def moved_last(x: Any, axis: int) -> tuple[Any, list[int]]:
    """``x`` with an axis moved to the end, and the permutation that moves it back."""
    rank = rank_of(x)
    axis = axis_of(axis, rank)
    order = [i for i in range(rank) if i != axis] + [axis]
    back = [order.index(i) for i in range(rank)]
    return (x if axis == rank - 1 else tf.transpose(x, order)), back
