"""Tangents along many directions at once.

A batch of directions looks like one tangent of the primal's shape and holds an array with one more
axis, the first: so one pass of a function gives a whole Jacobian, in a few large array operations
instead of a Python loop. Rules do not know that it is there. Batches of two transforms nest: to the
younger one the other is an array like any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..arrays.indexing import has_arrays, places_of
from ..arrays.manipulation import common_shape, normal_axes, normal_axis, resolved
from ..arrays.row import ArrayRow
from ..namespace import Adapter, array_namespace, register
from ..protocols.operators import Number
from ..rules import TABLE
from ..scalars import is_scalar
from .numbers import Tagged
from .tangents import TangentNamespace, array_row

__all__ = ["Directions", "full", "innermost", "unbatched"]


class Directions(Number):
    """Tangents along several directions.

    Parameters
    ----------
    array : array or Directions
        One direction after the other along the first axis.
    level : int
        The transform that they belong to; the highest is outermost.
    """

    __slots__ = ("array", "level")

    def __init__(self, array: Any, level: float) -> None:
        self.array = array
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one direction."""
        return tuple(self.array.shape[1:])

    @property
    def ndim(self) -> int:
        """The number of dimensions of one direction."""
        return len(self.array.shape) - 1

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return self.array.dtype

    def __getitem__(self, key: Any) -> Directions:
        return getitem(self, key)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return DIRECTIONS

    def __repr__(self) -> str:
        return f"Directions({self.array!r})"

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{what} on a batch of directions would take them for one number")


def unbatched(x: Any, level: float, directions: int) -> Any:
    """A tangent with its directions as an axis, the first; one without is repeated."""
    if isinstance(x, Directions) and x.level == level:
        return x.array
    if isinstance(x, Tagged):
        # An outer transform's number, whose components have the directions.
        value = unbatched(x.value, level, directions)
        whole = (
            c if c is None else unbatched(full(c, x.value), level, directions) for c in x.components
        )
        return x.like(value, *whole)
    if hasattr(x, "unbatched"):
        return x.unbatched(level, directions)  # written down, it knows the way back
    xp = array_namespace(x)
    return xp.broadcast_to(xp.expand_dims(x, axis=0), (directions, *x.shape))


def innermost(x: Any) -> Any:
    """The array below all dual numbers and batches."""
    while isinstance(x, Tagged | Directions):
        x = x.value if isinstance(x, Tagged) else x.array
    return x


def full(tangent: Any, value: Any) -> Any:
    """A tangent in the shape of its value.

    Raises
    ------
    ValueError
        It does not broadcast to it.
    """
    if is_scalar(tangent):
        return array_namespace(value).zeros_like(value) + tangent
    if tangent.shape == value.shape:
        return tangent
    shape = tuple(value.shape)
    if None not in shape and common_shape([tuple(tangent.shape), shape]) != shape:
        raise ValueError(
            f"a tangent of shape {tuple(tangent.shape)} does not broadcast to its value's {shape}"
        )
    return array_namespace(tangent).broadcast_to(tangent, shape)


def outermost(operands: Sequence[Any]) -> float:
    """The level of the youngest batch."""
    return max(a.level for a in operands if isinstance(a, Directions))


def elementwise(name: str) -> Callable[..., Any]:
    """An element-wise function of directions and arrays."""

    def function(*arguments: Any) -> Any:
        level = outermost(arguments)
        ndim = max(len(a.shape) for a in arguments if hasattr(a, "shape"))
        own = [aligned(a, level, ndim) for a in arguments]
        result = getattr(array_namespace(*own), name)(*own)
        return Directions(result, level)

    return function


def aligned(x: Any, level: float, ndim: int) -> Any:
    """The array of a batch, with axes of length one behind its directions; others as they are."""
    if not (isinstance(x, Directions) and x.level == level):
        return x
    missing = ndim - x.ndim
    if missing == 0:
        return x.array
    shape = x.array.shape
    return array_namespace(x.array).reshape(x.array, (shape[0], *(1,) * missing, *shape[1:]))


def unsupported(name: str) -> Callable[..., Any]:
    """What is called for the functions that are not written here: the element-wise ones."""
    if name in TABLE:
        return elementwise(name)

    def function(*arguments: Any, **options: Any) -> NoReturn:
        raise TypeError(f"{name} of a tangent along several directions: that is no linear function")

    return function


def lifted(change: Callable[..., Any]) -> Callable[..., Any]:
    """A core function of one batch: ``change(xp, array, *rest, **options)``, directions first."""

    def function(x: Directions, /, *rest: Any, **options: Any) -> Directions:
        return Directions(change(array_namespace(x.array), x.array, *rest, **options), x.level)

    return function


def later(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes of a direction as axes of the batch; ``ndim`` is the batch's."""
    return tuple(a + 1 for a in normal_axes(axis, ndim - 1))


def native(name: str) -> Callable[..., Any]:
    """A function of the last axes alone: the directions are one more axis in front of them."""
    row = array_row(name)
    assert isinstance(row, ArrayRow)
    return lifted(lambda xp, a, *rest, **options: row.of(xp)(a, *rest, **options))


def cumulative_sum(
    xp: Any, a: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    """Sums from the front."""
    along = 1 + normal_axis(0 if axis is None else axis, a.ndim - 1)
    return xp.cumulative_sum(a, axis=along, include_initial=include_initial)


def broadcast_to(xp: Any, a: Any, shape: Any) -> Any:
    """Repeated, each direction to the shape."""
    wide = (a.shape[0], *(1,) * (len(shape) - a.ndim + 1), *a.shape[1:])
    return xp.broadcast_to(xp.reshape(a, wide), (a.shape[0], *shape))


def getitem(x: Directions, key: Any) -> Directions:
    """``x[key]`` of each direction."""
    keys = key if isinstance(key, tuple) else (key,)
    taken = array_namespace(x.array).getitem(x.array, (slice(None), *keys))
    advanced = [i for i, k in enumerate(keys) if isinstance(k, int | list) or hasattr(k, "shape")]
    arrays = [np.asarray(keys[i]) for i in advanced if not isinstance(keys[i], int)]
    if arrays and advanced[-1] - advanced[0] >= len(advanced):
        # Indices apart from each other put their axes first, before that of the directions.
        front = max(1 if k.dtype == bool else k.ndim for k in arrays)
        taken = array_namespace(taken).moveaxis(taken, front, 0)
    return Directions(taken, x.level)


def take(xp: Any, a: Any, indices: Any, *, axis: int | None = None) -> Any:
    """The elements at the indices along one axis of each direction."""
    along = 0 if axis is None else normal_axis(axis, a.ndim - 1)
    return xp.take(a, indices, axis=1 + along)


def take_along_axis(xp: Any, a: Any, indices: Any, *, axis: int = -1) -> Any:
    """The elements at the indices along one axis, the same in each direction."""
    along = 1 + normal_axis(axis, a.ndim - 1)
    space = array_namespace(indices)
    shape = tuple(
        n if i + 1 == along else max(m, n) if m and n else 0
        for i, (m, n) in enumerate(zip(a.shape[1:], indices.shape, strict=True))
    )
    indices = space.broadcast_to(space.expand_dims(indices, axis=0), (a.shape[0], *shape))
    return xp.take_along_axis(a, indices, axis=along)


def scatter(xp: Any, a: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros with each direction added at the key."""
    keys = key if isinstance(key, tuple) else (key,)
    if not has_arrays(key):
        return xp.scatter(a, (slice(None), *keys), (a.shape[0], *shape))
    # Indices apart from each other would put their axes before that of the directions.
    places = places_of(key, tuple(shape))
    flat = (a.shape[0], math.prod(shape))
    own = xp.reshape(a, (a.shape[0], places.size))
    return xp.reshape(
        xp.scatter(own, (slice(None), places.reshape(-1)), flat), (a.shape[0], *shape)
    )


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Directions:
    """Joined; what has no directions is the same in all of them."""
    level = outermost(arrays)
    if axis is None:
        arrays, axis = [array_namespace(a).reshape(a, (-1,)) for a in arrays], 0
    directions = next(
        a.array.shape[0] for a in arrays if isinstance(a, Directions) and a.level == level
    )
    parts = [unbatched(a, level, directions) for a in arrays]
    place = 1 + normal_axis(axis, parts[0].ndim - 1)
    return Directions(array_namespace(*parts).concat(parts, axis=place), level)


def matmul(x: Any, y: Any, /) -> Directions:
    """A product of matrices, of which one or both are batches."""
    if x.ndim == 1:
        row = matmul(array_namespace(x).reshape(x, (1, -1)), y)
        at = -2 if y.ndim > 1 else -1
        return squeezed(row, at)
    if y.ndim == 1:
        return squeezed(matmul(x, array_namespace(y).reshape(y, (-1, 1))), -1)
    level, ndim = outermost((x, y)), max(x.ndim, y.ndim)
    own = [aligned(a, level, ndim) for a in (x, y)]
    return Directions(array_namespace(*own).matmul(*own), level)


def squeezed(x: Directions, axis: int) -> Directions:
    """Without one axis, counted from the back, of length one."""
    xp = array_namespace(x.array)
    return Directions(xp.squeeze(x.array, axis=axis), x.level)


def solve(a: Any, b: Any, /) -> Directions:
    """Linear systems for each direction."""
    if b.ndim == 1:
        return squeezed(solve(a, array_namespace(b).reshape(b, (-1, 1))), -1)
    level = outermost((a, b))
    batch = common_shape([a.shape[:-2], b.shape[:-2]])
    own = [aligned(m, level, len(batch) + 2) for m in (a, b)]
    return Directions(array_namespace(*own).linalg.solve(*own), level)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sum": lifted(
        lambda xp, a, *, axis=None, dtype=None, keepdims=False: xp.sum(
            a, axis=later(axis, a.ndim), keepdims=keepdims
        )
    ),
    "reshape": lifted(
        lambda xp, a, shape, *, copy=None: xp.reshape(
            a, (a.shape[0], *resolved(tuple(shape), tuple(a.shape[1:])))
        )
    ),
    "permute_dims": lifted(
        lambda xp, a, axes: xp.permute_dims(a, (0, *later(tuple(axes), a.ndim)))
    ),
    "broadcast_to": lifted(broadcast_to),
    "getitem": getitem,
    "take": lifted(take),
    "take_along_axis": lifted(take_along_axis),
    "scatter": lifted(scatter),
    "concat": concat,
    "cumulative_sum": lifted(cumulative_sum),
    "matmul": matmul,
    "solve": solve,
    "matrix_transpose": native("matrix_transpose"),
    "tril": native("tril"),
    "triu": native("triu"),
    "diagonal": native("diagonal"),
    "trace": native("trace"),
    "astype": lifted(lambda xp, a, dtype, *, copy=True: xp.astype(a, dtype, copy=copy)),
    "zeros_like": lifted(lambda xp, a: xp.zeros_like(a)),
}

DIRECTIONS = TangentNamespace(
    "tangents along several directions", Directions, FUNCTIONS, unsupported
)
register(Directions, Adapter(DIRECTIONS, level=1))
