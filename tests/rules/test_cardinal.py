"""The cardinal sine, and sines of multiples of π."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative


def sinc(x):
    return mp.sinpi(x) / (mp.pi * x) if x != 0 else mp.one


def slope_terms(x):
    """The two terms of the first derivative, which cancel near its zeros."""
    if abs(x) < 1e-9:
        return -(mp.pi**2) * x / 3, mp.pi**4 * x**3 / 30
    return mp.cospi(x) / x, -sinc(x) / x


def curvature_terms(x):
    if abs(x) < 1e-9:
        return -(mp.pi**2) / 3, mp.pi**4 * x * x / 10
    return -mp.pi * mp.sinpi(x) / x, -2 * sum(slope_terms(x)) / x


def grid(dtype):
    magnitudes = np.geomspace(1e-30, 1e30, 121)
    near = np.linspace(-0.75, 0.75, 101)
    whole = np.arange(-9.0, 9.5, 0.5)
    x = np.concatenate([np.linspace(-9.0, 9.0, 301), magnitudes, -magnitudes, near, whole])
    return np.unique(x.astype(dtype))


def test_the_slope_of_sinc(dtype, checks):
    x = grid(dtype)
    terms = [slope_terms(v) for v in map(mp.mpf, map(float, x))]
    # Within half a unit of zero a series: no terms that cancel.
    scale = [
        float(abs(sum(t)) if abs(v) < 0.5 else max(map(abs, t)))
        for v, t in zip(x, terms, strict=True)
    ]
    checks.close(D(da.sinc)(x), [sum(t) for t in terms], 4.0, x, scale)


def test_the_curvature_of_sinc(dtype, checks):
    x = grid(dtype)
    terms = [curvature_terms(v) for v in map(mp.mpf, map(float, x))]
    scale = [
        float(abs(sum(t)) if abs(v) < 0.5 else max(map(abs, t)))
        for v, t in zip(x, terms, strict=True)
    ]
    checks.close(D(da.sinc, 2)(x), [sum(t) for t in terms], 16.0, x, scale)


@pytest.mark.parametrize(
    ("name", "truths"),
    [
        ("sin_pi", (lambda x: mp.pi * mp.cospi(x), lambda x: -(mp.pi**2) * mp.sinpi(x))),
        ("cos_pi", (lambda x: -mp.pi * mp.sinpi(x), lambda x: -(mp.pi**2) * mp.cospi(x))),
    ],
)
def test_multiples_of_pi(name, truths, dtype, checks):
    checks.unary(name, truths, dtype, grid(dtype))


def test_integers_and_halves_are_zeros():
    x = np.array([-3.0, 0.0, 7.0, 2.0**40, 1e300])
    assert (da.sin_pi(x) == 0).all()
    assert (da.cos_pi(np.array([-2.5, 0.5, 1e6 + 0.5])) == 0).all()
    assert D(da.sin_pi)(2.0**40 + 1.0) == -np.pi


def test_where_others_go_wrong():
    assert float(D(da.sinc)(1e-9)) == pytest.approx(-3.289868133696453e-9, rel=1e-15)
    assert float(D(da.sinc, 2)(0.0)) == pytest.approx(-(np.pi**2) / 3, rel=1e-15)
    assert D(da.sinc)(np.array([-np.inf, 0.0, np.inf])).tolist() == [0.0, 0.0, 0.0]
    assert D(da.sinc)(1e10) == pytest.approx(1e-10, rel=1e-15)


def test_orders(checks):
    x = [0.0, 1e-5, 0.3, -0.49, 0.5, -0.51, 1.0, 2.5, -3.0, 7.3]
    checks.orders(da.sinc, sinc, x)
    for order in (6, 8):
        with mp.workdps(100):
            want = float((-1) ** (order // 2) * mp.pi**order / (order + 1))
        assert float(D(da.sinc, order)(0.0)) == pytest.approx(want, rel=1e-12)
