"""Points to compute at, what is right there, and the ways to differentiate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from ..situation import WrongNumber, require

__all__ = ["agree", "check", "cotangent", "derivative", "forward", "points", "reverse", "same"]

TOLERANCES = {tf.float64: 1e-10, tf.float32: 1e-5, tf.bfloat16: 2.0**-7, tf.float16: 2.0**-10}
"""Of a half type two epsilons: the cotangent times a rounded slope, rounded, and one to spare."""

Tensor = Any
"""TensorFlow ships no types."""


def points(*shape: int, dtype: Any = tf.float64, seed: int = 0) -> Tensor:
    """A tensor, the same in every run.

    Where there is room, zero is among its numbers, where formulas change over and a maximum has a
    tie, and so are large ones, where a branch that was not taken overflows.
    """
    numbers = _random(shape, seed)
    if numbers.size >= 5:
        numbers.flat[:3] = 0.0, 90.0, -90.0
    return tf.cast(tf.constant(numbers), dtype)


def cotangent(x: Tensor) -> Tensor:
    """One for a result of the shape of ``x``, of no simple numbers."""
    return tf.cast(tf.constant(_random(x.shape, seed=1)), x.dtype)


def _random(shape: Any, seed: int) -> np.ndarray:
    return 2 * np.random.default_rng(seed).standard_normal(tuple(shape))


def reverse(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """The gradient of the sum of ``f`` by its first argument, by a tape."""

    def gradient(x: Tensor, *others: Tensor) -> Tensor:
        with tf.GradientTape(**options) as tape:
            tape.watch(x)
            y = f(x, *others)
        return tape.gradient(y, x)

    return gradient


def forward(f: Callable[..., Any], tangent: Tensor = None) -> Callable[..., Any]:
    """The derivative of ``f`` along a tangent, of ones unless told, by an accumulator."""

    def directional(x: Tensor) -> Tensor:
        along = tf.ones_like(x) if tangent is None else tangent
        with tf.autodiff.ForwardAccumulator(x, along) as accumulator:
            y = f(x)
        return accumulator.jvp(y)

    return directional


def derivative(reference: Callable[..., Any], x: Any, order: int = 1) -> np.ndarray:
    """The derivative of an element-wise function of TensorFlow's own, in double precision."""
    f = reference
    for _ in range(order):
        f = reverse(f)
    return f(tf.constant(np.asarray(x, np.float64))).numpy()


def same(got: Any, want: Any) -> None:
    """Raise `WrongNumber` unless shape and numbers agree, as far as the dtype holds them."""
    if got is None:
        raise WrongNumber("None in place of a gradient")
    got = tf.convert_to_tensor(got)
    tolerance = TOLERANCES[got.dtype]
    numbers, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    if numbers.shape != want.shape:
        raise WrongNumber(f"a result of shape {numbers.shape}, not {want.shape}")
    if not np.allclose(numbers, want, rtol=tolerance, atol=tolerance):
        raise WrongNumber(f"off by {np.abs(numbers - want).max():.3g}")


def check(f: Callable[..., Any], reference: Callable[..., Any], x: Tensor) -> None:
    """Compare the value and the gradient of ``f`` at ``x`` with the reference."""
    cot = cotangent(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    g = tape.gradient(y, x, cot)
    same(y, derivative(reference, x, 0))
    same(g, np.asarray(cot, np.float64) * derivative(reference, x))
    require(y.dtype == g.dtype == x.dtype, f"dtypes {x.dtype} -> {y.dtype}, gradient {g.dtype}")


def agree(f: Callable[..., Any], reference: Callable[..., Any], *xs: Tensor) -> None:
    """Compare value and gradients of any function of tensors with the reference."""

    def run(f: Callable[..., Any]) -> list[Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = f(*xs)
        return [y, *tape.gradient(y, xs, cotangent(y))]

    for got, want in zip(run(f), run(reference), strict=True):
        same(got, want)
