"""Products of vectors and matrices, norms, and the solution of linear systems."""

from __future__ import annotations

import math
from typing import Any

from .manipulation import normal_axes, normal_axis
from .row import ArrayRow
from .scaling import near_one

__all__ = ["ROWS"]


def vecdot(xp: Any, x: Any, y: Any, /, *, axis: int = -1) -> Any:
    """The sum of products along an axis."""
    return xp.sum(xp.multiply(x, y), axis=axis)


def tensordot(xp: Any, x: Any, y: Any, /, *, axes: Any = 2) -> Any:
    """The sum of products over several axes, as one product of matrices."""
    if isinstance(axes, int):
        axes = (tuple(range(x.ndim - axes, x.ndim)), tuple(range(axes)))
    over_x, over_y = normal_axes(axes[0], x.ndim), normal_axes(axes[1], y.ndim)
    free_x = tuple(i for i in range(x.ndim) if i not in over_x)
    free_y = tuple(i for i in range(y.ndim) if i not in over_y)
    left, right = tuple(x.shape[i] for i in free_x), tuple(y.shape[i] for i in free_y)
    inner = math.prod(x.shape[i] for i in over_x)
    a = xp.reshape(xp.permute_dims(x, (*free_x, *over_x)), (math.prod(left), inner))
    b = xp.reshape(xp.permute_dims(y, (*over_y, *free_y)), (inner, math.prod(right)))
    return xp.reshape(xp.matmul(a, b), (*left, *right))


def outer(xp: Any, x: Any, y: Any, /) -> Any:
    """All products of two vectors' elements."""
    return xp.multiply(xp.expand_dims(x, axis=-1), y)


def cross(xp: Any, x: Any, y: Any, /, *, axis: int = -1) -> Any:
    """The vector product."""
    x1, x2, x3 = xp.unstack(x, axis=axis)
    y1, y2, y3 = xp.unstack(y, axis=axis)
    pairs = ((x2, y3, x3, y2), (x3, y1, x1, y3), (x1, y2, x2, y1))
    return xp.stack([xp.multiply(a, b) - xp.multiply(c, d) for a, b, c, d in pairs], axis=axis)


def vector_norm(
    xp: Any, x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2
) -> Any:
    """``(Σ |x|**ord)**(1 / ord)``."""
    if ord == 0:
        return xp.sum(xp.where(x == 0.0, xp.zeros_like(x), 1.0), axis=axis, keepdims=keepdims)
    size = xp.abs(x)
    if ord in (math.inf, -math.inf):
        return (xp.max if ord > 0 else xp.min)(size, axis=axis, keepdims=keepdims)
    if ord == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    return xp.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


HIGH_ORDER = 32.0
"""Above this order elements are divided by the largest: a number below two would overflow too."""


def vector_norm_tangent(
    xp: Any,
    result: Any,
    arrays: Any,
    tangents: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Any:
    """``Σ sign(x) (|x| / norm)**(ord - 1) dx``; zero where all elements are."""
    (x,), (dx,) = arrays, tangents
    if ord == 0:
        return xp.sum(dx * xp.zeros_like(x), axis=axis, keepdims=keepdims)
    axes = normal_axes(axis, x.ndim)
    norm = xp.reshape(result, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))
    if ord in (math.inf, -math.inf):
        chosen = xp.where(xp.abs(x) == norm, 1.0, xp.zeros_like(x))
        weight = xp.sign(x) * chosen / xp.sum(chosen, axis=axis, keepdims=True)
    elif ord == 1:
        weight = xp.sign(x)
    elif 0 in x.shape:
        weight = x
    else:
        # The norm of scaled elements: their powers are within the range.
        if abs(ord) > HIGH_ORDER:
            x = x / xp.magnitude(x, axis=axis, smallest=ord < 0)
        else:
            x = near_one(xp, x, axis=axis, smallest=ord < 0)
        norm = xp.linalg.vector_norm(x, axis=axis, keepdims=True, ord=ord)
        vanishes = norm == 0.0
        ratio = xp.where(vanishes, 1.0, x / xp.where(vanishes, 1.0, norm))
        weight = ratio if ord == 2 else xp.sign(x) * xp.abs(ratio) ** (ord - 1.0)
        weight = xp.where(vanishes, 0.0, weight)
    return xp.sum(dx * weight, axis=axis, keepdims=keepdims)


def euclidean_norm(xp: Any, x: Any, /) -> Any:
    """``√(x · x)`` of all elements, which ``np.linalg.norm`` rounds as a product of vectors."""
    flat = xp.reshape(x, (-1,))
    return xp.sqrt(xp.matmul(flat, flat))


def matrix_norm(xp: Any, x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrix of the last two axes."""
    if ord == "fro":
        return xp.linalg.vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord not in (1, -1, math.inf, -math.inf):
        raise NotImplementedError(
            f"linalg.matrix_norm: ord={ord!r} needs singular values, which have no derivative "
            'rule; there is one for "fro", 1, -1, inf and -inf'
        )
    axis = normal_axis(-2 if abs(ord) == 1 else -1, x.ndim)
    sums = xp.sum(xp.abs(x), axis=axis, keepdims=True)
    return (xp.max if ord > 0 else xp.min)(sums, axis=(-2, -1), keepdims=keepdims)


def solve_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """``solve(a, db - da x)``."""
    (a, b), (da, db) = arrays, tangents
    right = db
    if da is not None:
        product = (
            xp.matmul(da, xp.expand_dims(result, axis=-1))[..., 0]
            if b.ndim == 1
            else xp.matmul(da, result)
        )
        right = -product if db is None else db - product
    if b.ndim == 1 and right.ndim > 1:
        return xp.linalg.solve(a, xp.expand_dims(right, axis=-1))[..., 0]
    return xp.linalg.solve(a, right)


def inv_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """``-inv(a) da inv(a)``."""
    return -xp.matmul(xp.matmul(result, tangents[0]), result)


def det_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """The sum of the cofactors times ``da``."""
    return xp.sum(tangents[0] * cofactors(xp, arrays[0]), axis=(-2, -1))


def cofactors(xp: Any, a: Any) -> Any:
    """``det(a) inv(a)`` transposed, of a singular matrix too: the determinants of the minors.

    They are polynomials, so they have every derivative. A matrix of up to three rows takes them
    one by one; a larger one must be invertible.
    """
    n = a.shape[-1]
    if n > 3:
        inverse = xp.linalg.inv(a)
        return xp.linalg.det(a)[..., None, None] * xp.matrix_transpose(inverse)
    if n == 1:
        return xp.ones_like(a)
    if n == 2:
        (p, q), (r, s) = (xp.unstack(row, axis=-1) for row in xp.unstack(a, axis=-2))
        return xp.stack([xp.stack([s, -r], axis=-1), xp.stack([-q, p], axis=-1)], axis=-2)
    u, v, w = xp.unstack(a, axis=-2)
    return xp.stack([cross(xp, v, w), cross(xp, w, u), cross(xp, u, v)], axis=-2)


def slogdet_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """``(0, trace(inv(a) da))``: the sign is constant."""
    return None, xp.linalg.trace(xp.linalg.solve(arrays[0], tangents[0]))


def matrix_power(xp: Any, x: Any, n: int, /) -> Any:
    """``n`` factors, by squaring."""
    if n < 0:
        return matrix_power(xp, xp.linalg.inv(x), -n)
    if n == 0:
        return xp.zeros_like(x) + xp.space(x).eye(x.shape[-1], dtype=x.dtype)
    half = matrix_power(xp, x, n // 2) if n > 1 else None
    square = None if half is None else xp.matmul(half, half)
    return x if square is None else square if n % 2 == 0 else xp.matmul(square, x)


def cholesky_tangent(
    xp: Any, result: Any, arrays: Any, tangents: Any, *, upper: bool = False
) -> Any:
    """``l Φ(l⁻¹ da l⁻ᵀ)``, Φ the lower triangle with half the diagonal (Murray 2016)."""
    lower = xp.matrix_transpose(result) if upper else result
    # Only the symmetric part of a tangent moves along symmetric matrices.
    da = (tangents[0] + xp.matrix_transpose(tangents[0])) * 0.5
    inner = xp.linalg.solve(lower, xp.matrix_transpose(xp.linalg.solve(lower, da)))
    inner = (xp.tril(inner) + xp.tril(inner, k=-1)) * 0.5
    tangent = xp.matmul(lower, inner)
    return xp.matrix_transpose(tangent) if upper else tangent


def eigvalsh_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """The diagonal of ``vᵀ da v``."""
    vectors = xp.linalg.eigh(arrays[0])[1]
    da = (tangents[0] + xp.matrix_transpose(tangents[0])) * 0.5
    return xp.sum(xp.matmul(da, vectors) * vectors, axis=-2)


def eigh_tangent(xp: Any, result: Any, arrays: Any, tangents: Any) -> Any:
    """``diag(m)`` and ``v (f m)`` with m = vᵀ da v, f = 1 / (λⱼ - λᵢ).

    Of a repeated eigenvalue the vectors have no derivative: NaN.
    """
    values, vectors = result
    da = (tangents[0] + xp.matrix_transpose(tangents[0])) * 0.5
    m = xp.matmul(xp.matrix_transpose(vectors), xp.matmul(da, vectors))
    gap = xp.expand_dims(values, axis=-2) - xp.expand_dims(values, axis=-1)
    diagonal = xp.space(gap).eye(values.shape[-1], dtype=xp.space(gap).bool)
    turn = xp.where(diagonal, 0.0, m / xp.where(diagonal, 1.0, gap))
    return xp.linalg.diagonal(m), xp.matmul(vectors, turn)


LINALG = "linalg"
NO_RULE = "it has no derivative rule"

ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "matmul",
        kind="bilinear",
        arrays=2,
        signature="x, y",
        summary="The product of matrices",
    ),
    ArrayRow(
        "tensordot",
        kind="bilinear",
        arrays=2,
        written=tensordot,
        signature="x, y, axes=2",
        summary="The sum of products over several axes",
    ),
    ArrayRow(
        "vecdot",
        kind="bilinear",
        arrays=2,
        written=vecdot,
        signature="x, y, axis=-1",
        summary="The sum of products along an axis",
    ),
    ArrayRow(
        "outer",
        kind="bilinear",
        arrays=2,
        extension=LINALG,
        written=outer,
        signature="x, y",
        summary="All products of two vectors' elements",
    ),
    ArrayRow(
        "cross",
        kind="bilinear",
        arrays=2,
        extension=LINALG,
        written=cross,
        signature="x, y, axis=-1",
        summary="The vector product",
    ),
    ArrayRow(
        "vector_norm",
        kind="smooth",
        extension=LINALG,
        tangent=vector_norm_tangent,
        written=vector_norm,
        signature="x, axis=None, keepdims=False, ord=2",
        summary="The norm of vectors",
        derivative="Σ sign(x) (|x| / norm)^(ord-1) dx, 0 where the norm is",
    ),
    ArrayRow(
        "euclidean_norm",
        kind="smooth",
        tangent=vector_norm_tangent,
        written=euclidean_norm,
        summary="The norm of all elements",
        derivative="as of vector_norm",
    ),
    ArrayRow(
        "matrix_norm",
        kind="composed",
        extension=LINALG,
        written=matrix_norm,
        signature='x, keepdims=False, ord="fro"',
        summary="The norm of matrices",
        derivative='as of what it is made of; ord: "fro", 1, -1, inf, -inf',
    ),
    ArrayRow(
        "solve",
        kind="smooth",
        arrays=2,
        extension=LINALG,
        tangent=solve_tangent,
        signature="a, b",
        summary="The solution x of a x = b",
        derivative="a⁻¹ (db - da x)",
    ),
    ArrayRow(
        "inv",
        kind="smooth",
        extension=LINALG,
        tangent=inv_tangent,
        signature="a",
        summary="The inverse",
        derivative="-a⁻¹ da a⁻¹",
    ),
    ArrayRow(
        "det",
        kind="smooth",
        extension=LINALG,
        tangent=det_tangent,
        signature="a",
        summary="The determinant",
        derivative="Σ cofactor da; a matrix of more than three rows must be invertible",
    ),
    ArrayRow(
        "slogdet",
        kind="smooth",
        extension=LINALG,
        tangent=slogdet_tangent,
        signature="a",
        summary="Sign and logarithm of the determinant",
        derivative="0 and trace(a⁻¹ da)",
    ),
    ArrayRow(
        "matrix_power",
        kind="composed",
        extension=LINALG,
        written=matrix_power,
        signature="x, n",
        summary="The product of n factors",
        derivative="as of the products",
    ),
    ArrayRow(
        "cholesky",
        kind="smooth",
        extension=LINALG,
        tangent=cholesky_tangent,
        signature="a, upper=False",
        summary="The triangular factor l of a = l lᵀ",
        derivative="l Φ(l⁻¹ da l⁻ᵀ), Φ the lower triangle with half the diagonal",
    ),
    ArrayRow(
        "eigvalsh",
        kind="smooth",
        extension=LINALG,
        tangent=eigvalsh_tangent,
        signature="a",
        summary="The eigenvalues of a symmetric matrix",
        derivative="the diagonal of vᵀ da v",
    ),
    ArrayRow(
        "eigh",
        kind="smooth",
        extension=LINALG,
        tangent=eigh_tangent,
        signature="a",
        summary="Eigenvalues and vectors of a symmetric matrix",
        derivative="diag(m) and v (m / (λⱼ - λᵢ)), m = vᵀ da v",
    ),
    ArrayRow(
        "matrix_rank",
        kind="constant",
        extension=LINALG,
        signature="a",
        summary="The rank",
    ),
    *(
        ArrayRow(name, kind="refused", extension=LINALG, summary=summary)
        for name, summary in (
            ("eig", "The eigenvalues and vectors of a general matrix"),
            ("eigvals", "The eigenvalues of a general matrix"),
            ("pinv", "The pseudo-inverse"),
            ("qr", "The orthogonal and triangular factors"),
            ("svd", "The singular value decomposition"),
            ("svdvals", "The singular values"),
        )
    ),
)
