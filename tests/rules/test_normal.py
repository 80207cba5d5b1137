"""The standard normal distribution, to the last digit of both tails."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative


def erfcx(x):
    """``exp(x²) erfc(x)``; by its asymptotic series where the exponential is astronomical."""
    if x < 1e4:
        return mp.exp(x * x) * mp.erfc(x)
    total = term = mp.one
    for k in range(20):
        term *= -(2 * k + 1) / (2 * x * x)
        total += term
    return total / (x * mp.sqrt(mp.pi))


def density(x):
    return mp.exp(-(min(abs(x), mp.mpf(100)) ** 2) / 2) / mp.sqrt(2 * mp.pi)


def hazard(x):
    return mp.sqrt(2 / mp.pi) / erfcx(-min(x, mp.mpf(100)) / mp.sqrt(2))


def hazard_slope(x):
    with mp.workdps(160):
        return -hazard(x) * (x + hazard(x))


def hazard_curvature_terms(x):
    return -hazard_slope(x) * (x + 2 * hazard(x)), -hazard(x)


def times_density(x):
    return -max(min(x, mp.mpf(100)), mp.mpf(-100)) * density(x)


UNARY = {
    "ndtr": (density, times_density),
    "log_ndtr": (hazard, hazard_slope),
    "normal_density": (times_density, lambda x: (x * x - 1) * density(x)),
    "normal_hazard": (hazard_slope, lambda x: sum(hazard_curvature_terms(x))),
}
SCALES = {"normal_hazard": hazard_curvature_terms}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    small, large = np.geomspace(1e-12, 9.0, 40), np.geomspace(9.0, 36.0, 40)
    x = np.concatenate([np.linspace(-9.0, 9.0, 181), small, -small, large, -large])
    ulp = (8.0, 16.0) if name == "normal_hazard" else None
    checks.unary(name, UNARY[name], dtype, x, scale=SCALES.get(name), ulp=ulp)


def test_the_logarithm_far_left(dtype, checks):
    x = -np.geomspace(10.0, 1e30, 60)
    checks.unary("log_ndtr", UNARY["log_ndtr"], dtype, x)


@pytest.mark.parametrize("name", ["ndtr", "log_ndtr"])
def test_orders(name, checks):
    def ndtr(x):
        return mp.erfc(-x / mp.sqrt(2)) / 2

    truth = ndtr if name == "ndtr" else lambda x: mp.log(ndtr(x))
    checks.orders(getattr(da, name), truth, [0.0, 0.3, -0.45, 1.0, -1.0, 2.5, -3.0, 5.0, -8.0])


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("ndtr", -38.0, 1.097221052e-314),
        ("ndtr", -math.inf, 0.0),
        ("ndtr", math.inf, 0.0),
        ("log_ndtr", -1e10, 1e10),
        ("log_ndtr", 37.0, 2.1200065515246056e-298),
        ("log_ndtr", math.inf, 0.0),
        ("log_ndtr", -math.inf, math.inf),
    ],
)
def test_ends(name, x, slope):
    assert float(D(getattr(da, name))(x)) == pytest.approx(slope, rel=1e-9, abs=0.0)


def test_the_logarithms_curvature_goes_to_minus_one():
    x = np.array([-1e3, -1e10, -1e300, -np.inf])
    np.testing.assert_allclose(D(da.log_ndtr, 2)(x), [-0.999999, -1, -1, -1], rtol=1e-11)
