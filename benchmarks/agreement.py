"""One definition in every framework and mode: how far value and gradient are from the truth.

Float32, over [-80, 100]. An ulp is that of the larger of the two terms of f', which passes through
zero; results below the smallest normal number are left out, TensorFlow flushes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import tensorflow as tf
import torch

from dualad.activations import mish
from dualad.testing import ulp_error

from .compiler import COMPILER


def in_torch(f: Callable[..., Any]) -> Callable[..., Any]:
    def run(x):
        t = torch.from_numpy(x).requires_grad_()
        y = f(t)
        y.sum().backward()
        return y.detach().numpy(), t.grad.numpy()

    return run


def in_tensorflow(wrap: Callable[..., Any]) -> Callable[..., Any]:
    @wrap
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = mish(x)
        return y, tape.gradient(y, x)

    return lambda x: [t.numpy() for t in step(tf.constant(x))]


MODES = {
    "numpy": mish.linearize,
    "torch": in_torch(mish.with_options(execution="whole")),
    "torch blocks": in_torch(mish.with_options(execution="blocks")),
    "torch input": in_torch(mish.with_options(keep="input")),
    "torch compiled": in_torch(torch.compile(mish, fullgraph=True, backend=COMPILER)),
    "tensorflow": in_tensorflow(lambda f: f),
    "tensorflow graph": in_tensorflow(tf.function),
    "tensorflow xla": in_tensorflow(tf.function(jit_compile=True)),
}


@dataclass(frozen=True)
class Errors:
    """Signed errors of value and gradient against mpmath, in ulp, by mode."""

    y: dict[str, np.ndarray]
    slope: dict[str, np.ndarray]

    def worst(self, mode: str) -> tuple[float, float]:
        """The largest error of a mode."""
        return np.abs(self.y[mode]).max(), np.abs(self.slope[mode]).max()

    def apart(self, a: str, b: str) -> tuple[float, float]:
        """The largest distance between two modes."""
        y = np.abs(self.y[a] - self.y[b]).max()
        return y, np.abs(self.slope[a] - self.slope[b]).max()


def measure() -> Errors:
    """Compute mish in every mode, and compare with mpmath."""
    x = np.concatenate(
        [
            np.linspace(-80, 100, 20001),
            np.linspace(-4, 4, 10001),
            np.geomspace(1e-6, 100, 1000),
            -np.geomspace(1e-6, 80, 1000),
        ]
    )
    x = np.unique(x.astype(np.float32))
    y, slope, larger = map(np.array, zip(*map(truth, x.tolist()), strict=True))
    smallest = np.finfo(np.float32).smallest_normal
    normal = (np.abs(y) >= smallest) & (np.abs(slope) >= smallest) | (x == 0)
    of_y, of_slope = {}, {}
    for mode, run in MODES.items():
        got_y, got_slope = run(x)
        assert got_y.dtype == got_slope.dtype == np.float32
        of_y[mode] = ulp_error(got_y, y)[normal]
        of_slope[mode] = ulp_error(got_slope, slope, larger)[normal]
    return Errors(of_y, of_slope)


def truth(x: float) -> tuple[float, float, float]:
    """Value, derivative, and the larger of the derivative's two terms."""
    with mpmath.workdps(30):
        v = mpmath.mpf(x)
        e = mpmath.exp(-abs(v))
        p, r = (e, 1) if v < 0 else (1, e)  # exp(v) = p / r
        d = p * p + 2 * p * r + 2 * r * r
        t = p * (p + 2 * r) / d
        second = v * 4 * r * r * p * (p + r) / d**2
        return float(v * t), float(t + second), float(max(abs(t), abs(second)))


def main() -> None:
    """Mish in every mode, float32 over [-80, 100]: worst errors in ulp, value / gradient."""
    errors = measure()
    print(f"{len(errors.y['numpy'])} points; torch.compile with {COMPILER}")
    width = max(map(len, MODES))
    for mode in MODES:
        print(f"{mode:<{width}}  {errors.worst(mode)[0]:.2f} / {errors.worst(mode)[1]:.2f}")
    apart = {pair: errors.apart(*pair) for pair in itertools.combinations(MODES, 2)}
    for i, what in enumerate(("value", "gradient")):
        pair = max(apart, key=lambda p: apart[p][i])
        print(f"furthest apart in {what}: {apart[pair][i]:.2f} ulp, {' and '.join(pair)}")
