"""The engine's transforms on tensors, eager, in graphs, through XLA: the results on arrays."""

import numpy as np
import pytest
import tensorflow as tf

import dualad as da

X = np.array([0.5, -1.25, 2.0])
V = np.array([1.0, -0.5, 0.25])


def curve(x):
    """Element-wise, of smooth functions and one with a kink."""
    return da.tanh(x) * da.exp(-x) + da.maximum(x, 0.3) ** 3


def potential(x):
    """One number of three, through array functions."""
    xp = da.array_namespace(x)
    return xp.sum(xp.exp(-x) * x[::-1]) + xp.prod(x) * xp.matmul(x, x)


def flow(x):
    """Three numbers of three."""
    xp = da.array_namespace(x)
    return xp.cumulative_sum(da.tanh(x)) * xp.roll(x, 1)


TRANSFORMS = {
    "derivative": lambda x, v: da.derivative(curve)(x),
    "second derivative": lambda x, v: da.derivative(curve, order=2)(x),
    "third derivative": lambda x, v: da.derivative(curve, order=3)(x),
    "nested derivative": lambda x, v: da.derivative(da.derivative(curve))(x),
    "value_and_derivative": lambda x, v: da.value_and_derivative(curve)(x),
    "jvp": lambda x, v: da.jvp(flow, (x,), (v,)),
    "gradient": lambda x, v: da.gradient(potential)(x),
    "value_and_gradient": lambda x, v: da.value_and_gradient(potential)(x),
    "jacobian": lambda x, v: da.jacobian(flow)(x),
    "hessian": lambda x, v: da.hessian(potential)(x),
    "hvp": lambda x, v: da.hvp(potential)(x, v),
}

MODES = {
    "eager": lambda f: f,
    "graph": lambda f: tf.function(f, autograph=False),
    "XLA": lambda f: tf.function(f, autograph=False, jit_compile=True),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_results_are_those_on_numpy_arrays(name, mode):
    transform = TRANSFORMS[name]
    got = MODES[mode](transform)(tf.constant(X), tf.constant(V))
    want = transform(X, V)
    assert isinstance(got, tuple) == isinstance(want, tuple)
    for mine, other in zip(tf.nest.flatten(got), tf.nest.flatten(want), strict=True):
        assert isinstance(mine, tf.Tensor)
        assert mine.dtype == tf.float64
        assert mine.shape == np.shape(other)
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-14)


def test_of_unknown_length_a_gradient_needs_no_more_than_the_rank():
    signature = [tf.TensorSpec([None], tf.float64)]
    gradient = tf.function(
        lambda x: da.derivative(curve)(x), input_signature=signature, autograph=False
    )
    for x in (X, np.tile(X, 5)):
        np.testing.assert_allclose(gradient(x), da.derivative(curve)(x), rtol=1e-12)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32])
def test_tensors_keep_their_dtype(dtype):
    x = tf.cast(X, dtype)
    slope = da.derivative(curve)(x)
    assert slope.dtype == dtype
    eps = {tf.float16: 2**-10, tf.bfloat16: 2**-7, tf.float32: 2**-23}[dtype]
    want = da.derivative(curve)(x.numpy().astype(np.float64))
    np.testing.assert_allclose(tf.cast(slope, tf.float64), want, rtol=8 * eps)


def test_tapes_go_through_a_transform():
    """Reverse mode over forward mode: a penalty on a slope can be trained."""
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        penalty = tf.reduce_sum(da.derivative(da.tanh)(x) ** 2)
    s = 1 / np.cosh(X) ** 2
    np.testing.assert_allclose(tape.gradient(penalty, x), -4 * s * s * np.tanh(X), rtol=1e-12)


def test_a_raw_function_of_tensorflow_refuses_a_dual_number():
    with pytest.raises((TypeError, ValueError), match="Dual"):
        da.derivative(tf.tanh)(tf.constant(X))
