"""How operands reach TensorFlow's operations, which neither promote nor take every dtype.

Numbers are weak: they take the dtype of the tensor beside them. Half types are computed in single
precision and rounded once where the raw operation does not do so itself: measured over all values
of float16 and bfloat16 (TensorFlow 2.21, CPU), the elementary functions are within 0.501 ulp eager
but not under XLA (asin 255, acosh 2.8, atanh 2.3), floormod is 374 off, and lgamma has no kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .dtypes import HALF, default_dtype, is_weak, result_type

__all__ = ["elementary", "elementary_of_two", "floating", "promoting", "tensor", "together"]

Function = Callable[..., Any]


def tensor(x: Any, dtype: Any = None) -> Any:
    """``x`` as a tensor, cast if need be; ragged and sparse ones and variables stay as they are."""
    if is_weak(x):
        x = x.item() if isinstance(x, np.generic) else x
        return tf.constant(x, dtype or default_dtype(x))
    if not tf.is_tensor(x):
        x = tf.convert_to_tensor(x)
    return x if dtype is None or x.dtype == dtype else tf.cast(x, dtype)


def together(*operands: Any) -> list[Any]:
    """The operands as tensors of their common dtype."""
    dtype = result_type(*(x if is_weak(x) else tensor(x) for x in operands))
    return [tensor(x, dtype) for x in operands]


def floating(x: Any) -> Any:
    """``x`` as a tensor; integers and truth values in the default floating dtype."""
    x = tensor(x)
    return tf.cast(x, tf.float32) if x.dtype.is_integer or x.dtype.is_bool else x


def in_single(function: Function, tensors: Sequence[Any], *others: Any, **options: Any) -> Any:
    """Apply to tensors of one dtype, half types in single precision."""
    dtype = tensors[0].dtype
    if dtype not in HALF:
        return function(*tensors, *others, **options)
    result = function(*(tf.cast(x, tf.float32) for x in tensors), *others, **options)
    return tf.cast(result, dtype)


def _named(function: Function, like: Function) -> Function:
    """A function called like another; not functools.wraps, for tf.function unwraps that again."""
    function.__name__ = function.__qualname__ = getattr(like, "__name__", "function")
    function.__doc__ = like.__doc__
    return function


def promoting(function: Function, *, takes_numbers: bool = False) -> Function:
    """A function of two tensors of one dtype, for any two operands.

    With ``takes_numbers`` it treats Python's numbers as weak itself, if the tensor is one of
    floating-point numbers: that halves the time of ``2.0 * x``.
    """

    def promoted(x1: Any, x2: Any, /) -> Any:
        if tf.is_tensor(x1):
            if tf.is_tensor(x2) and x1.dtype == x2.dtype:
                return function(x1, x2)
            if takes_numbers and type(x2) in (float, int) and x1.dtype.is_floating:
                return function(x1, x2)
        elif (
            takes_numbers and type(x1) in (float, int) and tf.is_tensor(x2) and x2.dtype.is_floating
        ):
            return function(x1, x2)
        return function(*together(x1, x2))

    return _named(promoted, function)


def elementary(function: Function) -> Function:
    """A function of one floating-point tensor, exact in half types and defined on integers."""

    def of_any(x: Any, /) -> Any:
        return in_single(function, [floating(x)])

    return _named(of_any, function)


def elementary_of_two(function: Function) -> Function:
    """A function of two floating-point tensors of one dtype, likewise."""

    def of_any(x1: Any, x2: Any, /) -> Any:
        return in_single(function, [floating(x) for x in together(x1, x2)])

    return _named(of_any, function)
