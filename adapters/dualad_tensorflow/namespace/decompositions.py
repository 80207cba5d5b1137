"""Linear algebra of matrices and stacks of them: norms, solutions, factors.

Integers are taken in the default floating dtype, half types in single precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from .dtypes import HALF, finfo
from .operands import floating, in_single, together
from .products import conjugate_transpose, matmul
from .shapes import axes_of, rank_of, sizes

__all__ = ["LINALG"]


class Eigenvalues(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Any
    eigenvectors: Any


class Orthogonal(NamedTuple):
    """What `qr` gives."""

    Q: Any
    R: Any


class Determinant(NamedTuple):
    """What `slogdet` gives."""

    sign: Any
    logabsdet: Any


class SingularValues(NamedTuple):
    """What `svd` gives."""

    U: Any
    S: Any
    Vh: Any


def _matrices(x: Any) -> Any:
    x = floating(x)
    if rank_of(x) < 2:
        raise ValueError(f"a matrix has two axes; got a tensor of shape {x.shape}")
    return x


def _several(kind: Callable[..., Any], function: Callable[..., Any], x: Any) -> Any:
    """A function with several results, half types in single precision."""
    x = _matrices(x)
    if x.dtype not in HALF:
        return kind(*function(x))
    return kind(*(tf.cast(r, x.dtype) for r in function(tf.cast(x, tf.float32))))


def _of_matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    def of_any(x: Any, /) -> Any:
        return in_single(function, [_matrices(x)])

    of_any.__doc__ = function.__doc__
    return of_any


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The triangular factor of positive definite matrices."""
    factor = _of_matrices(tf.linalg.cholesky)(x)
    return conjugate_transpose(factor) if upper else factor


def eigh(x: Any, /) -> Eigenvalues:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices; the lower half counts."""

    def solved(x: Any) -> tuple[Any, Any]:
        values, vectors = tf.linalg.eigh(x)
        return tf.math.real(values), vectors

    result: Eigenvalues = _several(Eigenvalues, solved, x)
    return result


def _eigenvalues(x: Any) -> Any:
    return tf.math.real(tf.linalg.eigvalsh(x))


def qr(x: Any, /, *, mode: str = "reduced") -> Orthogonal:
    """Matrices as products of an orthogonal and a triangular factor."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"mode is 'reduced' or 'complete', got {mode!r}")
    complete = mode == "complete"
    result: Orthogonal = _several(Orthogonal, lambda x: tf.linalg.qr(x, full_matrices=complete), x)
    return result


def svd(x: Any, /, *, full_matrices: bool = True) -> SingularValues:
    """Singular values, descending, with both sets of vectors."""

    def decomposed(x: Any) -> tuple[Any, Any, Any]:
        values, left, right = tf.linalg.svd(x, full_matrices=full_matrices)
        return left, values, conjugate_transpose(right)

    result: SingularValues = _several(SingularValues, decomposed, x)
    return result


def _singular_values(x: Any) -> Any:
    return tf.linalg.svd(x, compute_uv=False)


svdvals = _of_matrices(_singular_values)


def slogdet(x: Any, /) -> Determinant:
    """The sign of determinants and the logarithm of their absolute value."""
    result: Determinant = _several(Determinant, tf.linalg.slogdet, x)
    return result


def solve(x1: Any, x2: Any, /) -> Any:
    """The ``y`` with ``x1 @ y = x2``, for a vector ``x2`` or a stack of matrices."""
    x1, x2 = (floating(x) for x in together(x1, x2))
    vector = rank_of(x2) == 1

    def solved(a: Any, b: Any) -> Any:
        # TensorFlow does not broadcast the stacks.
        stacks = [tf.shape(a)[:-2], tf.shape(b)[:-2]]
        stack = tf.broadcast_dynamic_shape(*stacks)
        a, b = (tf.broadcast_to(m, tf.concat([stack, tf.shape(m)[-2:]], 0)) for m in (a, b))
        return tf.linalg.solve(a, b)

    solution = in_single(solved, (_matrices(x1), x2[:, None] if vector else x2))
    return solution[..., 0] if vector else solution


def matrix_power(x: Any, n: int, /) -> Any:
    """Square matrices multiplied by themselves; inverted first for a negative ``n``."""
    x = _matrices(x) if n < 0 else tf.convert_to_tensor(x)
    if n < 0:
        x, n = in_single(tf.linalg.inv, [x]), -n
    power = None
    while n:
        if n % 2:
            power = x if power is None else matmul(power, x)
        n //= 2
        x = matmul(x, x) if n else x
    if power is None:
        *batch, rows, _ = sizes(x)
        power = tf.eye(rows, batch_shape=batch, dtype=x.dtype)
    return power


def _tolerance(rtol: Any, x: Any) -> Any:
    """Below which part of the largest singular value another one counts as zero."""
    return max(x.shape[-2:]) * finfo(x.dtype).eps if rtol is None else rtol


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The number (int64) of singular values that are not small beside the largest."""
    x = _matrices(x)
    values = svdvals(x)
    bound = _tolerance(rtol, x) * tf.reduce_max(values, -1)
    return tf.reduce_sum(tf.cast(values > bound[..., None], tf.int64), -1)


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse; small singular values count as zero."""
    x = _matrices(x)
    return in_single(tf.linalg.pinv, [x], _tolerance(rtol, x))


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm of vectors along axes: ``sum(|x|**ord)**(1/ord)``, and what that tends to."""

    def norm(x: Any) -> Any:
        axes, size = axes_of(axis, rank_of(x)), tf.abs(x)
        if abs(ord) == math.inf:
            reduced = tf.reduce_max if ord > 0 else tf.reduce_min
            return reduced(size, axes, keepdims=keepdims)
        if ord == 0:
            return tf.reduce_sum(tf.cast(size != 0, size.dtype), axes, keepdims=keepdims)
        if ord == 1:
            return tf.reduce_sum(size, axes, keepdims=keepdims)
        if ord == 2:
            return tf.sqrt(tf.reduce_sum(size * size, axes, keepdims=keepdims))
        return tf.reduce_sum(size**ord, axes, keepdims=keepdims) ** (1.0 / ord)

    return in_single(norm, [floating(x)])


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices: Frobenius', nuclear, or of order 1, 2, infinity and their negatives."""
    if ord not in ("fro", "nuc", 1, 2, math.inf, -1, -2, -math.inf):
        raise ValueError(
            f"no norm of matrices is called {ord!r}; there are 'fro', 'nuc', "
            "1, 2, inf, -1, -2 and -inf"
        )

    def norm(x: Any) -> Any:
        if ord == "fro":
            return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
        if ord in ("nuc", 2, -2):
            values = _singular_values(x)
            largest = tf.reduce_max if ord == 2 else tf.reduce_min
            result = (tf.reduce_sum if ord == "nuc" else largest)(values, -1)
        else:
            along = tf.reduce_sum(tf.abs(x), -2 if abs(ord) == 1 else -1)
            result = (tf.reduce_max if ord > 0 else tf.reduce_min)(along, -1)
        return result[..., None, None] if keepdims else result

    return in_single(norm, [_matrices(x)])


LINALG: dict[str, Any] = {
    "cholesky": cholesky,
    "det": _of_matrices(tf.linalg.det),
    "eigh": eigh,
    "eigvalsh": _of_matrices(_eigenvalues),
    "inv": _of_matrices(tf.linalg.inv),
    "matrix_norm": matrix_norm,
    "matrix_power": matrix_power,
    "matrix_rank": matrix_rank,
    "pinv": pinv,
    "qr": qr,
    "slogdet": slogdet,
    "solve": solve,
    "svd": svd,
    "svdvals": svdvals,
    "vector_norm": vector_norm,
}
