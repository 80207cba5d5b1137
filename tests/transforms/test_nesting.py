"""Transforms inside transforms, in every order, against JAX."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dualad as da

jax.config.update("jax_enable_x64", True)

X = np.array([0.5, -1.0, 2.0])
W = np.array([1.0, 0.3, -0.7])


def jax_laplacian(f):
    return lambda x: jnp.trace(jax.hessian(f)(x))


# Transforms of a function of one vector and one number, each to a number; ours and JAX's.
TO_NUMBER = {
    "gradient": (
        lambda f: lambda x: da.sum(da.gradient(f)(x) * W),
        lambda f: lambda x: jnp.sum(jax.grad(f)(x) * W),
    ),
    "jacobian": (
        lambda f: lambda x: da.sum(da.jacobian(f)(x) ** 2),
        lambda f: lambda x: jnp.sum(jax.jacobian(f)(x) ** 2),
    ),
    "chunks": (
        lambda f: lambda x: da.sum(da.jacobian(f, chunk_size=2)(x) ** 2),
        lambda f: lambda x: jnp.sum(jax.jacobian(f)(x) ** 2),
    ),
    "hessian": (
        lambda f: lambda x: da.linalg.det(da.hessian(f)(x) + np.eye(3)),
        lambda f: lambda x: jnp.linalg.det(jax.hessian(f)(x) + jnp.eye(3)),
    ),
    "laplacian": (
        lambda f: lambda x: da.laplacian(f)(x) * x[1],
        lambda f: lambda x: jax_laplacian(f)(x) * x[1],
    ),
    "jvp": (
        lambda f: lambda x: da.jvp(f, (x,), (x * W,))[1],
        lambda f: lambda x: jax.jvp(f, (x,), (x * W,))[1],
    ),
    "hvp": (
        lambda f: lambda x: da.sum(da.hvp(f)(x, W) * x),
        lambda f: lambda x: jnp.sum(jax.jvp(jax.grad(f), (x,), (W,))[1] * x),
    ),
}


def f(x):
    return da.sum(da.tanh(x * x[0]) * da.exp(x[::-1])) + x[1] * x[2] ** 2


def f_in_jax(x):
    return jnp.sum(jnp.tanh(x * x[0]) * jnp.exp(x[::-1])) + x[1] * x[2] ** 2


@pytest.mark.parametrize(("outer", "inner"), itertools.product(TO_NUMBER, repeat=2))
def test_one_inside_another(outer, inner):
    ours = TO_NUMBER[outer][0](TO_NUMBER[inner][0](f))
    theirs = TO_NUMBER[outer][1](TO_NUMBER[inner][1](f_in_jax))
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-10)


@pytest.mark.parametrize("inner", TO_NUMBER)
def test_three_deep(inner):
    ours = TO_NUMBER["gradient"][0](TO_NUMBER["jacobian"][0](TO_NUMBER[inner][0](f)))
    theirs = TO_NUMBER["gradient"][1](TO_NUMBER["jacobian"][1](TO_NUMBER[inner][1](f_in_jax)))
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-9)


def test_a_jacobian_of_a_function_that_holds_the_outer_variable():
    def loss(w):
        jac = da.jacobian(lambda y: y**2 * w)(X)
        return da.sum(jac) + da.sum(da.jacobian(lambda y: da.sin(y) @ y)(w) * w)

    def loss_in_jax(w):
        jac = jax.jacobian(lambda y: y**2 * w)(X)
        return jnp.sum(jac) + jnp.sum(jax.jacobian(lambda y: jnp.sin(y) @ y)(w) * w)

    np.testing.assert_allclose(da.gradient(loss)(W), jax.grad(loss_in_jax)(W), rtol=1e-13)
    np.testing.assert_allclose(da.hessian(loss)(W), jax.hessian(loss_in_jax)(W), rtol=1e-12)


def test_a_loss_of_a_differential_equation():
    def loss(w):
        return (da.laplacian(lambda y: da.sum(da.tanh(w * y)))(X) - 1.0) ** 2

    def loss_in_jax(w):
        return (jax_laplacian(lambda y: jnp.sum(jnp.tanh(w * y)))(X) - 1.0) ** 2

    np.testing.assert_allclose(da.gradient(loss)(W), jax.grad(loss_in_jax)(W), rtol=1e-12)


def test_what_is_one_for_all_directions_gets_the_sum_of_theirs():
    # The matrix of the outer variable meets the inner directions in a product and a system.
    a = np.array([[2.0, 0.3, 0.1], [0.2, 3.0, 0.4], [0.1, 0.5, 4.0]])

    def loss(a):
        return da.sum(da.jacobian(lambda y: da.linalg.solve(a, a @ y * y))(X) ** 2)

    def loss_in_jax(a):
        return jnp.sum(jax.jacobian(lambda y: jnp.linalg.solve(a, a @ y * y))(X) ** 2)

    np.testing.assert_allclose(da.gradient(loss)(a), jax.grad(loss_in_jax)(a), rtol=1e-11)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: da.where(x > 0, da.log(x), 0.0), -1.0),
        (lambda x: da.where(x > 0, 1.0 / x, 0.0), 0.0),
        (lambda x: da.where(x == 0, 1.0, da.sin(x) / x), 0.0),
        (lambda x: da.where(x > 0, x * da.log(x), 0.0), 0.0),
        (lambda x: da.where(x > 0, 0.0, da.exp(x * 1e4)), 1.0),
        (lambda x: da.where(x > 0, da.sqrt(da.log(x)), 0.0), -1.0),
    ],
)
def test_the_branch_not_taken_is_no_matter(f, x):
    with np.errstate(all="ignore"):
        for transform in (da.gradient, da.derivative, da.jacobian, da.hessian, da.laplacian):
            assert transform(f)(x) == 0.0, transform
        assert da.hvp(f)(x, 1.0) == 0.0


def test_elements_left_out_are_no_matter():
    with np.errstate(all="ignore"):
        got = da.gradient(lambda x: da.log(x)[1])(np.array([0.0, 2.0]))
        assert got.tolist() == [0.0, 0.5]

        def overwritten(x):
            y = da.log(x - 2.0)
            y[:2] = 0.0
            return da.sum(y)

        assert da.gradient(overwritten)(np.array([1.0, 2.0, 4.0])).tolist() == [0.0, 0.0, 0.5]


def test_outside_the_domain_second_derivatives_are_nan_too():
    with np.errstate(all="ignore"):
        for f in (da.log, da.log1p, da.log2, da.log10, da.atanh, da.acosh):
            x = -3.0
            assert np.isnan(da.gradient(da.gradient(f))(x)), f
            assert np.isnan(da.derivative(f, 2)(x)), f


def test_a_gradient_whose_tangent_is_zero():
    def inner(a):
        return da.gradient(lambda b: da.sum(np.cross(b, X)))(a)

    got = da.gradient(lambda a: da.sum(inner(a) ** 2))(X)
    assert got.tolist() == [0.0, 0.0, 0.0]
