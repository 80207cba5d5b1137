"""Polar coordinates: hypot and atan2."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative
inf = np.inf

ATAN2 = (
    lambda y, x: x / (x * x + y * y),
    lambda y, x: -y / (x * x + y * y),
    lambda y, x: -2 * x * y / (x * x + y * y) ** 2,
    lambda y, x: (y - x) * (y + x) / (x * x + y * y) ** 2,
    lambda y, x: 2 * x * y / (x * x + y * y) ** 2,
)

HYPOT = (
    lambda x, y: x / mp.hypot(x, y),
    lambda x, y: y / mp.hypot(x, y),
    lambda x, y: y**2 / mp.hypot(x, y) ** 3,
    lambda x, y: -x * y / mp.hypot(x, y) ** 3,
    lambda x, y: x**2 / mp.hypot(x, y) ** 3,
)


def test_hypot(dtype, checks):
    checks.binary("hypot", HYPOT, dtype)


def test_hypot_of_subnormal_and_of_the_largest_legs(dtype, checks):
    info = np.finfo(dtype)
    small = np.array([1.0, 2.0, 3.0, 100.0, 1e4], dtype) * info.smallest_subnormal
    large = np.array([0.2, 0.7, 0.9, 1.0, 1.0], dtype) * info.max
    x, y = (a.ravel() for a in np.meshgrid([*small, *large], [*small, *large]))
    checks.binary("hypot", HYPOT, dtype, x, y)


@pytest.mark.parametrize("which", [0, 1])
def test_hypot_orders(which, checks):
    c = 0.7
    f = (lambda x: da.hypot(x, c)) if which == 0 else lambda x: da.hypot(c, x)
    checks.orders(f, lambda x: mp.sqrt(x * x + mp.mpf(c) ** 2), [0.3, 0.0, -4.3])


def test_hypot_at_the_origin_and_at_infinity():
    for order in (1, 2):
        assert D(da.hypot, order)(0.0, 0.0) == 0.0
        assert D(lambda y, order=order: da.hypot(0.0, y), order)(0.0) == 0.0
    x, y = np.array([inf, -inf, 1.0, 0.0]), np.array([1.0, 0.0, inf, -inf])
    assert D(da.hypot)(x, y).tolist() == [1.0, -1.0, 0.0, 0.0]
    assert D(da.hypot, 2)(x, y).tolist() == [0.0] * 4
    assert D(da.hypot)(1e200, 1e200) == pytest.approx(0.5**0.5, rel=1e-15)


def test_atan2(dtype, checks):
    checks.binary("atan2", ATAN2, dtype)


@pytest.mark.parametrize("which", [0, 1])
def test_atan2_orders(which, checks):
    c = 0.7
    f = (lambda x: da.atan2(x, c)) if which == 0 else lambda x: da.atan2(c, x)
    arguments = (lambda x: (x, mp.mpf(c))) if which == 0 else lambda x: (mp.mpf(c), x)
    checks.orders(f, lambda x: mp.atan2(*arguments(x)), [0.3, -1.9, 4.3])


@pytest.mark.parametrize("size", [1e200, 1e-200, 1e-320, 1.5e308])
def test_atan2_of_extreme_legs(size):
    with mp.workdps(40):
        want = mp.mpf(size) / (2 * mp.mpf(size) ** 2)
    want = float(want) if want < mp.mpf("1.7e308") else inf
    tiny = 2.3e-308  # a subnormal result has fewer digits
    assert D(da.atan2)(size, size) == pytest.approx(want, rel=1e-15, abs=1e-16 * tiny)
    assert D(lambda x: da.atan2(size, x))(size) == pytest.approx(-want, rel=1e-15, abs=1e-16 * tiny)


def test_atan2_has_no_derivative_at_the_origin_but_a_zero_tangent_stays():
    assert np.isnan(D(da.atan2)(0.0, 0.0))
    y = da.Dual(np.zeros(2), np.array([0.0, 1.0]))
    assert da.atan2(y, np.array([0.0, 2.0])).tangent.tolist() == [0.0, 0.5]


def test_atan2_of_infinite_legs():
    y, x = np.array([inf, inf, 1.0, -1.0, -inf]), np.array([1.0, inf, inf, -inf, 0.0])
    assert D(da.atan2)(y, x).tolist() == [0.0] * 5
    assert D(lambda x: da.atan2(y, x))(x).tolist() == [0.0] * 5
