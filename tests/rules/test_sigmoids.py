"""The logistic function and what activations make of it and of tanh."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.testing import ulp_error

mp = mpmath.mp
D = da.derivative


def within(f):
    """``f`` where mpmath computes it in reasonable time; beyond, no dtype tells the difference."""
    return lambda x: f(max(min(x, mp.mpf(5000)), mp.mpf(-5000)))


def softplus(x):
    return mp.log1p(mp.exp(x))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def tanh_softplus_terms(x):
    """The two terms of the second derivative, which cancel near -0.12."""
    x = max(min(x, mp.mpf(2000)), mp.mpf(-2000))
    s, outer = sigmoid(x), mp.sech(softplus(x)) ** 2
    return outer * s * sigmoid(-x), -2 * outer * mp.tanh(softplus(x)) * s**2


def tanh_exp_second(x):
    u = mp.exp(min(x, mp.mpf(10)))
    return mp.sech(u) ** 2 * u * (1 - 2 * u * mp.tanh(u))


# Value, first and second derivative.
UNARY = {
    "sigmoid": (
        within(sigmoid),
        within(lambda x: mp.sech(x / 2) ** 2 / 4),
        within(lambda x: -(mp.sech(x / 2) ** 2) * mp.tanh(x / 2) / 4),
    ),
    "softplus": (
        within(softplus),
        within(sigmoid),
        within(lambda x: mp.sech(x / 2) ** 2 / 4),
    ),
    "tanh_softplus": (
        within(lambda x: mp.tanh(softplus(x))),
        within(lambda x: mp.sech(softplus(x)) ** 2 * sigmoid(x)),
        lambda x: sum(tanh_softplus_terms(x)),
    ),
    "tanh_exp": (
        within(lambda x: mp.tanh(mp.exp(min(x, mp.mpf(10))))),
        within(lambda x: mp.sech(mp.exp(min(x, mp.mpf(10)))) ** 2 * mp.exp(min(x, mp.mpf(10)))),
        within(tanh_exp_second),
    ),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    scale = tanh_softplus_terms if name == "tanh_softplus" else None
    checks.unary(name, UNARY[name][1:], dtype, scale=scale)


@pytest.mark.parametrize("name", UNARY)
def test_values(name):
    x = np.concatenate([np.linspace(-9.0, 9.0, 131), [-600.0, -80.0, -1e-9, 1e-9, 80.0, 600.0]])
    want = [UNARY[name][0](mp.mpf(float(v))) for v in x]
    assert np.abs(ulp_error(getattr(da, name)(x), want)).max() <= 4.0


@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_orders(name, checks):
    checks.orders(getattr(da, name), {"sigmoid": sigmoid, "softplus": softplus}[name], [0.3, -4.3])


@pytest.mark.parametrize(("f", "order"), [(da.sigmoid, 1), (da.softplus, 2)])
def test_the_right_tail_is_not_a_difference(f, order):
    assert D(f, order)(40.0) == pytest.approx(4.248354255291589e-18, rel=1e-15, abs=0.0)


def test_softplus_does_not_overflow():
    x = np.array([800.0, 1e300, np.inf, -800.0, -np.inf])
    assert da.softplus(x).tolist() == [800.0, 1e300, np.inf, 0.0, 0.0]
    assert da.softplus(np.float32(200.0)) == 200.0


def test_at_infinity():
    x = np.array([-np.inf, np.inf])
    assert D(da.sigmoid)(x).tolist() == [0.0, 0.0]
    assert D(da.softplus)(x).tolist() == [0.0, 1.0]
