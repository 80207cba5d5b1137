"""Definitions that are easily got wrong, in every backend, whole and in blocks, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf
import torch

import dualad as da

# Definition, the same in plain NumPy, its derivative, and the arguments after x.
CASES = {
    "only numbers inside": (lambda x, c=2.0: x * (c * c), lambda x: 4 * x, lambda x: 0 * x + 4, ()),
    "a function of a number": (
        lambda x, c=2.0: x * da.exp(c),
        lambda x: x * np.exp(2.0),
        lambda x: 0 * x + np.exp(2.0),
        (),
    ),
    "nothing of x": (lambda x, c=2.0: da.exp(c), lambda x: 0 * x + np.exp(2), lambda x: 0 * x, ()),
    "an array without axes": (
        lambda x, c: x * da.softplus(c * c),
        lambda x: x * np.logaddexp(0, 4.0),
        lambda x: 0 * x + np.logaddexp(0, 4.0),
        (2.0,),
    ),
    "a bound that is an argument": (
        lambda x, c=0.5: da.maximum(x, c) + da.minimum(c, x),
        lambda x: x + 0.5,
        lambda x: 0 * x + 1,
        (),
    ),
    "a selected argument": (
        lambda x, c=0.5: da.where(x > c, c, x),
        lambda x: np.where(x > 0.5, 0.5, x),
        lambda x: np.where(x > 0.5, 0.0, 1.0),
        (),
    ),
    "power of a number": (
        lambda x: 2.0**x + 0.0 ** (x * x + 1),
        lambda x: 2.0**x,
        lambda x: np.log(2) * 2.0**x,
        (),
    ),
    "other powers": (
        lambda x: (x * x + 1) ** -1.5 + abs(x) ** 2.5 + (2 + x * x) ** 0.5,
        lambda x: (x * x + 1) ** -1.5 + abs(x) ** 2.5 + (2 + x * x) ** 0.5,
        lambda x: (
            -3 * x * (x * x + 1) ** -2.5
            + 2.5 * np.sign(x) * abs(x) ** 1.5
            + x * (2 + x * x) ** -0.5
        ),
        (),
    ),
    "a comparison as a factor": (
        lambda x: x * (x > 0) + x * (1 - (x > 0)) * 0.1,
        lambda x: np.where(x > 0, x, 0.1 * x),
        lambda x: np.where(x > 0, 1, 0.1),
        (),
    ),
    "comparisons joined": (
        lambda x: da.where((x > -1) & ~((x > 1) | (x == 5)), x, 0.0),
        lambda x: np.where((x > -1) & (x <= 1), x, 0.0),
        lambda x: np.where((x > -1) & (x <= 1), 1.0, 0.0),
        (),
    ),
    "a product of comparisons": (
        lambda x: da.where((x > -1) * (x < 1), x, 0.0),
        lambda x: np.where((x > -1) & (x < 1), x, 0.0),
        lambda x: np.where((x > -1) & (x < 1), 1.0, 0.0),
        (),
    ),
    "a condition that is known": (
        lambda x: da.where(True, x, -x) + da.where(1 > 2, x, 0.0),
        lambda x: x,
        lambda x: 0 * x + 1,
        (),
    ),
    "a boolean result": (lambda x: x > 0, lambda x: (x > 0) * 1.0, lambda x: 0 * x, ()),
}

SIZES = {"whole": 1001, "blocks": 200_001}


def names_of_generated_code(i0, v1, b0, m0, o0, c0, exp):
    return da.exp(i0 * v1) * da.tanh(b0 + m0) + o0 * c0 * exp


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_everywhere(case, dtype, size):
    definition, value, slope, others = CASES[case]
    f = da.activation(definition)
    x = np.linspace(-3.05, 3, SIZES[size]).astype(dtype)
    tolerance = {"rtol": 2e-6 if dtype == "float32" else 1e-13, "atol": 1e-6}
    if dtype == "float64":
        tolerance["atol"] = 1e-12

    def check(got, want):
        assert str(got.dtype).endswith(dtype) or dtype in str(got.dtype)
        np.testing.assert_allclose(got, want, **tolerance)

    wide = x.astype(np.float64)
    arrays = [np.asarray(c, dtype) for c in others]
    check(f(x, *arrays), value(wide))
    check(f.derivative(x, *arrays), slope(wide))

    tensors = [torch.tensor(c, dtype=getattr(torch, dtype)) for c in others]
    t = torch.from_numpy(x).requires_grad_()
    y = f(t, *tensors)
    check(y.detach().numpy(), value(wide))
    if y.requires_grad:
        y.sum().backward()
        check(t.grad.numpy(), slope(wide))
    else:
        assert case == "a boolean result"

    t, tensors = tf.constant(x), [tf.constant(c, dtype) for c in others]
    for run in (lambda g: g, tf.function):

        @run
        def step(t):
            with tf.GradientTape() as tape:
                tape.watch(t)
                y = f(t, *tensors)
            return y, tape.gradient(y, t)

        y, gradient = step(t)
        check(y.numpy(), value(wide))
        check(gradient.numpy(), slope(wide))


@pytest.mark.parametrize("size", [3, 200_000])
def test_names_of_arguments_may_be_anything(size):
    f = da.activation(names_of_generated_code)
    x = np.linspace(-1, 1, size)
    arrays = [x * k for k in (1.0, 0.5, 0.2, 0.1, 3.0, 2.0, 0.7)]
    before = [a.copy() for a in arrays]
    y, slopes = f.linearize(*arrays)
    i0, v1, b0, m0, o0, c0, exp = before
    np.testing.assert_allclose(y, np.exp(i0 * v1) * np.tanh(b0 + m0) + o0 * c0 * exp, rtol=1e-12)
    np.testing.assert_allclose(slopes[4], c0 * exp, rtol=1e-12)
    for array, original in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, original)


@pytest.mark.parametrize("name", ["tanh", "exp", "sigmoid", "class", "not an identifier"])
def test_a_definition_may_bear_any_name(name):
    f = da.activation(name=name)(lambda x: da.tanh(x) + da.exp(x) / (1 + da.exp(-x)))
    want = np.tanh(0.5) + np.exp(0.5) / (1 + np.exp(-0.5))
    assert float(f(0.5)) == pytest.approx(want, rel=1e-15)
    assert float(f(torch.tensor(0.5, dtype=torch.float64))) == pytest.approx(want, rel=1e-15)
    assert float(f(tf.constant(0.5, tf.float64))) == pytest.approx(want, rel=1e-15)


def test_python_integers_do_not_overflow():
    assert float(da.activation(lambda x: x**3)(3_000_000)) == 27e18
    assert float(da.activation(lambda x: x**-2)(2)) == 0.25


def test_results_are_never_the_arguments():
    same, scale = da.activation(lambda x: x), da.activation(lambda x, g: x * g)
    for make in (np.ones, lambda n: torch.ones(n, dtype=torch.float64)):
        x, weight = make(3), make(3) * 2
        y = same(x)
        y += 1
        _, slopes = scale.linearize(x, weight)
        for slope in slopes:
            slope *= 0
        assert x.tolist() == [1.0] * 3
        assert weight.tolist() == [2.0] * 3


def test_options_share_the_recorded_programs():
    calls = []

    @da.activation
    def f(x):
        calls.append(1)
        return x * x

    for _ in range(3):
        f.with_options(keep="input")(np.ones(2))
        f.with_options(execution="whole").linearize(np.ones(2))
    assert calls == [1]


def test_one_of_our_functions_is_a_definition_too():
    assert repr(da.activation(da.tanh)) == "<activation tanh(x)>"
    assert da.activation(da.tanh).derivative(400.0) == 0.0
