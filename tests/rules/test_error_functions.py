"""The error function and its relatives."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.testing import ulp_error

mp = mpmath.mp
D = da.derivative


def gauss(x):
    """``e^(-x²)``; mpmath would compute as many bits as the square has."""
    return mp.exp(-(min(abs(x), mp.mpf(100)) ** 2))


# Value, first and second derivative.
UNARY = {
    "erf": (
        mp.erf,
        lambda x: 2 / mp.sqrt(mp.pi) * gauss(x),
        lambda x: -4 * min(x, mp.mpf(100)) / mp.sqrt(mp.pi) * gauss(x),
    ),
    "erfc": (
        mp.erfc,
        lambda x: -2 / mp.sqrt(mp.pi) * gauss(x),
        lambda x: 4 * min(x, mp.mpf(100)) / mp.sqrt(mp.pi) * gauss(x),
    ),
    "gauss": (gauss, lambda x: -2 * x * gauss(x), lambda x: (4 * x * x - 2) * gauss(x)),
}


def slope_of_inverse(x):
    return mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2)


INVERSE = {
    "erfinv": (slope_of_inverse, lambda x: 2 * mp.erfinv(x) * slope_of_inverse(x) ** 2),
    "erfinv_slope": (
        lambda x: 2 * mp.erfinv(x) * slope_of_inverse(x) ** 2,
        lambda x: (2 + 8 * mp.erfinv(x) ** 2) * slope_of_inverse(x) ** 3,
    ),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    large = np.geomspace(9.0, 28.0, 60)
    x = np.concatenate([np.linspace(-9.0, 9.0, 181), np.geomspace(1e-12, 9.0, 50), large, -large])
    checks.unary(name, UNARY[name][1:], dtype, x)


@pytest.mark.parametrize("name", ["erf", "gauss"])
def test_values(name):
    x = np.linspace(-9.0, 9.0, 131)
    want = [UNARY[name][0](mp.mpf(float(v))) for v in x]
    assert np.abs(ulp_error(getattr(da, name)(x), want)).max() <= 4.0


def test_the_gaussian_tail_ends_where_double_precision_does():
    for x in (9.0, 20.5, 26.0, -26.0):
        want = float(2 / mp.sqrt(mp.pi) * mp.exp(-(mp.mpf(x) ** 2)))
        assert float(D(da.erf)(x)) == pytest.approx(want, rel=1e-14, abs=0.0)
        assert float(D(da.erfc)(x)) == pytest.approx(-want, rel=1e-14, abs=0.0)
    assert D(da.erf)(math.inf) == 0.0


def test_erf_has_every_derivative_at_zero():
    nested = da.erf
    for order in range(1, 8):
        nested = D(nested)
        with mp.workdps(60):
            want = float(mp.diff(mp.erf, 0, order))
        assert float(D(da.erf, order)(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order
        assert float(nested(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order


@pytest.mark.parametrize("name", INVERSE)
def test_the_inverse_up_to_the_edges(name, dtype, checks):
    edges = 1.0 - np.geomspace(np.finfo(dtype).eps, 0.3, 60)
    small = np.geomspace(1e-30, 0.1, 40)
    x = np.concatenate([np.linspace(-0.999, 0.999, 161), edges, -edges, small, -small])
    x = x.astype(dtype)
    checks.unary(name, INVERSE[name], dtype, x[abs(x) < 1])


def test_the_inverse_is_infinite_at_the_edges_and_undefined_beyond():
    x = np.array([-1.0, 1.0, 1.5, np.nan])
    assert da.erfinv(x)[:2].tolist() == [-np.inf, np.inf]
    assert D(da.erfinv)(x)[:2].tolist() == [np.inf, np.inf]
    assert D(da.erfinv, 2)(x)[:2].tolist() == [-np.inf, np.inf]
    assert np.isnan(D(da.erfinv)(x)[2:]).all()


@pytest.mark.parametrize("name", ["erf", "erfc", "erfinv"])
def test_orders(name, checks):
    x = [0.0, 0.3, -0.45, 0.9] + ([] if name == "erfinv" else [-1.0, 2.5, -3.0])
    checks.orders(getattr(da, name), getattr(mp, name), x)
