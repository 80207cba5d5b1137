"""The same functions and derivatives on every backend, equal to NumPy's; Dask's stay lazy."""

import array_api_strict
import dask
import dask.array
import jax
import jax.numpy
import numpy as np
import pytest
import tensorflow as tf
import torch

import dualad as da

jax.config.update("jax_enable_x64", True)

BACKENDS = {
    "numpy": np.asarray,
    "array_api_strict": array_api_strict.asarray,
    "torch": torch.tensor,
    "tensorflow": tf.constant,
    "jax": jax.numpy.asarray,
    "dask": lambda x: dask.array.from_array(x, chunks=2),
}

RNG = np.random.default_rng(7)
V = (RNG.permutation(6) * 0.31 - 0.7).astype(np.float64)
A = RNG.normal(size=(3, 4))
SQUARE = RNG.normal(size=(3, 3)) * 0.3 + 2.0 * np.eye(3)


def xp_of(x):
    return da.array_namespace(x)


def softmax(x):
    xp = xp_of(x)
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def indexed(x):
    return x[1:, ...][0, ...] * x[:, 1:3][-1, 0] + x[0, :] * x[::2, :][None, 1, :][0, ...]


def standardized(x):
    xp = xp_of(x)
    return (x - xp.mean(x, axis=0)) / xp.std(x, axis=0, correction=1.0)


def masked(x):
    xp = xp_of(x)
    return xp.where(x > 0.0, xp.sqrt(xp.abs(x)), xp.sin(x))


def joined(x):
    xp = xp_of(x)
    return xp.concat([xp.flip(x, axis=0), x * 2.0, xp.stack([x[0, :], x[2, :]])], axis=0)


def rolled(x):
    xp = xp_of(x)
    return xp.roll(x, 1, axis=1) * xp.expand_dims(x[:, 0], axis=1)


def taken(x):
    xp = xp_of(x)
    # Where an array is lazy, indices as such are not known before it is computed.
    lazy = hasattr(da.array_namespace(x).zeros(1).value if isinstance(x, da.Dual) else x, "dask")
    return xp.take(x * x, np.array([2, 0, 0]) if lazy else xp.asarray([2, 0, 0]), axis=1)


FUNCTIONS = {
    "element-wise": (lambda x: da.tanh(x) * da.exp(-x * x) + da.softplus(x), A),
    "special": (lambda x: da.erf(x) + da.lgamma(da.abs(x) + 1.0), A),
    "where": (masked, A),
    "sum": (lambda x: xp_of(x).sum(x * x, axis=0), A),
    "mean": (lambda x: xp_of(x).mean(x**3, axis=-1, keepdims=True), A),
    "spread": (standardized, A),
    "prod": (lambda x: xp_of(x).prod(x, axis=0), A),
    "cumulative_sum": (lambda x: xp_of(x).cumulative_sum(x * x, axis=0), A),
    "extremes": (lambda x: xp_of(x).max(x, axis=0) * xp_of(x).min(x), A),
    "logsumexp": (lambda x: xp_of(x).logsumexp(x, axis=-1), A),
    "softmax": (softmax, A),
    "matmul": (lambda x: x @ xp_of(x).matrix_transpose(x), A),
    "tensordot": (lambda x: xp_of(x).tensordot(x, x, axes=((0,), (0,))), A),
    "norm": (lambda x: xp_of(x).linalg.vector_norm(x, axis=0), A),
    "outer": (lambda x: xp_of(x).linalg.outer(x, x), V),
    "indices": (indexed, A),
    "joined": (joined, A),
    "rolled": (rolled, A),
    "taken": (taken, A),
    "reshape": (lambda x: xp_of(x).reshape(x * x, (-1,)), A),
    "repeat": (lambda x: xp_of(x).repeat(x, 2, axis=0) * xp_of(x).tile(x, (2, 1)), A),
    "triangle": (lambda x: xp_of(x).tril(x @ x), SQUARE),
    "diff": (lambda x: xp_of(x).diff(x * x, axis=0), A),
}
"""What runs everywhere."""

DENSE = {
    "cumulative_prod": (lambda x: xp_of(x).cumulative_prod(x, axis=1), A),
    "sort": (lambda x: xp_of(x).sort(x) ** 2, V),
    "sort down": (lambda x: xp_of(x).sort(x, axis=0, descending=True), A),
    "unique": (lambda x: xp_of(x).unique_values(x), V),
    "along": (
        lambda x: xp_of(x).take_along_axis(x * x, xp_of(x).argsort(x, axis=0), axis=0),
        A,
    ),
    "mask": (lambda x: (x * x)[x > 0.0], V),
    "solve": (lambda x: xp_of(x).linalg.solve(x, x[:, 0] * 1.0), SQUARE),
    "solve matrices": (lambda x: xp_of(x).linalg.solve(x, x @ x[:, :2]), SQUARE),
    "inv": (lambda x: xp_of(x).linalg.inv(x), SQUARE),
    "det": (lambda x: xp_of(x).linalg.det(x), SQUARE),
    "cholesky": (lambda x: xp_of(x).linalg.cholesky(x @ xp_of(x).matrix_transpose(x)), SQUARE),
    "eigvalsh": (lambda x: xp_of(x).linalg.eigvalsh(x @ xp_of(x).matrix_transpose(x)), SQUARE),
    "trace": (lambda x: xp_of(x).linalg.trace(x @ x) + xp_of(x).linalg.diagonal(x), SQUARE),
}
"""What Dask's chunks do not have, or cannot have without knowing their sizes."""


def weighted(f):
    """A number of which each element has another part."""

    def number(x):
        y = f(x)
        xp = xp_of(y)
        size = int(np.prod(y.shape))
        weights = xp.reshape(xp.cos(xp.arange(size, dtype=y.dtype)), y.shape)
        return xp.sum(y * weights)

    return number


TRANSFORMS = {
    "value": lambda f, x: f(x),
    "jvp": lambda f, x: da.jvp(f, (x,), (x * 0.5,))[1],
    "jacobian": lambda f, x: da.jacobian(f)(x),
    "chunks": lambda f, x: da.jacobian(f, chunk_size=5)(x),
    "gradient": lambda f, x: da.gradient(weighted(f))(x),
    "hessian": lambda f, x: da.hessian(weighted(f))(x),
    "hvp": lambda f, x: da.hvp(weighted(f))(x, x * 0.5),
    "laplacian": lambda f, x: da.laplacian(weighted(f))(x),
}

CASES = FUNCTIONS | DENSE


def as_numpy(x):
    return np.asarray(x.compute() if hasattr(x, "compute") else x)


class Refusing:
    """A scheduler of Dask that computes nothing."""

    def __call__(self, *arguments, **options):
        raise AssertionError("something was computed")


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("function", CASES)
@pytest.mark.parametrize("backend", [b for b in BACKENDS if b != "numpy"])
def test_equal_to_numpy(backend, function, transform):
    if backend == "dask" and function in DENSE:
        return
    f, x = CASES[function]
    want = TRANSFORMS[transform](f, x)
    array = BACKENDS[backend](x)
    if backend == "dask":
        with dask.config.set(scheduler=Refusing()):
            got = TRANSFORMS[transform](f, array)
    else:
        got = TRANSFORMS[transform](f, array)
    assert isinstance(got, type(array)) or backend == "jax"
    assert type(got).__module__.partition(".")[0] == type(array).__module__.partition(".")[0]
    got = as_numpy(got)
    assert got.dtype == np.float64
    assert got.shape == want.shape
    size = 1.0 + np.max(np.abs(want), initial=0.0)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13 * size)


HALVES = {
    "numpy float16": lambda x: np.asarray(x, np.float16),
    "torch float16": lambda x: torch.tensor(x, dtype=torch.float16),
    "torch bfloat16": lambda x: torch.tensor(x, dtype=torch.bfloat16),
    "tensorflow float16": lambda x: tf.constant(x, tf.float16),
    "tensorflow bfloat16": lambda x: tf.constant(x, tf.bfloat16),
    "jax float16": lambda x: jax.numpy.asarray(x, jax.numpy.float16),
    "jax bfloat16": lambda x: jax.numpy.asarray(x, jax.numpy.bfloat16),
}


def wide(x):
    """The numbers in double precision."""
    if isinstance(x, torch.Tensor):
        return x.double().numpy()
    return np.asarray(tf.cast(x, tf.float64) if tf.is_tensor(x) else x, np.float64)


@pytest.mark.parametrize(
    "name", ["tanh", "exp", "sin", "softplus", "sigmoid", "erf", "log", "divide"]
)
@pytest.mark.parametrize("half", HALVES)
def test_half_types_are_rounded_once(half, name):
    points = np.linspace(0.25, 4.0, 61)
    x = HALVES[half](points)
    f = (lambda x: 1.0 / x) if name == "divide" else getattr(da, name)
    exact = wide(x)
    want = da.derivative(f)(exact)
    digits = 8 if "bfloat16" in half else 11
    unit = 2.0 ** (np.floor(np.log2(np.maximum(np.abs(want), 2.0**-14))) + 1 - digits)
    if "bfloat16" not in half:
        unit = np.maximum(unit, 2.0**-24)
    for got in (da.derivative(f)(x), da.jvp(f, (x,), (HALVES[half](np.ones(61)),))[1]):
        assert type(got) is type(x)
        assert got.dtype == x.dtype
        assert np.max(np.abs(wide(got) - want) / unit) <= 1.0
    dual = f(da.Dual(x, HALVES[half](np.ones(61))))
    assert dual.dtype == dual.tangent.dtype == x.dtype
    assert np.max(np.abs(wide(dual.tangent) - want) / unit) <= 1.0


@pytest.mark.parametrize("backend", ["array_api_strict", "torch", "tensorflow", "jax", "dask"])
def test_single_precision_stays_single(backend):
    x = BACKENDS[backend](A.astype(np.float32))
    for name in ("spread", "matmul", "indices", "joined", "rolled", "logsumexp", "prod"):
        f, _ = CASES[name]
        for transform in ("jvp", "jacobian", "gradient", "hessian"):
            got = TRANSFORMS[transform](f, x)
            assert "float32" in str(got.dtype)
            want = TRANSFORMS[transform](f, A)
            size = 1.0 + np.max(np.abs(want))
            np.testing.assert_allclose(as_numpy(got), want, rtol=1e-4, atol=2e-5 * size)


@pytest.mark.parametrize("backend", ["numpy", "array_api_strict", "torch", "tensorflow", "jax"])
@pytest.mark.parametrize(
    "key",
    [
        (slice(None, None, -1), 0),
        (1, slice(3, 0, -2)),
        (..., slice(-2, None, -1)),
        (None, slice(None, 0, -1), None, ...),
        (slice(1, 2, -1), slice(None)),
        (slice(None), np.array([2, 0, 2])),
        (np.array([2, 0, 2]), slice(None, None, -1)),
    ],
    ids=str,
)
def test_what_is_taken_out_and_put_back(backend, key):
    x = BACKENDS[backend](A)
    xp = da.array_namespace(x)
    want = A[key].copy()
    np.testing.assert_array_equal(as_numpy(xp.getitem(x, key)), want)
    back = np.zeros_like(A)
    np.add.at(back, key, want)
    np.testing.assert_array_equal(as_numpy(xp.scatter(BACKENDS[backend](want), key, A.shape)), back)
