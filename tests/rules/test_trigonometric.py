"""Trigonometric functions and their inverses."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative
inf = np.inf

UNARY = {
    "sin": (mp.cos, lambda x: -mp.sin(x)),
    "cos": (lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2),
    "asin": (lambda x: 1 / mp.sqrt(1 - x * x), lambda x: x / mp.sqrt(1 - x * x) ** 3),
    "acos": (lambda x: -1 / mp.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x) ** 3),
    "atan": (lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    checks.unary(name, UNARY[name], dtype)


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_near_the_zeros_and_poles(name, dtype, checks):
    k = np.arange(-40.0, 41.0)
    x = np.concatenate([k * (np.pi / 2), k * (np.pi / 2) + 1e-5, k * 1e5 * np.pi, k * 1e20])
    checks.unary(name, UNARY[name], dtype, x)


@pytest.mark.parametrize("name", UNARY)
def test_orders(name, checks):
    x = [0.3, -0.7, 0.95, 1e-3] + ([1.9, -4.3] if name not in ("asin", "acos") else [-0.99])
    checks.orders(getattr(da, name), getattr(mp, name), x)


@pytest.mark.parametrize("name", ["asin", "acos"])
def test_the_ends_of_the_arcs(name):
    f, sign = getattr(da, name), 1.0 if name == "asin" else -1.0
    assert D(f)(np.array([-1.0, 1.0])).tolist() == [sign * inf, sign * inf]
    assert D(f, 2)(np.array([-1.0, 1.0])).tolist() == [-sign * inf, sign * inf]
    assert np.isnan(D(f)(np.array([-1.5, 1.5, -inf, inf, np.nan]))).all()
    assert np.isnan(D(f, 2)(np.array([-1.5, 1.5, -inf, inf, np.nan]))).all()
    zero_tangent = f(da.Dual(np.ones(2), np.array([0.0, 1.0]))).tangent
    assert zero_tangent.tolist() == [0.0, sign * inf]


def test_at_infinity():
    x = np.array([-inf, inf])
    assert D(da.atan)(x).tolist() == [0.0, 0.0]
    assert D(da.atan, 2)(x).tolist() == [0.0, 0.0]
    for name in ("sin", "cos", "tan"):
        assert np.isnan(D(getattr(da, name))(x)).all()
