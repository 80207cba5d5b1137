"""The cube root."""

import mpmath
import numpy as np

import dualad as da

mp = mpmath.mp
D = da.derivative


def cbrt(x):
    return mp.sign(x) * mp.cbrt(abs(x))


def test_derivatives(dtype, checks):
    truths = (lambda x: 1 / (3 * cbrt(x) ** 2), lambda x: -2 / (9 * x * cbrt(x) ** 2))
    checks.unary("cbrt", truths, dtype, x=nonzero(dtype))


def nonzero(dtype):
    info = np.finfo(dtype)
    x = np.geomspace(float(info.smallest_subnormal), float(info.max) * 0.999, 200)
    return np.concatenate([x, -x, np.linspace(-9.0, 9.0, 131)[:65]])


def test_at_zero_and_infinity():
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(D(da.cbrt)(x), [np.inf, np.inf, 0.0, 0.0, np.nan])
    assert D(da.cbrt, 2)(0.0) == -np.inf
    kept = da.cbrt(da.Dual(np.zeros(2), np.array([0.0, 1.0])))
    assert kept.tangent.tolist() == [0.0, np.inf]


def test_orders(checks):
    checks.orders(da.cbrt, cbrt, [0.3, -2.0, 50.0, 1e-6])
