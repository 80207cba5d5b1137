"""Tangents that are written down instead of computed, and read backwards.

A `Linear` is a tangent that nobody has numbers for yet: a linear function of the inputs' tangents.
Every rule applies to it as to any tangent, since all that rules do with tangents is linear; each
step notes how a cotangent goes back through it. `pull_back` reads the notes from the end, and one
pass gives the derivative by all inputs: reverse mode, out of the same table of forward rules
(Radul et al., "You Only Linearize Once", POPL 2023).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from .arrays.manipulation import along, common_shape, normal_axes, normal_axis, resolved
from .namespace import Adapter, register, space_of
from .operators import Number
from .tangents import TangentNamespace, guarded_product

__all__ = ["Linear", "pull_back"]

_places = itertools.count()

Pull = Callable[[Any], Any]
"""What a cotangent of the result is as a cotangent of the operand."""


class Linear(Number):
    """A linear function of the inputs' tangents, by its last step.

    Parameters
    ----------
    shape : tuple of int
        The shape of the tangent.
    terms : tuple of (Linear, Pull)
        The operands of the last step, and how a cotangent goes back to each; empty for an input.
    """

    __slots__ = ("place", "shape", "terms")

    def __init__(self, shape: tuple[int, ...], terms: tuple[tuple[Linear, Pull], ...] = ()) -> None:
        self.shape = shape
        self.terms = terms
        self.place = next(_places)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> None:
        """None: what is not computed has no dtype."""
        return None

    def __getitem__(self, key: Any) -> Linear:
        return getitem(self, key)

    # Without looking for a namespace: a gradient of small arrays takes a fifth less time.
    def __add__(self, other: Any) -> Linear:
        return add(self, other)

    def __radd__(self, other: Any) -> Linear:
        return add(other, self)

    def __sub__(self, other: Any) -> Linear:
        return subtract(self, other)

    def __mul__(self, other: Any) -> Linear:
        return multiply(other, self)

    def __rmul__(self, other: Any) -> Linear:
        return multiply(other, self)

    def __truediv__(self, other: Any) -> Linear:
        return divide(self, other)

    def __neg__(self) -> Linear:
        return negative(self)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return LINEAR

    def __repr__(self) -> str:
        return f"Linear({self.shape})"

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{what} on the tangent of a gradient, which is written down and not computed: take "
            "the derivative with da.jvp or da.jacobian where the tangent itself is needed"
        )


def pull_back(output: Linear, cotangent: Any) -> dict[int, Any]:
    """The cotangents of all inputs, by their place."""
    reached: dict[int, Linear] = {}
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node.place not in reached:
            reached[node.place] = node
            waiting += [operand for operand, _ in node.terms]
    cotangents = {output.place: cotangent}
    # Every result is younger than its operands.
    for place in sorted(reached, reverse=True):
        terms = reached[place].terms
        if not terms:
            continue
        g = cotangents.pop(place)
        for operand, pull in terms:
            part = pull(g)
            known = cotangents.get(operand.place)
            cotangents[operand.place] = part if known is None else known + part
    return cotangents


def _same(g: Any) -> Any:
    return g


def summed_to(g: Any, shape: tuple[int, ...]) -> Any:
    """A cotangent summed over the axes along which its operand was broadcast."""
    if g.shape == shape:
        return g
    xp = space_of(g)
    extra = len(g.shape) - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, n in enumerate(shape) if n == 1 and g.shape[extra + i] != 1
    )
    return xp.reshape(xp.sum(g, axis=axes), shape) if axes else g


def _broadcast(a: tuple[int, ...], b: Any) -> tuple[int, ...]:
    shape = tuple(getattr(b, "shape", ()))
    return a if shape in ((), a) else common_shape([a, shape])


def multiply(x: Any, y: Any) -> Linear:
    """A constant times a tangent."""
    if isinstance(x, Linear):
        x, y = y, x
    if isinstance(x, Linear):
        raise TypeError("two tangents of one gradient are multiplied: that is no linear function")
    shape = y.shape
    return Linear(_broadcast(shape, x), ((y, lambda g: summed_to(g * x, shape)),))


def singular_multiply(x: Any, y: Linear) -> Linear:
    """A derivative that may be infinite times a tangent: a zero cotangent stays zero."""
    shape = y.shape

    def pull(g: Any) -> Any:
        return summed_to(guarded_product(x, g), shape)

    return Linear(_broadcast(shape, x), ((y, pull),))


def divide(x: Any, y: Any) -> Linear:
    """A tangent over a constant."""
    if isinstance(y, Linear):
        raise TypeError("something is divided by a tangent: that is no linear function")
    shape = x.shape
    return Linear(_broadcast(shape, y), ((x, lambda g: summed_to(g / y, shape)),))


def add(x: Any, y: Any) -> Linear:
    """The sum of two tangents; anything else that is added must be zero."""
    if type(x) is Linear and type(y) is Linear and x.shape == y.shape:
        return Linear(x.shape, ((x, _same), (y, _same)))
    terms: list[tuple[Linear, Pull]] = []
    shape: tuple[int, ...] = ()
    for operand in (x, y):
        shape = common_shape([shape, tuple(getattr(operand, "shape", ()))])
        if isinstance(operand, Linear):
            terms.append((operand, partial(summed_to, shape=operand.shape)))
    return Linear(shape, tuple(terms))


def subtract(x: Any, y: Any) -> Linear:
    """The difference of two tangents."""
    return add(x, negative(y) if isinstance(y, Linear) else y)


def negative(x: Linear) -> Linear:
    """A tangent turned round."""
    return Linear(x.shape, ((x, lambda g: -g),))


def where(condition: Any, x: Any, y: Any) -> Linear:
    """One tangent or the other; a constant among them must be zero."""
    shapes = [tuple(getattr(a, "shape", ())) for a in (condition, x, y)]
    terms = []
    for operand, taken in ((x, True), (y, False)):
        if isinstance(operand, Linear):

            def pull(g: Any, of: tuple[int, ...] = operand.shape, taken: bool = taken) -> Any:
                xp = space_of(g)
                chosen = (g, 0.0) if taken else (0.0, g)
                return summed_to(xp.where(condition, *chosen), of)

            terms.append((operand, pull))
    return Linear(common_shape(shapes), tuple(terms))


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
    return Linear(index_shape(old, key), ((x, lambda g: space_of(g).scatter(g, key, old)),))


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
        xp = space_of(g)
        if isinstance(x, Linear):
            constant = space_of(y).matrix_transpose(y)
            return summed_to(space_of(g, constant).matmul(g, constant), x.shape)
        constant = space_of(x).matrix_transpose(x)
        xp = space_of(g, constant)
        return summed_to(xp.matmul(constant, g), y.shape)

    if isinstance(x, Linear) and isinstance(y, Linear):
        raise TypeError("two tangents of one gradient are multiplied: that is no linear function")
    return Linear(shape, ((x if isinstance(x, Linear) else y, pull),))


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

    return Linear(shape, ((b, pull),))


def triangle(name: str) -> Callable[..., Linear]:
    """The function ``tril`` or ``triu``: its own transpose."""

    def function(x: Linear, /, *, k: int = 0) -> Linear:
        return Linear(x.shape, ((x, lambda g: getattr(space_of(g), name)(g, k=k)),))

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
