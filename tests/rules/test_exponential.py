"""Exponentials and logarithms."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative
LOG_2, LOG_10 = mp.log(2), mp.log(10)


def exp(x):
    """No dtype reaches beyond; mpmath would compute as many bits as the exponent has."""
    return mp.exp(max(min(x, mp.mpf(5000)), mp.mpf(-5000)))


def sigmoid(x):
    return 1 / (1 + exp(-x))


UNARY = {
    "exp": (exp, exp),
    "expm1": (exp, exp),
    "log": (lambda x: 1 / x, lambda x: -1 / x**2),
    "log1p": (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "log2": (lambda x: 1 / x / LOG_2, lambda x: -1 / x**2 / LOG_2),
    "log10": (lambda x: 1 / x / LOG_10, lambda x: -1 / x**2 / LOG_10),
}

LOGADDEXP = (
    lambda x, y: sigmoid(x - y),
    lambda x, y: sigmoid(y - x),
    lambda x, y: sigmoid(x - y) * sigmoid(y - x),
    lambda x, y: -sigmoid(x - y) * sigmoid(y - x),
    lambda x, y: sigmoid(x - y) * sigmoid(y - x),
)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    checks.unary(name, UNARY[name], dtype)


@pytest.mark.parametrize("name", ["expm1", "log", "log1p", "log10"])
def test_orders(name, checks):
    checks.orders(getattr(da, name), getattr(mp, name), [0.3, 1e-3, 40.0])


def test_logaddexp(dtype, checks):
    checks.binary("logaddexp", LOGADDEXP, dtype)


def test_logaddexp_in_the_tails(dtype, checks):
    # The rounding of x - y alone is hundreds of ulp in the share of the smaller one.
    rng = np.random.default_rng(0)
    limit = 700.0 if dtype == np.float64 else 85.0
    x = rng.normal(size=400).astype(dtype)
    y = rng.uniform(-limit, limit, 400).astype(dtype)
    checks.binary("logaddexp", LOGADDEXP, dtype, x, y)


@pytest.mark.parametrize("which", [0, 1])
def test_logaddexp_orders(which, checks):
    c = 0.7
    f = (lambda x: da.logaddexp(x, c)) if which == 0 else lambda x: da.logaddexp(c, x)
    checks.orders(f, lambda x: mp.log(mp.exp(x) + mp.exp(mp.mpf(c))), [0.3, 0.7, -4.3])


def test_logaddexp_of_infinities():
    inf = np.inf
    x = np.array([inf, -inf, inf, -inf, 1.0, 1.0])
    y = np.array([inf, -inf, 1.0, 1.0, inf, -inf])
    assert D(da.logaddexp)(x, y).tolist() == [0.5, 0.5, 1.0, 0.0, 0.0, 1.0]
    assert D(lambda y: da.logaddexp(x, y))(y).tolist() == [0.5, 0.5, 0.0, 1.0, 1.0, 0.0]
    assert D(lambda x: da.logaddexp(x, -inf))(2.0) == 1.0
    assert np.isnan(D(da.logaddexp)(np.nan, 1.0))


def test_a_small_exponential_is_not_a_difference():
    assert D(da.expm1)(-40.0) == pytest.approx(4.248354255291589e-18, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("name", ["log", "log1p", "log2", "log10"])
@pytest.mark.parametrize("order", [1, 2])
def test_outside_the_domain_there_is_no_derivative(name, order):
    f, edge = getattr(da, name), -1.0 if name == "log1p" else 0.0
    for derivative in (D(f, order), D(D(f)) if order == 2 else D(f)):
        got = derivative(np.array([edge - 1.0, -np.inf, np.nan]))
        assert np.isnan(got).all()
    assert D(f, order)(edge) == (np.inf if order == 1 else -np.inf)
    assert D(f, order)(np.inf) == 0.0


def test_limits_of_the_exponential():
    assert D(da.exp)(np.array([-np.inf, np.inf])).tolist() == [0.0, np.inf]
    assert D(da.expm1, 2)(np.array([-np.inf, np.inf])).tolist() == [0.0, np.inf]
