"""Shapes: what rearranges elements is linear, and a tangent goes through as it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .row import ArrayRow

__all__ = ["ROWS", "along", "common_shape", "normal_axes", "normal_axis", "resolved"]


def normal_axis(axis: int, ndim: int) -> int:
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise IndexError(f"axis {axis} is out of bounds for an array of {ndim} dimensions")
    return axis % ndim


def normal_axes(axes: Any, ndim: int) -> tuple[int, ...]:
    """Several axes counted from the front; None means all."""
    if axes is None:
        return tuple(range(ndim))
    return tuple(normal_axis(a, ndim) for a in (axes if isinstance(axes, Sequence) else (axes,)))


def resolved(shape: Sequence[int], old: Sequence[int]) -> tuple[int, ...]:
    """A shape with its -1 replaced by the length that is left."""
    if -1 not in shape:
        return tuple(shape)
    known = math.prod(n for n in shape if n != -1)
    return tuple(math.prod(old) // known if n == -1 else n for n in shape)


def along(axis: int, key: Any) -> tuple[Any, ...]:
    """The index that applies ``key`` to one axis."""
    return (*(slice(None),) * axis, key, ...)


def expand_dims(xp: Any, x: Any, /, axis: int = 0, **_: Any) -> Any:
    """A new axis of length one."""
    axis = normal_axis(axis, x.ndim + 1)
    return xp.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


def squeeze(xp: Any, x: Any, /, axis: Any = None) -> Any:
    """Without the given axes of length one; NumPy's ``axis=None`` means all of them."""
    if axis is None:
        axis = tuple(i for i, n in enumerate(x.shape) if n == 1)
    axes = normal_axes(axis, x.ndim)
    if any(x.shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: an axis of {axes} in shape {x.shape} is longer than one")
    return xp.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in axes))


def flip(xp: Any, x: Any, /, *, axis: Any = None) -> Any:
    """In reverse order along the axes."""
    axes = normal_axes(axis, x.ndim)
    turned, straight = slice(None, None, -1), slice(None)
    return x[tuple(turned if i in axes else straight for i in range(x.ndim))]


def moveaxis(xp: Any, x: Any, source: Any, destination: Any, /) -> Any:
    """Axes moved, the others in their order."""
    sources, targets = normal_axes(source, x.ndim), normal_axes(destination, x.ndim)
    order = [i for i in range(x.ndim) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return xp.permute_dims(x, tuple(order))


def matrix_transpose(xp: Any, x: Any, /) -> Any:
    """The last two axes exchanged."""
    return xp.permute_dims(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def stack(xp: Any, arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Joined along a new axis."""
    axis = normal_axis(axis, arrays[0].ndim + 1)
    return xp.concat([expand_dims(xp, a, axis) for a in arrays], axis=axis)


def unstack(xp: Any, x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """Taken apart along an axis."""
    axis = normal_axis(axis, x.ndim)
    return tuple(x[along(axis, i)] for i in range(x.shape[axis]))


def broadcast_arrays(xp: Any, *arrays: Any) -> tuple[Any, ...]:
    """All in their common shape."""
    shape = common_shape([a.shape for a in arrays])
    return tuple(xp.broadcast_to(a, shape) for a in arrays)


def common_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The broadcast shape."""
    ndim = max(map(len, shapes), default=0)
    padded = [(1,) * (ndim - len(s)) + tuple(s) for s in shapes]
    common = []
    for lengths in zip(*padded, strict=True):
        longer = {n for n in lengths if n != 1}
        if len(longer) > 1:
            raise ValueError(f"shapes {', '.join(map(str, shapes))} do not broadcast together")
        common.append(longer.pop() if longer else 1)
    return tuple(common)


def roll(xp: Any, x: Any, /, shift: Any, *, axis: Any = None) -> Any:
    """Shifted along the axes; what leaves at one end enters at the other."""
    if axis is None:
        return xp.reshape(roll(xp, xp.reshape(x, (-1,)), shift, axis=0), x.shape)
    axes = normal_axes(axis, x.ndim)
    shifts = tuple(shift) if isinstance(shift, Sequence) else (shift,) * len(axes)
    for by, a in zip(shifts, axes, strict=True):
        length = x.shape[a]
        cut = (length - by) % length if length else 0
        if cut:
            x = xp.concat([x[along(a, slice(cut, None))], x[along(a, slice(None, cut))]], axis=a)
    return x


def tile(xp: Any, x: Any, repetitions: tuple[int, ...], /) -> Any:
    """Copies side by side."""
    ndim = max(x.ndim, len(repetitions))
    shape = (1,) * (ndim - x.ndim) + tuple(x.shape)
    counts = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    # Each axis becomes (copies, length): one broadcast makes all the copies.
    apart = xp.reshape(x, tuple(m for n in shape for m in (1, n)))
    wide = tuple(m for c, n in zip(counts, shape, strict=True) for m in (c, n))
    return xp.reshape(
        xp.broadcast_to(apart, wide), tuple(c * n for c, n in zip(counts, shape, strict=True))
    )


def repeat(xp: Any, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element several times."""
    if axis is None:
        x, axis = xp.reshape(x, (-1,)), 0
    axis = normal_axis(axis, x.ndim)
    if not isinstance(repeats, int):
        counts = [int(count) for count in repeats]
        counts *= x.shape[axis] if len(counts) == 1 else 1
        places = [i for i, count in enumerate(counts) for _ in range(count)]
        space = xp.space(repeats)
        return x[along(axis, space.asarray(places, dtype=space.int64))]
    before, length, behind = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    # One broadcast makes all the copies.
    wide = xp.broadcast_to(
        xp.reshape(x, (*before, length, 1, *behind)), (*before, length, repeats, *behind)
    )
    return xp.reshape(wide, (*before, length * repeats, *behind))


def meshgrid(xp: Any, *arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of a grid; with ``"xy"`` the first two axes change places."""
    grid = [
        xp.reshape(a, tuple(-1 if j == i else 1 for j in range(len(arrays))))
        for i, a in enumerate(arrays)
    ]
    wide = broadcast_arrays(xp, *grid)
    if indexing == "ij" or len(arrays) < 2:
        return wide
    order = (1, 0, *range(2, len(arrays)))
    return tuple(xp.permute_dims(a, order) for a in wide)


def diff(
    xp: Any, x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None
) -> Any:
    """Differences of neighbours, ``n`` times."""
    axis = normal_axis(axis, x.ndim)
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = xp.concat(parts, axis=axis)
    for _ in range(n):
        x = x[along(axis, slice(1, None))] - x[along(axis, slice(None, -1))]
    return x


def diagonal(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of the last two axes."""
    rows, columns = x.shape[-2:]
    first = -offset * columns if offset < 0 else offset
    length = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    flat = xp.reshape(x, (*x.shape[:-2], rows * columns))
    last = first + length * (columns + 1)
    return flat[(..., slice(first, max(first, last - columns), columns + 1))]


def trace(xp: Any, x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of the diagonal of the last two axes."""
    return xp.sum(diagonal(xp, x, offset=offset), axis=-1)


ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "reshape",
        kind="linear",
        signature="x, shape",
        summary="The elements in another shape, in row-major order",
    ),
    ArrayRow(
        "permute_dims",
        kind="linear",
        signature="x, axes",
        summary="The axes in another order",
    ),
    ArrayRow(
        "matrix_transpose",
        kind="linear",
        written=matrix_transpose,
        summary="The last two axes exchanged",
    ),
    ArrayRow(
        "moveaxis",
        kind="linear",
        written=moveaxis,
        signature="x, source, destination",
        summary="Axes moved, the others in their order",
    ),
    ArrayRow(
        "expand_dims",
        kind="linear",
        written=expand_dims,
        signature="x, axis=0",
        summary="A new axis of length one",
    ),
    ArrayRow(
        "squeeze",
        kind="linear",
        written=squeeze,
        signature="x, axis",
        summary="Without axes of length one",
    ),
    ArrayRow(
        "broadcast_to",
        kind="linear",
        signature="x, shape",
        summary="Repeated to a larger shape",
    ),
    ArrayRow(
        "broadcast_arrays",
        kind="linear",
        arrays=-1,
        written=broadcast_arrays,
        signature="*arrays",
        summary="All in their common shape",
    ),
    ArrayRow(
        "concat",
        kind="linear",
        arrays=0,
        signature="arrays, axis=0",
        summary="Joined along an axis",
    ),
    ArrayRow(
        "stack",
        kind="linear",
        arrays=0,
        written=stack,
        signature="arrays, axis=0",
        summary="Joined along a new axis",
    ),
    ArrayRow(
        "unstack",
        kind="linear",
        written=unstack,
        signature="x, axis=0",
        summary="Taken apart along an axis",
    ),
    ArrayRow(
        "meshgrid",
        kind="linear",
        arrays=-1,
        written=meshgrid,
        signature='*arrays, indexing="xy"',
        summary="The coordinates of a grid",
    ),
    ArrayRow(
        "flip",
        kind="linear",
        written=flip,
        signature="x, axis=None",
        summary="In reverse order",
    ),
    ArrayRow(
        "roll",
        kind="linear",
        written=roll,
        signature="x, shift, axis=None",
        summary="Shifted around",
    ),
    ArrayRow(
        "tile",
        kind="linear",
        written=tile,
        signature="x, repetitions",
        summary="Copies side by side",
    ),
    ArrayRow(
        "repeat",
        kind="linear",
        written=repeat,
        signature="x, repeats, axis=None",
        summary="Each element several times",
    ),
    ArrayRow(
        "tril",
        kind="linear",
        signature="x, k=0",
        summary="The lower triangle, zeros above it",
    ),
    ArrayRow(
        "triu",
        kind="linear",
        signature="x, k=0",
        summary="The upper triangle, zeros below it",
    ),
    ArrayRow(
        "diff",
        kind="composed",
        written=diff,
        signature="x, axis=-1, n=1, prepend=None, append=None",
        summary="Differences of neighbours",
        derivative="the same differences of the tangents",
    ),
    ArrayRow(
        "diagonal",
        kind="linear",
        extension="linalg",
        written=diagonal,
        signature="x, offset=0",
        summary="The diagonal of the last two axes",
    ),
    ArrayRow(
        "trace",
        kind="linear",
        extension="linalg",
        written=trace,
        signature="x, offset=0",
        summary="The sum of the diagonal of the last two axes",
    ),
)
