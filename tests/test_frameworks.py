"""One definition, everywhere: value and gradient agree between frameworks and with mpmath.

Float32, over [-80, 100]. An ulp is that of the larger of the two terms of f', which passes through
zero; results below the smallest normal number are left out, TensorFlow flushes them.
"""

import itertools
import os
import shutil

import mpmath
import numpy as np
import pytest
import tensorflow as tf
import torch

from dualad.activations import mish
from dualad.testing import ulp_error

mp = mpmath.mp
COMPILER = "inductor" if shutil.which(os.environ.get("CXX", "g++")) else "aot_eager"


def in_numpy(x):
    return mish.linearize(x)


def in_torch(f):
    def run(x):
        t = torch.from_numpy(x).requires_grad_()
        y = f(t)
        y.sum().backward()
        return y.detach().numpy(), t.grad.numpy()

    return run


def in_tensorflow(wrap):
    @wrap
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = mish(x)
        return y, tape.gradient(y, x)

    return lambda x: [t.numpy() for t in step(tf.constant(x))]


MODES = {
    "numpy": in_numpy,
    "torch": in_torch(mish),
    "torch blocks": in_torch(mish.with_options(execution="blocks")),
    "torch input": in_torch(mish.with_options(keep="input")),
    "torch compiled": in_torch(torch.compile(mish, fullgraph=True, backend=COMPILER)),
    "tensorflow": in_tensorflow(lambda f: f),
    "tensorflow graph": in_tensorflow(tf.function),
    "tensorflow xla": in_tensorflow(tf.function(jit_compile=True)),
}


@pytest.fixture(scope="module")
def results():
    x = np.concatenate(
        [
            np.linspace(-80, 100, 20001),
            np.linspace(-4, 4, 10001),
            np.geomspace(1e-6, 100, 1000),
            -np.geomspace(1e-6, 80, 1000),
        ]
    )
    x = np.unique(x.astype(np.float32))
    return x, {name: run(x) for name, run in MODES.items()}


@pytest.fixture(scope="module")
def truth(results):
    x, _ = results
    exact = []
    with mp.workdps(30):
        for v in map(mp.mpf, x.tolist()):
            e = mp.exp(-abs(v))
            p, r = (e, 1) if v < 0 else (1, e)  # exp(v) = p / r
            d = p * p + 2 * p * r + 2 * r * r
            t = p * (p + 2 * r) / d
            second = v * 4 * r * r * p * (p + r) / d**2
            exact.append((float(v * t), float(t + second), float(max(abs(t), abs(second)))))
    y, slope, larger = map(np.array, zip(*exact, strict=True))
    smallest = np.finfo(np.float32).smallest_normal
    normal = (np.abs(y) >= smallest) & (np.abs(slope) >= smallest) | (x == 0)
    assert normal.mean() > 0.99
    return y, slope, larger, normal


@pytest.mark.parametrize("mode", MODES)
def test_within_8_ulp_of_mpmath(mode, results, truth):
    _, computed = results
    y, slope, larger, normal = truth
    got_y, got_slope = computed[mode]
    assert got_y.dtype == got_slope.dtype == np.float32
    assert np.abs(ulp_error(got_y, y))[normal].max() <= 8
    assert np.abs(ulp_error(got_slope, slope, larger))[normal].max() <= 8


@pytest.mark.parametrize("pair", list(itertools.combinations(MODES, 2)), ids=" - ".join)
def test_any_two_modes_agree_within_4_ulp(pair, results, truth):
    _, computed = results
    y, slope, larger, normal = truth
    (y_a, slope_a), (y_b, slope_b) = (computed[mode] for mode in pair)
    of_y = np.abs(ulp_error(y_a, y) - ulp_error(y_b, y))[normal]
    of_slope = np.abs(ulp_error(slope_a, slope, larger) - ulp_error(slope_b, slope, larger))
    assert of_y.max() <= 4
    assert of_slope[normal].max() <= 4
