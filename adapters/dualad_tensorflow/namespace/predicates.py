"""Comparisons, logic, bits, and what tells one kind of number from another."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from .operands import promoting, tensor

__all__ = ["FUNCTIONS", "isinf", "isnan", "signbit"]

INTEGERS_OF = {2: tf.int16, 4: tf.int32, 8: tf.int64}
"""Integers by the number of bytes."""


def _ordered(compare: Callable[..., Any]) -> Callable[..., Any]:
    """A comparison by size, of truth values too."""

    def compared(x1: Any, x2: Any) -> Any:
        if x1.dtype.is_bool:
            x1, x2 = tf.cast(x1, tf.int8), tf.cast(x2, tf.int8)
        return compare(x1, x2)

    return promoting(compared)


def _logical(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two truth values."""

    def of_two(x1: Any, x2: Any, /) -> Any:
        return function(_truth(x1), _truth(x2))

    return of_two


def _truth(x: Any) -> Any:
    x = tensor(x)
    if not x.dtype.is_bool:
        raise TypeError(f"logic takes truth values, got a tensor of {x.dtype.name}; write x != 0")
    return x


def _bits(name: str, logical: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """A function of the bits of two integers or, where there is one, of two truth values."""
    function = getattr(tf.bitwise, name)

    def of_two(x1: Any, x2: Any) -> Any:
        if logical is not None and x1.dtype.is_bool:
            return logical(x1, x2)
        if not x1.dtype.is_integer:
            raise TypeError(f"bits are for integers, got tensors of dtype {x1.dtype.name}")
        return function(x1, x2)

    return promoting(of_two)


def bitwise_invert(x: Any, /) -> Any:
    """Every bit inverted; of a truth value, its contrary."""
    x = tensor(x)
    return tf.logical_not(x) if x.dtype.is_bool else tf.bitwise.invert(x)


def signbit(x: Any, /) -> Any:
    """Whether the sign bit is set: of -0.0, and of a NaN as it may be."""
    x = tensor(x)
    if x.dtype.is_floating:
        x = tf.bitcast(x, INTEGERS_OF[x.dtype.size])
    return tf.less(x, tf.zeros((), x.dtype))


def _of_floats(function: Callable[..., Any], exact: bool) -> Callable[..., Any]:
    """A test of floating-point numbers; integers are ``exact`` without one."""

    def test(x: Any, /) -> Any:
        x = tensor(x)
        if x.dtype.is_complex:
            parts = test(tf.math.real(x)), test(tf.math.imag(x))
            return (tf.logical_and if exact else tf.logical_or)(*parts)
        return function(x) if x.dtype.is_floating else tf.fill(tf.shape(x), exact)

    return test


isnan = _of_floats(tf.math.is_nan, False)
isinf = _of_floats(tf.math.is_inf, False)

FUNCTIONS: dict[str, Any] = {
    "less": _ordered(operator.lt),
    "less_equal": _ordered(operator.le),
    "greater": _ordered(operator.gt),
    "greater_equal": _ordered(operator.ge),
    "equal": promoting(tf.equal),
    "not_equal": promoting(tf.not_equal),
    "logical_and": _logical(tf.logical_and),
    "logical_or": _logical(tf.logical_or),
    "logical_xor": _logical(tf.math.logical_xor),
    "logical_not": lambda x, /: tf.logical_not(_truth(x)),
    "bitwise_and": _bits("bitwise_and", tf.logical_and),
    "bitwise_or": _bits("bitwise_or", tf.logical_or),
    "bitwise_xor": _bits("bitwise_xor", tf.math.logical_xor),
    "bitwise_left_shift": _bits("left_shift"),
    "bitwise_right_shift": _bits("right_shift"),
    "bitwise_invert": bitwise_invert,
    "signbit": signbit,
    "isnan": isnan,
    "isinf": isinf,
    "isfinite": _of_floats(tf.math.is_finite, True),
}
