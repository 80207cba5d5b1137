"""Exponentials, logarithms, circular and hyperbolic functions, and special functions.

TensorFlow's own where they are exact: measured against mpmath, TensorFlow 2.21 on a CPU, the worst
of some 2000 points over the whole normal range, in ulp of float32 and float64, eager and through
XLA. Where they are not, the name is left out, and the definition in dualad's table is used; or, in
graphs alone, what XLA makes is put right.

========  ===========  ===========  =====================================
name      float32      float64      remark
========  ===========  ===========  =====================================
exp       1.0, 0.9     1.2, 1.2
expm1     3.0, 5.0     2.6, 3.1
log       2.0, 1.0     1.4, 0.5
log1p     3.2, 2.2     2.4, 4.0     XLA's own, float64: 101 at -0.41
sqrt      0.5, 0.5     0.5, 0.5
sin       1.3, 0.6     0.5, 0.5
cos       1.3, 0.5     0.5, 0.5
tan       0.8, 0.8     0.5, 0.5
asin      3.5, 1.6     0.5, 1.2
acos      3.7, 1.4     0.5, 1.1
atan      2.5, 0.7     2.4, 0.5
atan2     2.9, 1.0     2.4, 0.5
sinh      1.4, 3.2     1.3, 2.8     XLA's own: 24 and 495, in proportion to x
cosh      0.9, 3.0     1.0, 2.8     the same
tanh      4.3, 3.7     3.9, 6.8
asinh     1.1, 2.9     1.4, 2.2
acosh     1.7, 2.8     1.1, 2.4
atanh     1.2, 2.1     1.7, 2.6     XLA's own, float64: 120 at 0.41
erf       3.5, 2.8     2.6, 0.8     NaN from 1e154 on, so it is bounded
lgamma    2.4, 4900    2.8, 39000   XLA: near the zeros at 1 and 2
xlogy     3.0, 1.4     2.3, 1.4
xlog1py   2.7, 2.4     2.9, 2.5
========  ===========  ===========  =====================================

Left out: erfc (54 and 8.1, XLA 389), erfinv (float32 1.7e7, float64 9e15: absolute precision only,
near 0), ndtri (float64 7e12 in the tail), digamma (562 at its zero 1.46, 12 near 1), sigmoid (5.6,
left tail), silu (1.5e7 in the left tail), sinc (1e6 at the integers), softplus and log_sigmoid (2.7
and 3.3: no better than the table's), cube roots by powers (111).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import tensorflow as tf

from .operands import elementary, elementary_of_two, tensor

__all__ = ["FUNCTIONS", "RAW"]


def erf(x: Any) -> Any:
    """The error function; TensorFlow's is NaN where the square of a double overflows."""
    if x.dtype == tf.float64:
        # 1 in this dtype from 5.93 on. The number comes second: XLA's maximum keeps a first NaN.
        x = tf.maximum(tf.minimum(x, 6.0), -6.0)
    return tf.math.erf(x)


@functools.cache
def _powers(base: int, dtype: Any) -> tuple[int, Any]:
    """The powers of a base that are normal numbers, rounded once, and the least exponent."""
    # A logarithm of the largest number is rounded up to the next integer.
    largest = math.floor(math.log(float(dtype.max), base) - 1e-9)
    smallest = 1 - largest
    exact = [float(Fraction(base) ** n) for n in range(smallest, largest + 1)]
    return smallest, np.array(exact, dtype.as_numpy_dtype)


def _exact_at_powers(y: Any, x: Any, base: int) -> Any:
    """A logarithm ``y`` of ``x``, the integer that it is where ``x`` is a power of the base.

    A quotient of logarithms is an ulp off at every seventh power of 2, and at two of three powers
    of 10 (measured, float64).
    """
    if x.dtype.is_complex:
        return y
    smallest, powers = _powers(base, x.dtype)
    nearest = tf.round(y)
    # Clipped as integers: of a NaN a cast makes the smallest one.
    place = tf.cast(nearest, tf.int32) - smallest
    place = tf.clip_by_value(place, 0, len(powers) - 1)
    is_power = tf.equal(tf.gather(powers, place), x)
    # Added, so that the gradient is that of `y`.
    return y + tf.stop_gradient(tf.where(is_power, nearest - y, tf.zeros((), y.dtype)))


def log2(x: Any) -> Any:
    """The logarithm to base 2, within 3 ulp."""
    return _exact_at_powers(tf.math.log(x) / math.log(2.0), x, 2)


def log10(x: Any) -> Any:
    """The logarithm to base 10, within 3.1 ulp."""
    return _exact_at_powers(tf.math.log(x) / math.log(10.0), x, 10)


def _put_right(y: Any, error: Any) -> Any:
    """``y`` without its error; its gradient, where TensorFlow asks for one, stays what it was."""
    return y - tf.stop_gradient(error)


def _in_graph(x: Any) -> bool:
    """Whether XLA may compile what is called now."""
    return not tf.executing_eagerly() and bool(x.dtype.is_floating)


def log1p(x: Any) -> Any:
    """``log(1 + x)``; XLA's in float64, 101 ulp off at -0.41, after one step of Newton's method."""
    y = tf.math.log1p(x)
    if not (_in_graph(x) and x.dtype == tf.float64):
        return y
    # Not by (1 + x) - 1: a graph's optimizer makes x of it.
    error = (tf.math.expm1(y) - x) / (1.0 + x)
    return _put_right(y, tf.where(tf.abs(x) < 0.5, error, tf.zeros((), x.dtype)))


def atanh(x: Any) -> Any:
    """The inverse of tanh; XLA's in float64 is 120 ulp off at 0.41, for its log1p."""
    if _in_graph(x) and x.dtype == tf.float64:
        return 0.5 * (log1p(x) - log1p(-x))
    return tf.atanh(x)


def _exponentials(x: Any) -> tuple[Any, Any]:
    """``exp(|x|) / 2`` and ``exp(-|x|) / 2``, of which none overflows before a sum of them does."""
    root = tf.exp(0.5 * tf.abs(x))
    # A product of two exponentials would XLA make one of, which overflows.
    rising = (0.5 * root) * tf.maximum(root, 1.0)
    return rising, 0.25 / rising


def _finite(error: Any) -> Any:
    """An error; none where the result is infinite."""
    return tf.where(tf.math.is_finite(error), error, tf.zeros((), error.dtype))


def sinh(x: Any) -> Any:
    """The hyperbolic sine; XLA's ``exp(x - log 2)`` is as many ulp off as half of x."""
    y = tf.sinh(x)
    if not _in_graph(x):
        return y
    rising, falling = _exponentials(x)
    error = tf.where(tf.abs(x) < 1.0, tf.zeros((), x.dtype), tf.abs(y) - (rising - falling))
    return _put_right(y, tf.sign(x) * _finite(error))


def cosh(x: Any) -> Any:
    """The hyperbolic cosine; XLA's is as far off as its sine."""
    y = tf.cosh(x)
    if not _in_graph(x):
        return y
    rising, falling = _exponentials(x)
    return _put_right(y, _finite(y - (rising + falling)))


def logaddexp(x1: Any, x2: Any) -> Any:
    """``log(exp(x1) + exp(x2))``, 1.2 ulp off where it does not cancel."""
    # The difference of two equal infinities would be NaN.
    distance = tf.where(tf.equal(x1, x2), tf.zeros((), x1.dtype), tf.abs(x1 - x2))
    return tf.maximum(x1, x2) + tf.math.log1p(tf.exp(-distance))


RAW: dict[str, Callable[..., Any]] = {
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "log": tf.math.log,
    "log1p": log1p,
    "log2": log2,
    "log10": log10,
    "sqrt": tf.sqrt,
    "sin": tf.sin,
    "cos": tf.cos,
    "tan": tf.tan,
    "asin": tf.asin,
    "acos": tf.acos,
    "atan": tf.atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tf.tanh,
    "asinh": tf.asinh,
    "acosh": tf.acosh,
    "atanh": atanh,
    "erf": erf,
    "lgamma": tf.math.lgamma,
}
"""Functions of one floating-point tensor, as recorded programs call them."""

RAW_OF_TWO: dict[str, Callable[..., Any]] = {
    "atan2": tf.atan2,
    "logaddexp": logaddexp,
    "xlogy": tf.math.xlogy,
    "xlog1py": tf.math.xlog1py,
}

FUNCTIONS: dict[str, Any] = {
    **{name: elementary(function) for name, function in RAW.items()},
    **{name: elementary_of_two(function) for name, function in RAW_OF_TWO.items()},
    "relu": lambda x, /: tf.nn.relu(tensor(x)),
}
