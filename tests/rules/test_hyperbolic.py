"""Hyperbolic functions and their inverses."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative
inf = np.inf


def within(f):
    """``f`` where mpmath computes it in reasonable time; beyond, no dtype tells the difference."""
    return lambda x: f(max(min(x, mp.mpf(5000)), mp.mpf(-5000)))


def sech_squared_terms(x):
    x = max(min(x, mp.mpf(5000)), mp.mpf(-5000))
    return 4 * mp.tanh(x) ** 2 * mp.sech(x) ** 2, -2 * mp.sech(x) ** 4


def tanh_second(x):
    return -2 * mp.tanh(x) * mp.sech(x) ** 2


UNARY = {
    "sinh": (within(mp.cosh), within(mp.sinh)),
    "cosh": (within(mp.sinh), within(mp.cosh)),
    "tanh": (within(lambda x: mp.sech(x) ** 2), within(tanh_second)),
    "sech_squared": (within(tanh_second), lambda x: sum(sech_squared_terms(x))),
    "asinh": (lambda x: 1 / mp.sqrt(1 + x * x), lambda x: -x / mp.sqrt(1 + x * x) ** 3),
    "acosh": (lambda x: 1 / mp.sqrt(x * x - 1), lambda x: -x / mp.sqrt(x * x - 1) ** 3),
    "atanh": (lambda x: 1 / (1 - x * x), lambda x: 2 * x / (1 - x * x) ** 2),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    # (sech²)'' is a difference that cancels near 0.66: an ulp there is one of the larger term.
    scale = sech_squared_terms if name == "sech_squared" else None
    checks.unary(name, UNARY[name], dtype, scale=scale)


@pytest.mark.parametrize("name", ["sinh", "cosh", "tanh", "asinh", "acosh", "atanh"])
def test_orders(name, checks):
    x = {"acosh": [1.001, 1.3, 40.0], "atanh": [0.3, -0.95, 1e-3]}.get(name, [0.3, -1.9, 4.3])
    checks.orders(getattr(da, name), getattr(mp, name), x)


def test_where_the_exponentials_end(dtype, checks):
    edge = 710.0 if dtype == np.float64 else 89.0
    x = np.array([-edge, -edge + 1.0, edge - 1.0, edge])
    for name in ("sinh", "cosh"):
        checks.unary(name, UNARY[name], dtype, x)


@pytest.mark.parametrize(
    ("f", "x", "want"),
    [
        (da.tanh, 20.0, 1.6993417021166355e-17),
        (da.tanh, 400.0, 0.0),
        (da.asinh, 1e200, 1e-200),
        (da.asinh, -1e308, 1e-308),
        (da.acosh, 1e300, 1e-300),
        (da.atanh, 1.0 - 2.0**-53, float(1 / (1 - (1 - mp.mpf(2) ** -53) ** 2))),
    ],
)
def test_where_others_go_wrong(f, x, want):
    assert D(f)(x) == pytest.approx(want, rel=1e-15, abs=0.0)


def test_at_infinity():
    x = np.array([-inf, inf])
    for order in (1, 2):
        assert D(da.tanh, order)(x).tolist() == [0.0, 0.0]
        assert D(da.asinh, order)(x).tolist() == [0.0, 0.0]
        assert D(da.acosh, order)(inf) == 0.0
    assert D(da.sinh)(x).tolist() == [inf, inf]
    assert D(da.cosh)(x).tolist() == [-inf, inf]


def test_outside_the_domain_there_is_no_derivative():
    for order in (1, 2):
        assert np.isnan(D(da.acosh, order)(np.array([0.5, -2.0, -inf, np.nan]))).all()
        assert np.isnan(D(da.atanh, order)(np.array([1.5, -2.0, -inf, inf, np.nan]))).all()
    assert np.isnan(D(D(da.atanh))(np.array([1.5, -2.0]))).all()


def test_the_edges_of_the_domain():
    assert D(da.acosh)(1.0) == inf
    assert D(da.acosh, 2)(1.0) == -inf
    assert D(da.atanh)(np.array([-1.0, 1.0])).tolist() == [inf, inf]
    assert D(da.atanh, 2)(np.array([-1.0, 1.0])).tolist() == [-inf, inf]
    zero_tangent = da.acosh(da.Dual(np.ones(2), np.array([0.0, 1.0]))).tangent
    assert zero_tangent.tolist() == [0.0, inf]


def test_an_odd_function_has_every_derivative_at_zero():
    nested = da.tanh
    for order in range(1, 8):
        nested = D(nested)
        with mp.workdps(60):
            want = float(mp.diff(mp.tanh, 0, order))
        assert float(D(da.tanh, order)(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order
        assert float(nested(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order
