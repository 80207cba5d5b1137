"""``x log y`` and ``x log(1 + y)``, whose factor wins where both are zero."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative

BINARY = {
    "xlogy": (
        lambda x, y: mp.log(y),
        lambda x, y: x / y,
        lambda x, y: 0,
        lambda x, y: 1 / y,
        lambda x, y: -x / y**2,
    ),
    "xlog1py": (
        lambda x, y: mp.log1p(y),
        lambda x, y: x / (1 + y),
        lambda x, y: 0,
        lambda x, y: 1 / (1 + y),
        lambda x, y: -x / (1 + y) ** 2,
    ),
}


@pytest.mark.parametrize("name", BINARY)
def test_partial_derivatives(name, dtype, checks):
    rng = np.random.default_rng(0)
    x = rng.normal(size=200) * np.exp(rng.normal(size=200) * 9.0)
    y = np.exp(rng.normal(size=200) * 9.0)
    if name == "xlog1py":
        y[:50] = -1.0 + np.geomspace(2.0**-20, 0.9, 50)
        y[50:100] = np.geomspace(1e-20, 0.1, 50) * rng.choice([-1.0, 1.0], 50)
    checks.binary(name, BINARY[name], dtype, x, y)


ZERO = {"xlogy": 0.0, "xlog1py": -1.0}  # where the logarithm is infinite


@pytest.mark.parametrize("name", BINARY)
def test_the_factor_wins(name):
    f, edge = getattr(da, name), ZERO[name]
    y = np.array([edge, 0.5, np.inf, np.nan])
    np.testing.assert_array_equal(f(np.zeros(4), y), [0.0, 0.0, 0.0, np.nan])
    np.testing.assert_array_equal(f(0.0, y), [0.0, 0.0, 0.0, np.nan])
    assert D(lambda y: f(0.0, y))(y[:3]).tolist() == [0.0, 0.0, 0.0]
    assert D(lambda y: f(np.zeros(3), y), 2)(y[:3]).tolist() == [0.0, 0.0, 0.0]
    assert D(lambda y: f(2.0, y))(edge) == np.inf
    # By both: the derivative is there although the factor is zero.
    assert D(lambda v: D(lambda u: f(u, v))(0.0))(2.0 + edge) == 0.5
    assert D(lambda u: D(lambda v: f(u, v))(2.0 + edge))(0.0) == 0.5


def test_by_the_factor_at_zero():
    assert float(D(lambda x: da.xlogy(x, 2.0))(0.0)) == pytest.approx(math.log(2), rel=1e-15)
    assert D(lambda x: da.xlogy(x, 0.0))(1.0) == -np.inf
    assert D(lambda x: da.xlog1py(x, np.array([-1.0])))(np.array([0.0])) == -np.inf
    kept = da.xlogy(da.Dual(np.zeros(2), np.array([0.0, 1.0])), 0.0)
    assert kept.tangent.tolist() == [0.0, -np.inf]


def test_entropy():
    def entropy(p):
        return -da.xlogy(p, p) - da.xlog1py(1.0 - p, -p)

    p = np.array([1e-300, 0.1, 0.5, 0.9])
    want = [float(mp.log1p(-mp.mpf(v)) - mp.log(mp.mpf(v))) for v in p]
    np.testing.assert_allclose(D(entropy)(p), want, rtol=1e-14, atol=1e-15)
    assert entropy(np.array([0.0, 1.0])).tolist() == [0.0, 0.0]
    assert D(entropy)(0.0) == np.inf


@pytest.mark.parametrize("name", BINARY)
def test_orders(name, checks):
    f, log = getattr(da, name), mp.log if name == "xlogy" else mp.log1p
    checks.orders(lambda x: f(x, x), lambda x: x * log(x), [0.3, 1.0, 4.5])
