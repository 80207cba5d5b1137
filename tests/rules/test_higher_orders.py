"""Derivatives of higher order, nested and by ``order=``: right to the last digits at zeros."""

import itertools

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.testing import ulp_error

mp = mpmath.mp
D = da.derivative


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def silu(x):
    return x * sigmoid(x)


TRUTHS = {
    "sigmoid": sigmoid,
    "logistic": sigmoid,
    "logistic_slope": lambda x: sigmoid(x) * sigmoid(-x),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "log_sigmoid": lambda x: mp.log(sigmoid(x)),
    "silu": silu,
    "silu_slope": lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    "silu_curvature": lambda x: sigmoid(x) * sigmoid(-x) * (2 - x * mp.tanh(x / 2)),
    "tanh": mp.tanh,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atanh": mp.atanh,
    "asinh": mp.asinh,
    "arc_slope": lambda x: 1 / mp.sqrt(1 - x * x),
    "atan_slope": lambda x: 1 / (1 + x * x),
    "atanh_slope": lambda x: 1 / (1 - x * x),
    "erf": mp.erf,
    "gauss": lambda x: mp.exp(-x * x),
    "gauss_moment": lambda x: x * mp.exp(-x * x),
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "normal_density": density,
    "normal_moment": lambda x: x * density(x),
}

NEAR_ZERO = (1e-20, -1e-9, 1e-5, 1e-3)


def ways(order):
    """All the ways to a derivative of one order: at once, one by one, and what lies between."""
    for depth in range(1, order + 1):
        for orders in itertools.product(range(1, order + 1), repeat=depth):
            if sum(orders) == order:
                yield orders


def along(f, orders):
    for order in orders:
        f = D(f, order)
    return f


def assert_right(f, truth, x, order, bound=64.0):
    with mp.workdps(160):
        want = mp.diff(truth, mp.mpf(x), order)
    for orders in ways(order):
        got = along(f, orders)(x)
        assert np.abs(ulp_error(np.asarray([got]), [want])).max() <= bound, (x, orders, got, want)


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("name", TRUTHS)
def test_near_zero(name, order):
    """One of two neighbouring derivatives is zero there, and a difference would lose it."""
    for x in NEAR_ZERO:
        assert_right(getattr(da, name), TRUTHS[name], x, order)


@pytest.mark.parametrize(("name", "order"), [("ndtr", 3), ("normal_density", 2)])
def test_near_one(name, order):
    for x in (1.0 - 1e-9, 1.0 + 1e-9, -1.0 + 1e-9):
        assert_right(getattr(da, name), TRUTHS[name], x, order)


def test_near_the_root_of_one_half():
    for x in (np.sqrt(0.5), np.nextafter(np.sqrt(0.5), 1.0), -np.sqrt(0.5) + 1e-9):
        for name, order in (("erf", 3), ("erfc", 3), ("gauss", 2)):
            assert_right(getattr(da, name), getattr(mp, name, TRUTHS["gauss"]), float(x), order)


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("x", [1.0 + 1e-9, 2.0, 1e9])
def test_of_acosh(x, order):
    assert_right(da.acosh, mp.acosh, x, order)


@pytest.mark.parametrize("order", [2, 3])
def test_of_logaddexp(order):
    for x in NEAR_ZERO:
        assert_right(lambda v: da.logaddexp(v, 0.0), lambda v: mp.log1p(mp.exp(v)), x, order)


@pytest.mark.parametrize("name", ["sigmoid", "asin", "acos", "atanh"])
def test_hessians_and_gradients_of_gradients(name):
    f = getattr(da, name)
    with mp.workdps(160):
        want = mp.diff(TRUTHS[name], mp.mpf(1e-20), 2)
    for got in (da.hessian(f)(1e-20), da.gradient(da.gradient(f))(1e-20)):
        assert np.abs(ulp_error(np.asarray([got]), [want])).max() <= 4.0


def seconds(f, x):
    """The second derivative in every way."""
    return [
        float(g(x))
        for g in (D(f, 2), D(D(f)), da.hessian(f), da.gradient(da.gradient(f)), D(da.gradient(f)))
    ]


# A number times an infinite slope that is zero, or a difference of two infinities, is no answer.
EDGES = {
    "xlogy": (lambda y: da.xlogy(1.0, y), 0.0, -np.inf),
    "xlogy, zero wins": (lambda y: da.xlogy(0.0, y), 0.0, 0.0),
    "xlog1py": (lambda y: da.xlog1py(1.0, y), -1.0, -np.inf),
    "cbrt": (da.cbrt, 0.0, -np.inf),
    "cbrt left of zero": (da.cbrt, -0.0, np.inf),
    "atan": (da.atan, np.inf, 0.0),
    "atan, far": (da.atan, 1e308, 0.0),
    "acosh": (da.acosh, np.inf, 0.0),
    "acosh at its edge": (da.acosh, 1.0, -np.inf),
    "asin at its edge": (da.asin, 1.0, np.inf),
    "atanh at its edge": (da.atanh, 1.0, np.inf),
    "logaddexp": (lambda x: da.logaddexp(x, np.inf), np.inf, 0.25),
    "logaddexp, nothing": (lambda x: da.logaddexp(x, -np.inf), -np.inf, 0.25),
    "remainder": (lambda y: da.remainder(1.0, y), 0.0, np.nan),
    "remainder by x": (lambda x: da.remainder(x, 0.0), 1.0, np.nan),
    "pow by its exponent": (lambda n: da.pow(0.0, n), 2.0, 0.0),
    "pow of infinity": (lambda n: da.pow(np.inf, n), 2.0, np.inf),
    "pow to infinity": (lambda x: da.pow(x, np.float64(np.inf)), 2.0, np.inf),
}


@pytest.mark.parametrize("case", EDGES)
def test_all_ways_agree_at_the_edges(case):
    f, x, want = EDGES[case]
    np.testing.assert_array_equal(seconds(f, x), [want] * 5)


def test_infinite_derivatives_of_the_cube_root_have_their_signs():
    assert [float(D(da.cbrt, k)(0.0)) for k in (1, 2, 3, 4)] == [np.inf, -np.inf, np.inf, -np.inf]
    assert float(D(D(D(D(da.cbrt))))(0.0)) == -np.inf


def test_pow_by_its_exponent_and_its_base_at_zero():
    by_base, by_exponent = da.gradient(da.pow), da.gradient(da.pow, argnums=1)
    assert da.gradient(by_base, argnums=1)(0.0, 2.0) == 0.0
    assert da.gradient(by_exponent)(0.0, 2.0) == 0.0
    assert da.gradient(by_exponent, argnums=1)(0.0, 2.0) == 0.0


def test_a_pow_of_an_array_with_a_zero_has_a_hessian():
    x, n = np.array([0.0, 1.0, 2.0]), np.array([2.0, 2.0, 2.0])
    want = np.diag([0.0, 0.0, 4.0 * np.log(2.0) ** 2])
    got = da.hessian(lambda n: da.sum(da.pow(x, n)))(n)
    np.testing.assert_allclose(got, want, rtol=1e-15)


def test_the_third_derivative_of_acosh_at_its_edge():
    assert D(D(D(da.acosh)))(1.0) == D(da.acosh, 3)(1.0) == np.inf


def test_the_mixed_derivative_of_pow_at_zero_has_a_gradient():
    def mixed(n):
        exponent = da.HyperDual(n, None, 1.0)
        return da.pow(da.HyperDual(np.float64(0.0), 1.0, None, None, exponent.tag), exponent).d12

    assert mixed(2.0) == 0.0
    assert da.gradient(mixed)(2.0) == D(mixed)(2.0) == 0.0
