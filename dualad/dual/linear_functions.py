"""The functions of written-down tangents: the linear ones, each with its way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..arrays.manipulation import along, common_shape, normal_axes, normal_axis, resolved
from ..namespace import Adapter, register, space_of
from .linear import Linear, add, divide, multiply, negative, subtract, summed_to, where
from .tangents import TangentNamespace

__all__ = ["LINEAR"]


def zeros_like(x: Linear) -> float:
    """The number zero: it broadcasts to any shape, and has any dtype."""
    return 0.0


def sum_(x: Linear, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Linear:
    """The sum; its cotangent is the same for all that was summed."""
    axes = normal_axes(axis, x.ndim)
    full = x.shape
    flat = tuple(1 if i in axes else n for i, n in enumerate(full))
    shape = flat if keepdims else tuple(n for i, n in enumerate(full) if i not in axes)

    def pull(g: Any) -> Any:
        xp = space_of(g)
        return xp.broadcast_to(xp.reshape(g, flat) if g.shape != flat else g, full)

    return Linear(shape, ((x, pull),))


def reshape(x: Linear, /, shape: Any, *, copy: Any = None) -> Linear:
    """Another shape and back."""
    old = x.shape
    shape = resolved(shape, old)
    return Linear(shape, ((x, lambda g: space_of(g).reshape(g, old)),))


def permute_dims(x: Linear, /, axes: Sequence[int]) -> Linear:
    """Another order and back."""
    order = normal_axes(tuple(axes), x.ndim)
    back = tuple(order.index(i) for i in range(len(order)))
    shape = tuple(x.shape[i] for i in order)
    return Linear(shape, ((x, lambda g: space_of(g).permute_dims(g, back)),))


def broadcast_to(x: Linear, /, shape: Any) -> Linear:
    """Repeated; the cotangents of all copies add up."""
    old = x.shape
    return x if old == tuple(shape) else Linear(tuple(shape), ((x, lambda g: summed_to(g, old)),))


def getitem(x: Linear, key: Any) -> Linear:
    """Some elements; the cotangent of the others is zero."""
    old = x.shape
    terms = ((x, lambda g: space_of(g).scatter(g, key, old)),)
    return Linear(index_shape(old, key), terms, selects=True)


def scatter(x: Linear, key: Any, shape: tuple[int, ...]) -> Linear:
    """Elements put into zeros, and taken out again."""
    return Linear(tuple(shape), ((x, lambda g: space_of(g).getitem(g, key)),))


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Linear:
    """Joined, and taken apart again; constants among the parts must be zero."""
    if axis is None:
        arrays, axis = [space_of(a).reshape(a, (-1,)) for a in arrays], 0
    axis = normal_axis(axis, len(arrays[0].shape))
    terms, start = [], 0
    for part in arrays:
        stop = start + part.shape[axis]
        if isinstance(part, Linear):
            key = along(axis, slice(start, stop))
            terms.append((part, lambda g, key=key: g[key]))
        start = stop
    shape = arrays[0].shape
    return Linear((*shape[:axis], start, *shape[axis + 1 :]), tuple(terms))


def cumulative_sum(
    x: Linear, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Linear:
    """Sums from the front; cotangents are summed from the back."""
    axis = 0 if axis is None else normal_axis(axis, x.ndim)
    old = x.shape

    def pull(g: Any) -> Any:
        xp = space_of(g)
        g = g[along(axis, slice(1, None))] if include_initial else g
        return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)

    longer = old[axis] + include_initial
    return Linear((*old[:axis], longer, *old[axis + 1 :]), ((x, pull),))


def matmul(x: Any, y: Any, /) -> Linear:
    """A product of matrices, one of them constant."""
    if len(x.shape) == 1:
        product = matmul(space_of(x).reshape(x, (1, -1)), y)
        return (
            reshape(product, (*product.shape[:-2], product.shape[-1]))
            if len(y.shape) > 1
            else reshape(product, ())
        )
    if len(y.shape) == 1:
        product = matmul(x, space_of(y).reshape(y, (-1, 1)))
        return reshape(product, product.shape[:-1])
    batch = common_shape([tuple(x.shape[:-2]), tuple(y.shape[:-2])])
    shape = (*batch, x.shape[-2], y.shape[-1])

    def pull(g: Any) -> Any:
        if isinstance(x, Linear):
            constant = space_of(y).matrix_transpose(y)
            return summed_to(space_of(g, constant).matmul(g, constant), x.shape)
        constant = space_of(x).matrix_transpose(x)
        xp = space_of(g, constant)
        return summed_to(xp.matmul(constant, g), y.shape)

    if isinstance(x, Linear) and isinstance(y, Linear):
        raise TypeError("two tangents of one gradient are multiplied: that is no linear function")
    operand, constant = (x, y) if isinstance(x, Linear) else (y, x)
    return Linear(shape, ((operand, pull),), constant=constant)


def solve(a: Any, b: Any, /) -> Linear:
    """A linear system with a constant matrix; back goes its transpose."""
    if isinstance(a, Linear):
        raise TypeError("a system is solved for a tangent's matrix: that is no linear function")
    if b.ndim == 1:
        return reshape(solve(a, reshape(b, (-1, 1))), (*a.shape[:-2], a.shape[-1]))
    shape = (*common_shape([tuple(a.shape[:-2]), b.shape[:-2]]), *b.shape[-2:])

    def pull(g: Any) -> Any:
        transposed = space_of(a).matrix_transpose(a)
        return summed_to(space_of(g, transposed).linalg.solve(transposed, g), b.shape)

    return Linear(shape, ((b, pull),), constant=a)


def triangle(name: str) -> Callable[..., Linear]:
    """The function ``tril`` or ``triu``: its own transpose."""

    def function(x: Linear, /, *, k: int = 0) -> Linear:
        terms = ((x, lambda g: getattr(space_of(g), name)(g, k=k)),)
        return Linear(x.shape, terms, selects=True)

    return function


def index_shape(shape: tuple[int, ...], key: Any) -> tuple[int, ...]:
    """The shape of ``x[key]``; memory that nobody writes to is not there."""
    keys = key if isinstance(key, tuple) else (key,)
    return tuple(np.empty(shape, bool)[tuple(map(_place, keys))].shape)


def _place(key: Any) -> Any:
    """A part of a key that selects as many elements: of indices only the shape matters."""
    if not hasattr(key, "shape"):
        return key
    return np.asarray(key) if "bool" in str(key.dtype) else np.zeros(tuple(key.shape), int)


def not_linear(name: str) -> Callable[..., Any]:
    """What is called for all other functions: it raises."""

    def function(*arguments: Any, **options: Any) -> NoReturn:
        raise TypeError(f"{name} of the tangent of a gradient: that is no linear function")

    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": add,
    "subtract": subtract,
    "multiply": multiply,
    "divide": divide,
    "negative": negative,
    "positive": lambda x: x,
    "where": where,
    "zeros_like": zeros_like,
    "sum": sum_,
    "reshape": reshape,
    "permute_dims": permute_dims,
    "broadcast_to": broadcast_to,
    "getitem": getitem,
    "scatter": scatter,
    "concat": concat,
    "cumulative_sum": cumulative_sum,
    "matmul": matmul,
    "solve": solve,
    "tril": triangle("tril"),
    "triu": triangle("triu"),
    "astype": lambda x, dtype, *, copy=True: x,
}

LINEAR = TangentNamespace("tangents of a gradient", Linear, FUNCTIONS, not_linear)
register(Linear, Adapter(LINEAR, level=3))
