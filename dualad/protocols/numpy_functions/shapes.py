"""NumPy's changes of shape, joining, splitting and repetition."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ...arrays.manipulation import along, common_shape, normal_axes, normal_axis
from .translation import Translations, as_array, cast

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


def row_major(name: str, order: str) -> None:
    """Refuse an order of elements that other memory layouts have."""
    if order not in ("C", "K", "A"):
        raise TypeError(
            f"{name}: order={order!r} is not supported on dual numbers; write x.T for the other "
            "order of elements"
        )


def arrays_of(xp: Any, arrays: Any) -> list[Any]:
    """A sequence of arrays, or the rows of one."""
    return [as_array(xp, a) for a in arrays]


@FUNCTIONS("reshape")
def reshape(
    xp: Any, a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None
) -> Any:
    """Another shape."""
    row_major("np.reshape", order)
    shape = newshape if shape is None else shape
    return xp.reshape(a, tuple(shape) if isinstance(shape, Sequence) else (shape,))


@FUNCTIONS("ravel")
def ravel(xp: Any, a: Any, order: str = "C") -> Any:
    """All elements in one row."""
    row_major("np.ravel", order)
    return xp.reshape(a, (-1,))


@FUNCTIONS("transpose")
def transpose(xp: Any, a: Any, axes: Any = None) -> Any:
    """The axes in another order, or reversed."""
    ndim = len(a.shape)
    return xp.permute_dims(a, tuple(reversed(range(ndim))) if axes is None else tuple(axes))


@FUNCTIONS("swapaxes")
def swapaxes(xp: Any, a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    order = list(range(a.ndim))
    i, j = normal_axis(axis1, a.ndim), normal_axis(axis2, a.ndim)
    order[i], order[j] = order[j], order[i]
    return xp.permute_dims(a, tuple(order))


@FUNCTIONS("moveaxis")
def moveaxis(xp: Any, a: Any, source: Any, destination: Any) -> Any:
    """Axes moved."""
    return xp.moveaxis(a, source, destination)


@FUNCTIONS("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(xp: Any, x: Any, /) -> Any:
    """The last two axes exchanged."""
    return xp.matrix_transpose(x)


@FUNCTIONS("expand_dims")
def expand_dims(xp: Any, a: Any, axis: Any) -> Any:
    """New axes of length one."""
    new = axis if isinstance(axis, Sequence) else (axis,)
    for place in sorted(normal_axes(tuple(new), a.ndim + len(new))):
        a = xp.expand_dims(a, axis=place)
    return a


@FUNCTIONS("squeeze")
def squeeze(xp: Any, a: Any, axis: Any = None) -> Any:
    """Without axes of length one."""
    if axis is None:
        axis = tuple(i for i, n in enumerate(a.shape) if n == 1)
    return xp.squeeze(a, axis=axis) if axis != () else a


def at_least(xp: Any, a: Any, ndim: int) -> Any:
    """With axes of length one in front; the third comes behind, as in NumPy."""
    a = as_array(xp, a)
    shape = tuple(a.shape)
    if len(shape) >= ndim:
        return a
    if ndim == 3 and len(shape) > 0:
        return xp.reshape(a, (1, *shape, 1) if len(shape) == 1 else (*shape, 1))
    return xp.reshape(a, (*(1,) * (ndim - len(shape)), *shape))


def several_at_least(xp: Any, arrays: Sequence[Any], ndim: int) -> Any:
    """One array, or a tuple of several."""
    made = tuple(at_least(xp, a, ndim) for a in arrays)
    return made[0] if len(made) == 1 else made


@FUNCTIONS("atleast_1d")
def atleast_1d(xp: Any, *arrays: Any) -> Any:
    """With one axis or more."""
    return several_at_least(xp, arrays, 1)


@FUNCTIONS("atleast_2d")
def atleast_2d(xp: Any, *arrays: Any) -> Any:
    """With two axes or more."""
    return several_at_least(xp, arrays, 2)


@FUNCTIONS("atleast_3d")
def atleast_3d(xp: Any, *arrays: Any) -> Any:
    """With three axes or more."""
    return several_at_least(xp, arrays, 3)


@FUNCTIONS("broadcast_to")
def broadcast_to(xp: Any, array: Any, shape: Any) -> Any:
    """Repeated to a larger shape."""
    return xp.broadcast_to(array, tuple(shape) if isinstance(shape, Sequence) else (shape,))


@FUNCTIONS("broadcast_arrays")
def broadcast_arrays(xp: Any, *arrays: Any) -> Any:
    """All in their common shape."""
    parts = arrays_of(xp, arrays)
    shape = common_shape([tuple(a.shape) for a in parts])
    return tuple(xp.broadcast_to(a, shape) for a in parts)


@FUNCTIONS("concatenate", order="arrays axis out")
def concatenate(xp: Any, arrays: Any, axis: int | None = 0, dtype: Any = None) -> Any:
    """Joined along an axis."""
    joined = xp.concat(arrays_of(xp, arrays), axis=axis)
    return joined if dtype is None else cast(xp, joined, dtype)


@FUNCTIONS("stack", order="arrays axis out")
def stack(xp: Any, arrays: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Joined along a new axis."""
    joined = xp.stack(arrays_of(xp, arrays), axis=axis)
    return joined if dtype is None else cast(xp, joined, dtype)


@FUNCTIONS("hstack")
def hstack(xp: Any, tup: Any) -> Any:
    """Side by side."""
    parts = [at_least(xp, a, 1) for a in tup]
    return xp.concat(parts, axis=0 if parts[0].ndim == 1 else 1)


@FUNCTIONS("vstack")
def vstack(xp: Any, tup: Any) -> Any:
    """One above the other."""
    return xp.concat([at_least(xp, a, 2) for a in tup], axis=0)


@FUNCTIONS("dstack")
def dstack(xp: Any, tup: Any) -> Any:
    """One behind the other."""
    return xp.concat([at_least(xp, a, 3) for a in tup], axis=2)


@FUNCTIONS("column_stack")
def column_stack(xp: Any, tup: Any) -> Any:
    """Vectors as the columns of a matrix."""
    parts = arrays_of(xp, tup)
    return xp.concat([xp.reshape(a, (-1, 1)) if a.ndim < 2 else a for a in parts], axis=1)


@FUNCTIONS("append")
def append(xp: Any, arr: Any, values: Any, axis: int | None = None) -> Any:
    """Joined at the end."""
    return xp.concat(arrays_of(xp, (arr, values)), axis=axis)


@FUNCTIONS("array_split")
def array_split(xp: Any, ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts, the first ones longer by one where the length does not divide."""
    axis = normal_axis(axis, ary.ndim)
    length = ary.shape[axis]
    if isinstance(indices_or_sections, Sequence) or hasattr(indices_or_sections, "shape"):
        cuts = [0, *(int(i) for i in indices_or_sections), length]
    else:
        sections = int(indices_or_sections)
        each, longer = divmod(length, sections)
        cuts = [i * each + min(i, longer) for i in range(sections + 1)]
    return [ary[along(axis, slice(a, b))] for a, b in itertools.pairwise(cuts)]


@FUNCTIONS("split")
def split(xp: Any, ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Equal parts, or parts from place to place."""
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError(
            f"np.split: axis {axis} of length {ary.shape[axis]} has no {indices_or_sections} equal "
            "parts; write np.array_split"
        )
    return array_split(xp, ary, indices_or_sections, axis)


@FUNCTIONS("hsplit")
def hsplit(xp: Any, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts side by side."""
    return split(xp, ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


@FUNCTIONS("vsplit")
def vsplit(xp: Any, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts one above the other."""
    return split(xp, ary, indices_or_sections, 0)


@FUNCTIONS("dsplit")
def dsplit(xp: Any, ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts one behind the other."""
    return split(xp, ary, indices_or_sections, 2)


@FUNCTIONS("unstack")
def unstack(xp: Any, x: Any, /, *, axis: int = 0) -> Any:
    """Taken apart along an axis."""
    return xp.unstack(x, axis=axis)


@FUNCTIONS("flip")
def flip(xp: Any, m: Any, axis: Any = None) -> Any:
    """In reverse order."""
    return xp.flip(m, axis=axis)


@FUNCTIONS("flipud")
def flipud(xp: Any, m: Any) -> Any:
    """Upside down."""
    return xp.flip(m, axis=0)


@FUNCTIONS("fliplr")
def fliplr(xp: Any, m: Any) -> Any:
    """Left to right."""
    return xp.flip(m, axis=1)


@FUNCTIONS("rot90")
def rot90(xp: Any, m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turned by quarters."""
    first, second = axes
    if k % 4 == 0:
        return m
    if k % 4 == 2:
        return xp.flip(m, axis=tuple(axes))
    if k % 4 == 1:
        return swapaxes(xp, xp.flip(m, axis=second), first, second)
    return xp.flip(swapaxes(xp, m, first, second), axis=second)


@FUNCTIONS("roll")
def roll(xp: Any, a: Any, shift: Any, axis: Any = None) -> Any:
    """Shifted around."""
    return xp.roll(a, shift, axis=axis)


@FUNCTIONS("tile")
def tile(xp: Any, A: Any, reps: Any) -> Any:
    """Copies side by side."""
    return xp.tile(A, tuple(reps) if isinstance(reps, Sequence) else (int(reps),))


@FUNCTIONS("repeat")
def repeat(xp: Any, a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element several times."""
    return xp.repeat(a, repeats, axis=axis)


@FUNCTIONS("meshgrid")
def meshgrid(
    xp: Any, *arrays: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> Any:
    """The coordinates of a grid."""
    if sparse:
        raise TypeError("np.meshgrid: sparse=True is not supported on dual numbers; write reshape")
    return tuple(xp.meshgrid(*arrays_of(xp, arrays), indexing=indexing))
