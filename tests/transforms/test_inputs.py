"""gradient, jacobian, hessian, laplacian: against closed forms, jax and each other."""

import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dualad as da

jax.config.update("jax_enable_x64", True)

rng = np.random.default_rng(0)
X = rng.normal(size=6)
A = rng.normal(size=(6, 6))
B = rng.normal(size=6)


def rosenbrock(x):
    return da.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_in_jax(x):
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def network(x):
    """A bit of everything that a tangent goes through."""
    hidden = da.tanh(A @ x + B)
    rows = da.reshape(da.concat([hidden, x]), (3, 4))
    weights = da.exp(rows - da.logsumexp(rows, axis=1, keepdims=True))
    return da.sum(da.sort(weights, axis=1)[:, ::2] * da.linalg.norm(x)) + da.prod(x[:3])


def network_in_jax(x):
    hidden = jnp.tanh(A @ x + B)
    rows = jnp.reshape(jnp.concatenate([hidden, x]), (3, 4))
    weights = jax.nn.softmax(rows, axis=1)
    return jnp.sum(jnp.sort(weights, axis=1)[:, ::2] * jnp.linalg.norm(x)) + jnp.prod(x[:3])


FUNCTIONS = {
    "rosenbrock": (rosenbrock, rosenbrock_in_jax),
    "network": (network, network_in_jax),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_and_second_derivatives_agree_with_jax(name):
    f, in_jax = FUNCTIONS[name]
    slope = np.asarray(jax.grad(in_jax)(X))
    curvature = np.asarray(jax.hessian(in_jax)(X))
    v = np.cos(np.arange(6.0))
    close = {"rtol": 1e-11, "atol": 1e-11 * np.abs(curvature).max()}
    np.testing.assert_allclose(da.gradient(f)(X), slope, **close)
    np.testing.assert_allclose(da.jacobian(f)(X), slope, **close)
    np.testing.assert_allclose(da.hessian(f)(X), curvature, **close)
    np.testing.assert_allclose(da.jacobian(da.jacobian(f))(X), curvature, **close)
    np.testing.assert_allclose(da.hvp(f)(X, v), curvature @ v, **close)
    np.testing.assert_allclose(da.laplacian(f)(X), np.trace(curvature), **close)
    np.testing.assert_allclose(da.jvp(f, (X,), (v,))[1], slope @ v, **close)


def test_gradient_of_a_gradient_and_third_order():
    want = np.asarray(jax.hessian(rosenbrock_in_jax)(X))
    got = da.gradient(lambda x: da.sum(da.gradient(rosenbrock)(x) * B))(X)
    np.testing.assert_allclose(got, want @ B, rtol=1e-12)
    third = np.asarray(jax.jacfwd(jax.hessian(rosenbrock_in_jax))(X))
    np.testing.assert_allclose(da.jacobian(da.hessian(rosenbrock))(X), third, rtol=1e-12)


@pytest.mark.parametrize("chunk_size", [1, 4, 100])
def test_chunks_change_nothing(chunk_size):
    for transform in (da.jacobian, da.hessian, da.laplacian):
        got = transform(network, chunk_size=chunk_size)(X)
        np.testing.assert_allclose(got, transform(network)(X), rtol=1e-12, atol=1e-13)


def test_many_directions_come_in_chunks_by_themselves(monkeypatch):
    from dualad.transforms import inputs

    passes = []

    def f(x):
        passes.append(1)
        return x * x

    assert np.array_equal(da.jacobian(f)(X), np.diag(2 * X))
    assert len(passes) == 1
    monkeypatch.setattr(inputs, "ELEMENTS_IN_ONE_PASS", 12)
    assert np.array_equal(da.jacobian(f)(X), np.diag(2 * X))
    assert len(passes) == 1 + 3


def test_containers_go_in_and_come_out():
    p = {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": (np.float32([1.0, 2.0]), [5.0])}

    def f(p, x):
        return da.sum(p["w"] @ x * p["b"][0]) * p["b"][1][0]

    x = np.array([1.0, -1.0])
    g = da.gradient(f)(p, x)
    np.testing.assert_array_equal(g["w"], 5.0 * np.outer([1.0, 2.0], x))
    np.testing.assert_array_equal(g["b"][0], 5.0 * p["w"] @ x)
    assert g["b"][0].dtype == np.float32
    assert isinstance(g["b"], tuple)
    assert isinstance(g["b"][1], list)
    assert g["b"][1][0] == (p["w"] @ x) @ [1.0, 2.0]
    jac = da.jacobian(lambda p, x: {"y": p["w"] @ x})(p, x)
    assert jac["y"]["w"].shape == (2, 2, 2)
    assert jac["y"]["b"][1][0].tolist() == [0.0, 0.0]
    curved = da.hessian(f)(p, x)
    assert curved["w"]["b"][0].shape == (2, 2, 2)
    assert curved["b"][0]["w"].shape == (2, 2, 2)


def test_argnums_choose_the_arguments():
    def f(x, y, z):
        return da.sum(x * y**2) + z

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert da.gradient(f, argnums=1)(x, y, 1.0).tolist() == (2 * x * y).tolist()
    by_z, by_x = da.gradient(f, argnums=(-1, 0))(x, y, 1.0)
    assert by_z == 1.0
    assert by_x.tolist() == (y**2).tolist()
    mixed = da.hessian(f, argnums=(0, 1))(x, y, 1.0)
    assert np.array_equal(mixed[0][1], np.diag(2 * y))
    assert np.array_equal(mixed[1][0], np.diag(2 * y))
    assert da.laplacian(f, argnums=(0, 1))(x, y, 0.0) == 2 * x.sum()
    product = da.hvp(f, argnums=(0, 1))(x, y, 0.0, (np.ones(2), np.zeros(2)))
    assert product[0].tolist() == [0.0, 0.0]
    assert product[1].tolist() == (2 * y).tolist()


@pytest.mark.parametrize("transform", [da.gradient, da.jacobian, da.hessian, da.laplacian])
def test_wrong_argnums_are_refused(transform):
    with pytest.raises(ValueError, match=r"argnums=3, but the function was given 1 argument"):
        transform(lambda x: x, argnums=3)(1.0)
    with pytest.raises(ValueError, match="names an argument twice"):
        transform(lambda x, y: x, argnums=(0, -2))(1.0, 1.0)
    for wrong in ("x", (), 1.5, True, (0, None)):
        with pytest.raises(TypeError, match="argnums is an integer or a tuple of integers"):
            transform(lambda x: x, argnums=wrong)(1.0)


def test_auxiliary_output_carries_no_tangent():
    def f(x):
        return da.sum(x * x), {"doubled": 2.0 * x, "name": "f"}

    slope, aux = da.gradient(f, has_aux=True)(X)
    assert slope.tolist() == (2 * X).tolist()
    assert type(aux["doubled"]) is np.ndarray
    assert aux["name"] == "f"
    (value, aux), slope = da.value_and_gradient(f, has_aux=True)(X)
    assert value == np.sum(X * X)
    assert type(aux["doubled"]) is np.ndarray
    jac, aux = da.jacobian(f, has_aux=True)(X)
    assert jac.tolist() == (2 * X).tolist()
    assert type(aux["doubled"]) is np.ndarray
    curved, aux = da.hessian(f, has_aux=True)(X)
    assert np.array_equal(curved, 2 * np.eye(6))
    assert type(aux["doubled"]) is np.ndarray
    with pytest.raises(TypeError, match=r"with has_aux=True the function returns \(output"):
        da.gradient(lambda x: x, has_aux=True)(1.0)


def test_a_gradient_is_of_one_number():
    with pytest.raises(ValueError, match=r"this one returned shape \(6,\): sum over it, or write"):
        da.gradient(lambda x: x * x)(X)
    with pytest.raises(ValueError, match="returns one number, not a tuple"):
        da.gradient(lambda x: (x, x))(X)
    with pytest.raises(ValueError, match="a Laplacian is of a function of one array, not a dict"):
        da.laplacian(lambda x: {"y": x})(X)


def test_chunks_have_a_positive_size():
    for transform in (da.jacobian, da.hessian, da.laplacian):
        with pytest.raises(ValueError, match="1 or more; got 0"):
            transform(network, chunk_size=0)


def test_what_does_not_depend_has_zeros():
    assert da.gradient(lambda x: 3.0)(X).tolist() == [0.0] * 6
    assert da.gradient(lambda x: da.sum(np.ones(3)))(X).tolist() == [0.0] * 6
    assert da.jacobian(lambda x: np.ones(2))(X).shape == (2, 6)
    assert not da.jacobian(lambda x: np.ones(2))(X).any()
    by_y = da.gradient(lambda x, y: da.sum(x), argnums=1)(X, np.ones((2, 0)))
    assert by_y.shape == (2, 0)


def test_numbers_empty_arrays_and_types():
    assert da.gradient(lambda x: x**3)(2.0) == 12.0
    assert da.gradient(lambda x: x * x)(3) == 6.0
    assert da.jacobian(lambda x: x * x)(np.ones(0)).shape == (0, 0)
    assert da.hessian(lambda x: da.sum(x * x))(np.ones((1, 2), np.float32)).dtype == np.float32
    assert da.hessian(lambda x: da.sum(x * x))(np.ones((1, 2))).shape == (1, 2, 1, 2)
    with pytest.raises(TypeError, match="needs real floating-point numbers, got dtype complex128"):
        da.gradient(lambda x: x)(1j * np.ones(()))


def test_half_types_are_computed_in_single_precision():
    x = np.float16([0.1, 100.0, 30.0])

    def f(x):
        return da.sum(x * x * x) * 1e-3

    wide = x.astype(np.float32)
    for transform in (da.gradient, da.hessian, da.jacobian):
        got = transform(f)(x)
        assert got.dtype == np.float16
        assert np.array_equal(got, transform(f)(wide).astype(np.float16))
    # In half precision the cube of 100 overflows.
    assert np.isfinite(da.gradient(f)(x)).all()


def test_singular_slopes_times_zero_stay_zero():
    with np.errstate(all="ignore"):
        got = da.gradient(lambda x: da.sum(da.where(x > 0, da.sqrt(x), 0.0)))(np.array([0.0, 4.0]))
        assert got.tolist() == [0.0, 0.25]
        assert da.gradient(da.sqrt)(0.0) == np.inf


def test_threads_and_nesting():
    wrong = []

    def work(seed):
        x = np.random.default_rng(seed).normal(size=4)
        for _ in range(30):
            got = da.gradient(lambda x: x[0] * da.sum(da.gradient(lambda y: da.sum(x * y * y))(x)))
            want = 2 * x[0] * 2 * x
            want[0] += np.sum(2 * x * x)
            if not np.allclose(got(x), want, rtol=1e-12):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
