"""Products of vectors, matrices and tensors, and what lies on the diagonals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from .operands import in_single, tensor, together
from .shapes import moved_last, rank_of, sizes
from .statistical import sum as total

__all__ = ["FUNCTIONS", "LINALG", "conjugate_transpose", "matrix_transpose"]


def _multiplied(function: Callable[..., Any], tensors: Sequence[Any]) -> Any:
    """A product, in a dtype that TensorFlow has kernels for: small integers in wider ones."""
    dtype = tensors[0].dtype
    if dtype.is_bool:
        raise TypeError("a product of truth values; write tf.cast(...) first")
    if dtype.is_integer and dtype not in (tf.int32, tf.int64):
        return tf.cast(function(*(tf.cast(t, tf.int64) for t in tensors)), dtype)
    return in_single(function, tensors)


def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of matrices or stacks of them; a vector is a row left, a column right."""
    x1, x2 = together(x1, x2)
    ranks = rank_of(x1), rank_of(x2)
    if 0 in ranks:
        raise ValueError(f"matmul takes vectors and matrices; got {x1.shape} and {x2.shape}")
    product = _multiplied(
        tf.matmul, (x1[None] if ranks[0] == 1 else x1, x2[:, None] if ranks[1] == 1 else x2)
    )
    vectors = ([-2] if ranks[0] == 1 else []) + ([-1] if ranks[1] == 1 else [])
    return tf.squeeze(product, vectors) if vectors else product


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """The sum of products over axes of both: so many, or these."""
    x1, x2 = together(x1, x2)
    if not isinstance(axes, int):
        axes = [list(a) for a in axes]
    return _multiplied(lambda a, b: tf.tensordot(a, b, axes), (x1, x2))


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The inner product of vectors along an axis, the first conjugated; other axes broadcast."""
    x1, x2 = together(x1, x2)
    if not -min(rank_of(x1), rank_of(x2)) <= axis < 0:
        raise ValueError(f"vecdot's axis is counted from the last, and in both; got {axis}")
    (x1, _), (x2, _) = moved_last(x1, axis), moved_last(x2, axis)
    sizes_of_both = {x1.shape[-1], x2.shape[-1]} - {None}
    if len(sizes_of_both) > 1:
        raise ValueError(f"vectors of different sizes: shapes {x1.shape} and {x2.shape}")

    def dot(a: Any, b: Any) -> Any:
        return tf.matmul(a[..., None, :], b[..., :, None], adjoint_a=False)[..., 0, 0]

    return _multiplied(dot, (tf.math.conj(x1), x2))


def outer(x1: Any, x2: Any, /) -> Any:
    """The products of the elements of two vectors, a matrix."""
    x1, x2 = together(x1, x2)
    if rank_of(x1) != 1 or rank_of(x2) != 1:
        raise ValueError(f"outer takes two vectors; got shapes {x1.shape} and {x2.shape}")
    return x1[:, None] * x2


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product of vectors in space along an axis; other axes broadcast."""
    x1, x2 = together(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            f"cross takes three coordinates along axis {axis}, got shapes {x1.shape} and {x2.shape}"
        )
    a, b = tf.unstack(x1, axis=axis), tf.unstack(x2, axis=axis)
    turns = ((1, 2), (2, 0), (0, 1))
    return tf.stack([a[i] * b[j] - a[j] * b[i] for i, j in turns], axis)


def matrix_transpose(x: Any, /) -> Any:
    """Matrices with rows and columns exchanged."""
    x = tensor(x)
    rank = rank_of(x)
    if rank < 2:
        raise ValueError(f"a matrix has two axes; got a tensor of shape {x.shape}")
    return tf.transpose(x, [*range(rank - 2), rank - 1, rank - 2])


def conjugate_transpose(x: Any) -> Any:
    """Matrices with rows and columns exchanged, and conjugated."""
    return tf.math.conj(matrix_transpose(x))


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """A diagonal of matrices."""
    x = tensor(x)
    *_, rows, columns = sizes(x)
    # By its indices: tf.linalg.diag_part refuses a diagonal outside the matrix.
    start = max(-offset, 0)
    length = tf.maximum(tf.minimum(rows - start, columns - max(offset, 0)), 0)
    row = start + tf.range(length)
    rank = rank_of(x)
    flat = tf.reshape(x, tf.concat([tf.shape(x)[: rank - 2], [-1]], 0))
    return tf.gather(flat, row * columns + row + offset, axis=-1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum of a diagonal of matrices, of small integers in 32 bits."""
    return total(diagonal(x, offset=offset), axis=-1, dtype=dtype)


FUNCTIONS: dict[str, Any] = {
    "matmul": matmul,
    "matrix_transpose": matrix_transpose,
    "tensordot": tensordot,
    "vecdot": vecdot,
}
"""In the namespace itself, and in its linear algebra."""

LINALG: dict[str, Any] = {
    **FUNCTIONS,
    "cross": cross,
    "diagonal": diagonal,
    "outer": outer,
    "trace": trace,
}
