"""Derivatives of products and norms where the function itself leaves the range of its dtype."""

import math

import array_api_strict
import dask.array
import jax.numpy
import mpmath as mp
import numpy as np
import pytest
import torch

import dualad as da

pytestmark = pytest.mark.filterwarnings("ignore:(overflow|underflow|divide|invalid):RuntimeWarning")

DOUBLE, SINGLE = (1e200, 1e-200, 3e307, 1e-307), (1e20, 1e-23, 1e-37, 5e37)
SIZES = [*((np.float64, s) for s in DOUBLE), *((np.float32, s) for s in SINGLE)]


def norm_of(ord, **options):
    return lambda x: da.linalg.vector_norm(x, ord=ord, **options)


def exact_norm(x, ord):
    """Gradient and Hessian of a norm, by the textbook's formulas."""
    x = [mp.mpf(float(v)) for v in x]
    norm = mp.fsum(abs(v) ** ord for v in x) ** (1 / mp.mpf(ord))
    slope = [mp.sign(v) * (abs(v) / norm) ** (ord - 1) for v in x]
    curvature = [
        [
            (ord - 1) / norm * ((abs(x[i]) / norm) ** (ord - 2) * (i == j) - slope[i] * slope[j])
            for j in range(len(x))
        ]
        for i in range(len(x))
    ]
    return slope, curvature


@pytest.mark.parametrize(("dtype", "size"), SIZES)
@pytest.mark.parametrize("ord", [2, 3, 1.5, -1, 0.5])
def test_norms(dtype, size, ord):
    x = (np.array([3.0, -4.0, 0.5]) * size).astype(dtype)
    with mp.workdps(60):
        slope, curvature = (np.array(a, float) for a in exact_norm(x, ord))
    for f in (norm_of(ord), lambda x: np.linalg.norm(x, ord)):
        got = da.gradient(f)(x)
        assert got.dtype == dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(got, slope, rtol=8 * eps)
        got = da.hessian(f)(x)
        assert got.dtype == dtype
        np.testing.assert_allclose(got, curvature, rtol=0, atol=40 * eps * abs(curvature).max())
        np.testing.assert_allclose(da.jacobian(da.jacobian(f))(x), got, rtol=100 * eps)


def test_every_row_of_a_norm_has_its_own_scale():
    x = np.array([[3e200, 4e200], [3e-200, 4e-200], [0.0, 0.0], [-3.0, 4.0]])
    want = [[0.6, 0.8], [0.6, 0.8], [0.0, 0.0], [-0.6, 0.8]]
    got = da.gradient(lambda x: norm_of(2, axis=-1)(x).sum())(x)
    np.testing.assert_allclose(got, want, rtol=4e-16)
    got = da.gradient(lambda x: norm_of(2, axis=0, keepdims=True)(x).sum())(x.T)
    np.testing.assert_allclose(got, np.transpose(want), rtol=4e-16)
    got = da.gradient(lambda x: da.linalg.matrix_norm(x))(x[:1])
    np.testing.assert_allclose(got, want[:1], rtol=4e-16)


@pytest.mark.parametrize("size", [1e100, 1.0, 1e-100])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_norm_of_a_high_order_is_nearly_that_of_the_extreme(size, sign):
    # (3/4)**1999 is the other's slope: in between there are numbers that the dtype does not have.
    x = np.array([3.0, 4.0]) * size
    got = da.gradient(norm_of(sign * 2000))(x)
    with mp.workdps(60):
        want = np.array(exact_norm(x, sign * 2000)[0], float)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("make", [torch.tensor, jax.numpy.asarray, array_api_strict.asarray])
def test_norms_of_other_libraries(make):
    x = make(np.array([3e20, 4e20], np.float32))
    np.testing.assert_allclose(np.asarray(da.gradient(norm_of(2))(x)), [0.6, 0.8], rtol=3e-7)
    x = make(np.array([1e30, 3e30], np.float32))
    np.testing.assert_allclose(np.asarray(da.gradient(da.std)(x)), [-0.5, 0.5], rtol=3e-7)
    x = make(np.array([1e25, 1e25, 1e-25, 1e-25], np.float32))
    want = [1e-25, 1e-25, 1e25, 1e25]
    np.testing.assert_allclose(np.asarray(da.gradient(da.prod)(x)), want, rtol=1e-5)


def test_norms_of_dask():
    x = dask.array.from_array(np.array([3e200, 4e200]), chunks=1)
    np.testing.assert_allclose(da.gradient(norm_of(2))(x).compute(), [0.6, 0.8], rtol=4e-16)


@pytest.mark.parametrize(("dtype", "size"), SIZES)
def test_deviations(dtype, size):
    x = (np.array([1.0, -3.0, 2.5, 0.5]) * size).astype(dtype)
    eps = np.finfo(dtype).eps
    with mp.workdps(60):
        exact = [mp.mpf(float(v)) for v in x]
        mean = mp.fsum(exact) / 4
        for correction in (0, 1):
            free = 4 - correction
            deviation = mp.sqrt(mp.fsum((v - mean) ** 2 for v in exact) / free)
            slope = [(v - mean) / (free * deviation) for v in exact]
            curvature = [
                [
                    ((i == j) - mp.mpf(1) / 4 - free * slope[i] * slope[j]) / (free * deviation)
                    for j in range(4)
                ]
                for i in range(4)
            ]
            f = lambda x, c=correction: da.std(x, correction=c)  # noqa: E731
            got = da.gradient(f)(x)
            assert got.dtype == dtype
            np.testing.assert_allclose(got, np.array(slope, float), rtol=0, atol=4 * eps)
            want = np.array(curvature, float)
            got = da.hessian(f)(x)
            np.testing.assert_allclose(got, want, rtol=0, atol=20 * eps * abs(want).max())


def test_deviations_of_each_row():
    x = np.array([[1e-200, 3e-200], [1e200, 3e200], [2.0, 2.0], [1.0, 3.0]])
    got = da.gradient(lambda x: da.std(x, axis=1).sum())(x)
    np.testing.assert_allclose(got, [[-0.5, 0.5], [-0.5, 0.5], [0, 0], [-0.5, 0.5]], rtol=1e-15)


PRODUCTS = {
    "high before low": [1e200, 1e200, 1e-200, 1e-200],
    "low before high": [1e-200, -1e-200, 1e200, 1e200],
    "a zero": [1e200, 1e200, 0.0, -1e-200, 1e-200],
    "two zeros": [1e200, 1e200, 0.0, 1e-200, 0.0, 1e-200],
    "subnormal": [5e-324, 3e-320, 1e300, 1e300, 1e30],
    "one": [1e-300],
    "many": (np.exp(np.random.default_rng(7).uniform(-1, 1, 999) * 600)).tolist(),
    "many of one size": [1e-9] * 40 + [1e9] * 40,
    "too large": [1e300, 1e300, 1e300],
    "too small": [1e-300, 1e-300, 1e-300],
}


@pytest.mark.parametrize("case", PRODUCTS)
def test_products(case):
    x = PRODUCTS[case]
    with mp.workdps(40):
        want = [float(mp.fprod(x[:i] + x[i + 1 :])) for i in range(len(x))]
    got = da.gradient(da.prod)(np.array(x))
    np.testing.assert_allclose(got, want, rtol=3e-16 * max(1, math.sqrt(len(x))), atol=0.0)
    # Of a zero product each factor is exact.
    np.testing.assert_array_equal(got == 0.0, np.array(want) == 0.0)
    if np.isfinite(got).all():
        np.testing.assert_array_equal(da.jacobian(da.prod)(np.array(x)), got)


def test_products_in_single_precision():
    x = [1e30] * 6 + [1e-30] * 6
    got = da.gradient(da.prod)(np.array(x, np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, 1.0 / np.array(x), rtol=4e-6)


def test_second_derivatives_of_products():
    x = [1e200, 1e100, 3e-200, 2e-100, 7.0]
    got = da.hessian(da.prod)(np.array(x))
    for i in range(5):
        for j in range(5):
            with mp.workdps(40):
                want = mp.fprod(v for k, v in enumerate(x) if k not in (i, j)) if i != j else 0
            assert got[i, j] == pytest.approx(float(want), rel=1e-14)


def test_products_along_axes():
    x = np.array([[1e200, 1e200, 1e-200], [1e-200, 0.0, 1e-200], [1.0, 2.0, 3.0]])
    got = da.gradient(lambda x: da.prod(x, axis=1).sum())(x)
    want = [[1.0, 1.0, np.inf], [0.0, 0.0, 0.0], [6.0, 3.0, 2.0]]
    np.testing.assert_allclose(got, want, rtol=1e-15)
    got = da.gradient(lambda x: da.prod(x, axis=0, keepdims=True).sum())(x.T)
    np.testing.assert_allclose(got, np.transpose(want), rtol=1e-15)


def test_infinite_and_unordered_factors():
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(da.gradient(da.prod)(np.array([np.inf, 2.0])), [2.0, np.inf])
        assert np.isnan(da.gradient(da.prod)(np.array([np.nan, 2.0, 3.0]))[1:]).all()
        assert da.gradient(da.prod)(np.array([np.nan, 2.0, 3.0]))[0] == 6.0
