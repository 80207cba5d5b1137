"""Tensors made from numbers, shapes and other libraries' arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from .dtypes import default_dtype, is_weak
from .operands import tensor
from .shapes import sizes

__all__ = ["FUNCTIONS"]

Device = str | None


def _shape(shape: Any) -> Any:
    """A shape given as a number or a tuple, of which some may be tensors."""
    return (
        tuple(shape) if isinstance(shape, list | tuple) else shape if _is_list(shape) else (shape,)
    )


def _is_list(shape: Any) -> bool:
    """Whether a shape is a tensor of sizes, or TensorFlow's own kind of tuple."""
    return isinstance(shape, tf.TensorShape) or (tf.is_tensor(shape) and shape.shape.rank == 1)


def _converted(value: Any, dtype: Any) -> Any:
    """A value in a dtype, a number of whatever kind too: 3.0 among integers."""
    if is_weak(value):
        value = np.asarray(value).astype(tf.as_dtype(dtype).as_numpy_dtype)
    return tensor(value, None if dtype is None else tf.as_dtype(dtype))


def asarray(
    obj: Any, /, *, dtype: Any = None, device: Device = None, copy: bool | None = None
) -> Any:
    """A tensor of anything that TensorFlow takes; tensors cannot change: copies are rare."""
    with tf.device(device):
        if isinstance(obj, np.generic):
            obj = np.asarray(obj)  # an array of its own dtype, not a weak number
        made = tensor(obj, None if dtype is None else tf.as_dtype(dtype))
        if copy is False and made is not obj:
            raise ValueError("copy=False: this object cannot become a tensor without a copy")
        return tf.identity(made) if copy or isinstance(made, tf.Variable) else made


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Device = None) -> Any:
    """A tensor filled with one number."""
    with tf.device(device):
        dtype = default_dtype(fill_value) if dtype is None and is_weak(fill_value) else dtype
        return tf.broadcast_to(_converted(fill_value, dtype), _shape(shape))


def _filled(value: int) -> Callable[..., Any]:
    def made(shape: Any, *, dtype: Any = None, device: Device = None) -> Any:
        return full(shape, value, dtype=dtype or tf.float32, device=device)

    made.__doc__ = f"A tensor of {'ones' if value else 'zeros'}, float32 unless told otherwise."
    return made


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Device = None) -> Any:
    """A tensor of the shape and, unless told otherwise, the dtype of another."""
    with tf.device(device):
        x = tensor(x)
        return tf.fill(tf.shape(x), _converted(fill_value, dtype or x.dtype))


def _filled_like(value: int) -> Callable[..., Any]:
    def made(x: Any, /, *, dtype: Any = None, device: Device = None) -> Any:
        with tf.device(device):
            return (tf.ones_like if value else tf.zeros_like)(x, dtype)

    made.__doc__ = f"{'Ones' if value else 'Zeros'} in the shape of another tensor."
    return made


def arange(
    start: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Device = None,
) -> Any:
    """Evenly spaced numbers, ``start + i step``; each is rounded once."""
    start, stop = (0, start) if stop is None else (start, stop)
    if dtype is None:
        whole = all(default_dtype(v) == tf.int32 for v in (start, stop, step))
        dtype = tf.int32 if whole else tf.float32
    length = max(0, math.ceil((stop - start) / step))
    whole = all(isinstance(v, int) for v in (start, step))
    with tf.device(device):
        wide = tf.int64 if whole else tf.float64
        numbers = tf.constant(start, wide) + tf.cast(tf.range(length), wide) * tf.constant(
            step, wide
        )
        return tf.cast(numbers, dtype)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Device = None,
    endpoint: bool = True,
) -> Any:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, both exact."""
    is_complex = isinstance(start, complex) or isinstance(stop, complex)
    wide = tf.complex128 if is_complex else tf.float64
    with tf.device(device):
        steps = np.arange(num) / max(num - 1 if endpoint else num, 1)
        # From both ends, so that the last number is `stop` itself, and neither end overflows.
        numbers = tf.constant(start * (1 - steps) + stop * steps, wide)
        return tf.cast(numbers, dtype or (tf.complex64 if is_complex else tf.float32))


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Device = None,
) -> Any:
    """Ones on the ``k``-th diagonal."""
    with tf.device(device):
        columns = tf.range(n_rows if n_cols is None else n_cols)
        return tf.cast(tf.range(n_rows)[:, None] + k == columns, dtype or tf.float32)


def from_dlpack(x: Any, /, *, device: Device = None, copy: bool | None = None) -> Any:
    """A tensor in another library's memory; nothing writes to it from here."""
    with tf.device(device):
        made = x if tf.is_tensor(x) else tf.experimental.dlpack.from_dlpack(x.__dlpack__())
        return tf.identity(made) if copy or device is not None else made


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """Coordinate tensors of one-dimensional coordinates."""
    return tuple(tf.meshgrid(*map(tensor, arrays), indexing=indexing))


def _triangle(x: Any, k: int, keeps: Callable[[Any, Any], Any]) -> Any:
    x = tensor(x)
    if (x.shape.rank or 2) < 2:
        raise ValueError(f"a triangle is part of a matrix; got a tensor of shape {x.shape}")
    *_, rows, columns = sizes(x)
    mask = keeps(tf.range(columns), tf.range(rows)[:, None] + k)
    return tf.where(mask, x, tf.zeros((), x.dtype))


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle, up to the ``k``-th diagonal; zeros above."""
    return _triangle(x, k, tf.less_equal)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle, from the ``k``-th diagonal on; zeros below."""
    return _triangle(x, k, tf.greater_equal)


FUNCTIONS: dict[str, Any] = {
    "arange": arange,
    "asarray": asarray,
    # TensorFlow has no memory that is not written.
    "empty": _filled(0),
    "empty_like": _filled_like(0),
    "eye": eye,
    "from_dlpack": from_dlpack,
    "full": full,
    "full_like": full_like,
    "linspace": linspace,
    "meshgrid": meshgrid,
    "ones": _filled(1),
    "ones_like": _filled_like(1),
    "tril": tril,
    "triu": triu,
    "zeros": _filled(0),
    "zeros_like": _filled_like(0),
}
