"""Activations under JAX's transforms: the derivatives are ours, and what is kept is f'."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dualad as da
from dualad import activations
from dualad.activations import mish, prelu, softplus, swiglu, swish

POINTS = np.concatenate([np.linspace(-20, 20, 81), [-1e-20, 1e-20]]).astype("f")
ONE_INPUT = [
    f
    for f in (getattr(activations, name) for name in activations.__all__)
    if set(f.parameters[1:]) <= set(f.defaults)
]


@pytest.mark.parametrize("activation", ONE_INPUT, ids=lambda f: f.__name__)
def test_derivatives_are_the_engines(activation):
    # In double precision, where neither loses anything.
    with jax.enable_x64(True):
        slope = jax.grad(activation)
        both = jax.jit(jax.vmap(lambda x: (slope(x), jax.grad(slope)(x))))
        for order, got in enumerate(both(jnp.asarray(POINTS, "float64")), start=1):
            want = activation.derivative(POINTS.astype("d"), order=order)
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-300)


def test_there_is_no_kink_where_the_function_has_none():
    # JAX's own derivative of max(x, 0) + log1p(exp(-|x|)) is 0 here.
    assert jax.grad(softplus)(0.0) == 0.5


def kept(f, *arguments):
    _, backward = jax.vjp(f, *arguments)
    return jax.tree.leaves(backward)


@pytest.mark.parametrize("transform", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_the_backward_pass_keeps_the_derivative_alone(transform):
    x = jnp.asarray(POINTS)
    (slope,) = kept(transform(mish), x)
    np.testing.assert_allclose(slope, mish.derivative(POINTS), rtol=1e-5, atol=1e-30)
    assert len(kept(lambda x: x * jnp.tanh(jax.nn.softplus(x)), x)) > 3


def test_several_arguments_broadcast():
    gate, up = jnp.asarray(POINTS)[:, None], jnp.linspace(0.5, 2.0, 3)
    _, backward = jax.vjp(swiglu, gate, up)
    cotangents = backward(jnp.ones((83, 3)))
    _, theirs = jax.vjp(lambda gate, up: jax.nn.silu(gate) * up, gate, up)
    for got, want in zip(cotangents, theirs(jnp.ones((83, 3))), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    assert len(kept(lambda gate: swiglu(gate, up), gate)) == 1  # up is not differentiated
    by_beta = 4 * np.exp(-6) / (1 + np.exp(-6)) ** 2
    np.testing.assert_allclose(jax.grad(swish, 1)(2.0, 3.0), by_beta, rtol=1e-6)


def test_forward_mode_and_derivatives_of_derivatives():
    x = jnp.asarray([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(
        jax.hessian(lambda x: jnp.sum(mish(x)))(x), np.diag(mish.derivative(x, order=2)), rtol=1e-5
    )
    _, dy = jax.jvp(swish, (x, 2.0), (jnp.ones(3), 1.0))
    _, (dx, dbeta) = swish.linearize(x, 2.0)
    np.testing.assert_allclose(dy, dx + dbeta, rtol=1e-6)
    bend = jax.vmap(jax.grad(lambda x: mish.derivative(x)))(x)
    np.testing.assert_allclose(bend, mish.derivative(x, order=2), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_types_are_rounded_once_and_summed_in_single_precision(dtype):
    x = jnp.asarray(POINTS[:81], dtype)
    assert jnp.all(mish(x) == mish(x.astype("float32")).astype(dtype))
    (slope,) = kept(mish, x)
    assert slope.dtype == dtype
    # JAX's own sum of these is 256 in float16.
    many = jnp.full((64, 64, 64, 4), -0.01, dtype)
    _, backward = jax.vjp(lambda weight: prelu(many, weight), jnp.full((4,), 0.25, dtype))
    (gradient,) = backward(jnp.ones(many.shape, dtype))
    np.testing.assert_allclose(gradient.astype("float32"), -2621.44, rtol=4e-3)


def test_integers_and_other_kinds():
    np.testing.assert_allclose(mish(jnp.arange(3)), mish(np.arange(3.0)), rtol=1e-6)
    with pytest.raises(TypeError, match=r"an activation takes real numbers, got .* complex64"):
        mish(jnp.ones(2, "complex64"))
    with pytest.raises(TypeError, match="arrays of two libraries"):
        da.activation(lambda x, y: x * y)(jnp.ones(2), np.ones(2))
