"""Dtypes: of which kind they are, what two of them make together, what they can hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import tensorflow as tf

__all__ = [
    "CONSTANTS",
    "DTYPES",
    "FUNCTIONS",
    "astype",
    "can_cast",
    "computing_dtype",
    "default_dtype",
    "finfo",
    "iinfo",
    "is_weak",
    "isdtype",
    "result_dtype",
    "result_type",
]

DTYPES = (
    *(tf.bool, tf.int8, tf.int16, tf.int32, tf.int64),
    *(tf.uint8, tf.uint16, tf.uint32, tf.uint64),
    *(tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64, tf.complex128),
)

CONSTANTS: dict[str, Any] = {dtype.name: dtype for dtype in DTYPES}

HALF = (tf.float16, tf.bfloat16)

# In the order in which a kind gives way to the next.
KINDS = ("bool", "integral", "real floating", "complex floating")


def _kind(dtype: Any) -> int:
    """The place of a dtype's kind in `KINDS`."""
    if dtype.is_bool:
        return 0
    return 1 if dtype.is_integer else 2 if dtype.is_floating else 3


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a dtype is of one of the standard's kinds."""
    dtype = tf.as_dtype(dtype)
    signed = dtype.is_integer and not dtype.is_unsigned
    is_kind: dict[str, bool] = {
        "bool": dtype.is_bool,
        "signed integer": signed,
        "unsigned integer": dtype.is_integer and not signed,
        "integral": dtype.is_integer,
        "real floating": dtype.is_floating,
        "complex floating": dtype.is_complex,
        "numeric": dtype.is_integer or dtype.is_floating or dtype.is_complex,
    }
    for k in kind if isinstance(kind, tuple) else (kind,):
        if isinstance(k, str) and k not in is_kind:
            raise ValueError(f"no kind of dtype is called {k!r}; there are {', '.join(is_kind)}")
        if is_kind[k] if isinstance(k, str) else dtype == tf.as_dtype(k):
            return True
    return False


def computing_dtype(dtype: Any) -> Any:
    """Half types are computed in single precision and rounded once."""
    return tf.float32 if dtype in HALF else dtype


def result_dtype(*tensors: Any) -> Any:
    """The dtype of the tensors with axes; a zero-dimensional one is weak beside them."""
    ranked = [t for t in tensors if t.shape.rank != 0] or list(tensors)
    for tensor in ranked[1:]:
        if tensor.dtype != ranked[0].dtype:
            raise TypeError(
                f"tensors of dtype {ranked[0].dtype.name} and {tensor.dtype.name} in one call; "
                "TensorFlow does not promote: write tf.cast(...) first"
            )
    return ranked[0].dtype


def is_weak(x: object) -> bool:
    """Whether ``x`` is a number that takes the dtype of the tensor beside it."""
    return isinstance(x, bool | int | float | complex | np.generic)


def default_dtype(number: Any) -> Any:
    """The dtype of a number that stands alone, which is TensorFlow's own."""
    if isinstance(number, bool | np.bool_):
        return tf.bool
    if isinstance(number, int | np.integer):
        return tf.int32
    return tf.complex64 if isinstance(number, complex | np.complexfloating) else tf.float32


def promoted(a: Any, b: Any) -> Any:
    """The dtype of two together; of two kinds the higher one decides."""
    if a == b:
        return a
    low, high = sorted((a, b), key=_kind)
    if _kind(low) != _kind(high):
        wide = low == tf.float64 and high.is_complex
        return tf.complex128 if wide else high
    if a.is_floating:
        return tf.float32 if a in HALF and b in HALF else max(a, b, key=lambda d: d.size)
    if a.is_complex or a.is_unsigned == b.is_unsigned:
        return max(a, b, key=lambda d: d.size)
    signed, unsigned = (b, a) if a.is_unsigned else (a, b)
    if unsigned.size == 8:
        raise TypeError(
            f"uint64 and {signed.name} have no common dtype; write tf.cast(..., tf.int64) first"
        )
    return signed if signed.size > unsigned.size else CONSTANTS[f"int{16 * unsigned.size}"]


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype that arrays, dtypes and numbers have together."""
    strong = [tf.as_dtype(getattr(a, "dtype", a)) for a in arrays_and_dtypes if not is_weak(a)]
    weak = [default_dtype(a) for a in arrays_and_dtypes if is_weak(a)]
    if not (strong or weak):
        raise ValueError("result_type takes at least one array, dtype or number")
    first, *rest = strong or weak
    for dtype in rest:
        first = promoted(first, dtype)
    for dtype in weak:
        if _kind(dtype) > _kind(first):
            first = promoted(first, dtype)
    return first


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether promotion may lead from a dtype, or an array's, to another of the same kind."""
    from_, to = tf.as_dtype(getattr(from_, "dtype", from_)), tf.as_dtype(to)
    if _kind(from_) != _kind(to) or ({from_.size, to.size} == {8} and from_ != to):
        return False
    return bool(promoted(from_, to) == to)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: str | None = None) -> Any:
    """Cast; of complex numbers only the real part could stay, so that is an error."""
    x = tf.convert_to_tensor(x)
    dtype = tf.as_dtype(dtype)
    if x.dtype.is_complex and not dtype.is_complex and not dtype.is_bool:
        raise TypeError(
            f"a {x.dtype.name} tensor does not fit into {dtype.name}; write xp.real(...) or "
            "xp.imag(...) first"
        )
    # A cast to another device is a copy made there.
    with tf.device(device):
        return tf.cast(x, dtype) if device is None else tf.identity(tf.cast(x, dtype))


@dataclass(frozen=True, slots=True)
class FloatInfo:
    """What a floating-point dtype can hold."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


@dataclass(frozen=True, slots=True)
class IntegerInfo:
    """What an integer dtype can hold."""

    bits: int
    max: int
    min: int
    dtype: Any


def finfo(type: Any, /) -> FloatInfo:
    """The limits of a floating-point dtype, or an array's; of a complex one, those of its parts."""
    dtype = tf.as_dtype(getattr(type, "dtype", type))
    if not (dtype.is_floating or dtype.is_complex):
        raise TypeError(f"finfo takes a floating-point dtype, got {dtype.name}; write xp.iinfo")
    # It knows NumPy's dtypes as well as bfloat16, and has no types.
    info: Any = ml_dtypes.finfo(dtype.real_dtype.as_numpy_dtype)  # type: ignore[no-untyped-call]
    return FloatInfo(
        bits=int(info.bits),
        eps=float(info.eps),
        max=float(info.max),
        min=float(info.min),
        smallest_normal=float(info.smallest_normal),
        dtype=dtype.real_dtype,
    )


def iinfo(type: Any, /) -> IntegerInfo:
    """The limits of an integer dtype, or an array's."""
    dtype = tf.as_dtype(getattr(type, "dtype", type))
    if not dtype.is_integer:
        raise TypeError(f"iinfo takes an integer dtype, got {dtype.name}; write xp.finfo")
    return IntegerInfo(8 * dtype.size, int(dtype.max), int(dtype.min), dtype)


FUNCTIONS: dict[str, Any] = {
    "astype": astype,
    "can_cast": can_cast,
    "finfo": finfo,
    "iinfo": iinfo,
    "isdtype": isdtype,
    "result_type": result_type,
}
