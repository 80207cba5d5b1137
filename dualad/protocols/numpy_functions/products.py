"""NumPy's products of arrays, and its linear algebra."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ...arrays.manipulation import normal_axes
from .einsum import einsum
from .translation import Translations, as_array, cast

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()

FUNCTIONS("einsum")(einsum)


@FUNCTIONS("dot", order="a b out")
def dot(xp: Any, a: Any, b: Any) -> Any:
    """The sum over the last axis of one and the last but one of the other."""
    a, b = as_array(xp, a), as_array(xp, b)
    if not a.shape or not b.shape:
        return a * b
    if len(a.shape) <= 2 and len(b.shape) <= 2:
        return xp.matmul(a, b)
    return xp.tensordot(a, b, axes=((a.ndim - 1,), (max(b.ndim - 2, 0),)))


@FUNCTIONS("inner")
def inner(xp: Any, a: Any, b: Any) -> Any:
    """The sum over the last axes."""
    a, b = as_array(xp, a), as_array(xp, b)
    if not a.shape or not b.shape:
        return a * b
    return xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


@FUNCTIONS("vdot")
def vdot(xp: Any, a: Any, b: Any, /) -> Any:
    """The sum of the products of all elements."""
    a, b = as_array(xp, a), as_array(xp, b)
    return xp.matmul(xp.reshape(a, (-1,)), xp.reshape(b, (-1,)))


@FUNCTIONS("outer", order="a b out")
def outer(xp: Any, a: Any, b: Any) -> Any:
    """The products of all pairs of elements."""
    a, b = as_array(xp, a), as_array(xp, b)
    return xp.reshape(a, (-1, 1)) * xp.reshape(b, (1, -1))


@FUNCTIONS("tensordot")
def tensordot(xp: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum over several axes of both."""
    a, b = as_array(xp, a), as_array(xp, b)
    if not isinstance(axes, int):
        of_a, of_b = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
        axes = (normal_axes(of_a, a.ndim), normal_axes(of_b, b.ndim))
    return xp.tensordot(a, b, axes=axes)


@FUNCTIONS("kron")
def kron(xp: Any, a: Any, b: Any) -> Any:
    """Blocks: the second array times each element of the first."""
    a, b = as_array(xp, a), as_array(xp, b)
    ndim = max(a.ndim, b.ndim)
    left = (*(1,) * (ndim - a.ndim), *a.shape)
    right = (*(1,) * (ndim - b.ndim), *b.shape)
    product = xp.reshape(a, tuple(m for n in left for m in (n, 1))) * xp.reshape(
        b, tuple(m for n in right for m in (1, n))
    )
    return xp.reshape(product, tuple(m * n for m, n in zip(left, right, strict=True)))


@FUNCTIONS("cross")
def cross(
    xp: Any,
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Any:
    """The vector product of three-dimensional vectors."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_array(xp, a), as_array(xp, b)
    a, b = xp.moveaxis(a, axisa, -1), xp.moveaxis(b, axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError("np.cross: on dual numbers both vectors must have three elements")
    return xp.moveaxis(xp.linalg.cross(*xp.broadcast_arrays(a, b), axis=-1), -1, axisc)


@FUNCTIONS("trace", order="a offset axis1 axis2 dtype out")
def trace(
    xp: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None
) -> Any:
    """The sum of a diagonal."""
    elements = diagonal(xp, a, offset, axis1, axis2)
    return xp.sum(elements if dtype is None else cast(xp, elements, dtype), axis=-1)


@FUNCTIONS("diagonal")
def diagonal(xp: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """A diagonal of two axes, as the last axis."""
    return xp.linalg.diagonal(xp.moveaxis(a, (axis1, axis2), (-2, -1)), offset=offset)


@FUNCTIONS("diag")
def diag(xp: Any, v: Any, k: int = 0) -> Any:
    """A diagonal, or the matrix that has it."""
    if v.ndim == 2:
        return xp.linalg.diagonal(v, offset=k)
    size = v.shape[0] + abs(k)
    padded = xp.concat([v, xp.zeros(abs(k), dtype=v.dtype)]) if k else v
    along = xp.reshape(padded, (-1, 1) if k >= 0 else (1, -1))
    # A selection and no product: an infinite element stays where it is.
    return xp.where(xp.eye(size, k=k, dtype=xp.bool), along, 0.0)


@FUNCTIONS("diagflat")
def diagflat(xp: Any, v: Any, k: int = 0) -> Any:
    """The matrix with all elements on its diagonal."""
    return diag(xp, xp.reshape(v, (-1,)), k)


@FUNCTIONS("tril")
def tril(xp: Any, m: Any, k: int = 0) -> Any:
    """The lower triangle."""
    return xp.tril(m, k=k)


@FUNCTIONS("triu")
def triu(xp: Any, m: Any, k: int = 0) -> Any:
    """The upper triangle."""
    return xp.triu(m, k=k)


@FUNCTIONS("linalg.norm")
def norm(xp: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or matrices, as many axes as are named."""
    x = as_array(xp, x)
    if isinstance(axis, Sequence) and len(axis) == 1:
        axis = axis[0]
    if axis is None and (ord is None or (ord == 2 and x.ndim == 1)):
        size = xp.euclidean_norm(x)
        return xp.reshape(size, (1,) * x.ndim) if keepdims else size
    if axis is None and x.ndim == 1:
        return xp.linalg.vector_norm(x, ord=2 if ord is None else ord, keepdims=keepdims)
    if isinstance(axis, int):
        return xp.linalg.vector_norm(x, axis=axis, ord=2 if ord is None else ord, keepdims=keepdims)
    axes = normal_axes(axis, x.ndim)
    if len(axes) != 2:
        raise ValueError(f"np.linalg.norm: a norm of {len(axes)} axes; vectors have 1, matrices 2")
    moved = xp.moveaxis(x, axes, (-2, -1))
    size = xp.linalg.matrix_norm(moved, ord="fro" if ord is None else ord)
    if not keepdims:
        return size
    return xp.reshape(size, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


@FUNCTIONS("linalg.multi_dot")
def multi_dot(xp: Any, arrays: Any) -> Any:
    """The product of several matrices, from the left."""
    return functools.reduce(lambda a, b: dot(xp, a, b), arrays)


@FUNCTIONS("linalg.eigh")
def eigh(xp: Any, a: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and vectors of a symmetric matrix, of which one triangle is read."""
    return xp.linalg.eigh(lower(xp, a, UPLO))


@FUNCTIONS("linalg.eigvalsh")
def eigvalsh(xp: Any, a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix, of which one triangle is read."""
    return xp.linalg.eigvalsh(lower(xp, a, UPLO))


def lower(xp: Any, a: Any, triangle: str) -> Any:
    """The matrix with the triangle that is read below."""
    return xp.matrix_transpose(a) if triangle.upper() == "U" else a


UNARY = ("inv", "det", "slogdet", "matrix_rank", "eig", "eigvals", "svd", "svdvals", "qr", "pinv")
"""Functions of one matrix, which NumPy calls as the standard does."""


def of_one_matrix(name: str) -> Callable[..., Any]:
    """The translation of one of them; those without a rule say so themselves."""
    return lambda xp, a: getattr(xp.linalg, name)(a)


for _name in UNARY:
    FUNCTIONS(f"linalg.{_name}")(of_one_matrix(_name))


@FUNCTIONS("linalg.matrix_power")
def matrix_power(xp: Any, a: Any, n: int) -> Any:
    """The product of n factors."""
    return xp.linalg.matrix_power(a, n)


@FUNCTIONS("linalg.solve")
def solve(xp: Any, a: Any, b: Any) -> Any:
    """The solution of a linear system."""
    return xp.linalg.solve(as_array(xp, a), as_array(xp, b))


@FUNCTIONS("linalg.cholesky")
def cholesky(xp: Any, a: Any, /, *, upper: bool = False) -> Any:
    """The triangular factor."""
    return xp.linalg.cholesky(a, upper=upper)


@FUNCTIONS("linalg.outer")
def standard_outer(xp: Any, x1: Any, x2: Any, /) -> Any:
    """The products of all pairs, as the standard has it."""
    return xp.linalg.outer(x1, x2)


@FUNCTIONS("linalg.cross")
def standard_cross(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The vector product, as the standard has it."""
    return xp.linalg.cross(x1, x2, axis=axis)


@FUNCTIONS("linalg.vecdot")
def standard_vecdot(xp: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum of products along an axis, as the standard has it."""
    return xp.vecdot(x1, x2, axis=axis)


@FUNCTIONS("linalg.matmul")
def standard_matmul(xp: Any, x1: Any, x2: Any, /) -> Any:
    """The product of matrices, as the standard has it."""
    return xp.matmul(x1, x2)


@FUNCTIONS("linalg.diagonal")
def standard_diagonal(xp: Any, x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of the last two axes, as the standard has it."""
    return xp.linalg.diagonal(x, offset=offset)


@FUNCTIONS("linalg.trace")
def standard_trace(xp: Any, x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of the diagonal of the last two axes, as the standard has it."""
    return xp.linalg.trace(x if dtype is None else cast(xp, x, dtype), offset=offset)


@FUNCTIONS("linalg.vector_norm")
def standard_vector_norm(
    xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2
) -> Any:
    """The norm of vectors, as the standard has it."""
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


@FUNCTIONS("linalg.matrix_norm")
def standard_matrix_norm(xp: Any, x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices, as the standard has it."""
    return xp.linalg.matrix_norm(x, keepdims=keepdims, ord=ord)


FUNCTIONS("linalg.tensordot")(tensordot)
