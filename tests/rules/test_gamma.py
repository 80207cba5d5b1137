"""The gamma function's logarithm and all its derivatives."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative


def cotangent(x):
    return mp.cospi(x) / mp.sinpi(x)


def polygamma(n):
    """``psi(n, x)``, by reflection where mpmath has a pole left of zero."""

    def function(x):
        if x > 0:
            return mp.psi(n, x)
        return sum(reflection_terms(n)(x))

    return function


def reflection_terms(n):
    """The two terms of psi left of zero, which cancel between the poles for even n."""

    def terms(x):
        if x > 0:
            return polygamma(n)(x), mp.zero
        s, c = mp.sinpi(x), mp.cospi(x)
        periodic = [
            -mp.pi * c / s,
            mp.pi**2 / s**2,
            -2 * mp.pi**3 * c / s**3,
            2 * mp.pi**4 * (1 + 2 * c * c) / s**4,
        ]
        return periodic[n], (-1) ** n * mp.psi(n, 1 - x)

    return terms


NAMES = ["lgamma", "lgamma_slope", "digamma", "trigamma"]
ORDERS = {"lgamma": (0, 1), "lgamma_slope": (1, 2), "digamma": (1, 2), "trigamma": (2, 3)}


@pytest.mark.parametrize("name", NAMES)
def test_right_of_zero(name, dtype, checks):
    magnitudes = np.geomspace(1e-30, 1e30, 121)
    root = 1.4616321449683622 + np.concatenate([s * np.geomspace(1e-15, 0.1, 30) for s in (-1, 1)])
    x = np.concatenate([np.linspace(0.01, 12.0, 241), magnitudes, root])
    first, second = (polygamma(n) for n in ORDERS[name])
    # The inner row's pow has two ulp in single precision.
    ulp = (9.0, 16.0) if name == "trigamma" else (5.0, 16.0)
    checks.unary(name, (first, second), dtype, x, ulp=ulp)


@pytest.mark.parametrize("name", NAMES)
def test_left_of_zero(name, dtype, checks):
    x = -np.concatenate([np.geomspace(1e-12, 0.1, 20), np.linspace(0.013, 20.0, 241)])
    x = x.astype(dtype)
    x = x[x != np.floor(x)]
    n1, n2 = ORDERS[name]
    for order, n, bound in ((1, n1, 8.0), (2, n2, 16.0)):
        terms = [reflection_terms(n)(mp.mpf(float(v))) for v in x]
        scale = [float(max(map(abs, t))) for t in terms] if n % 2 == 0 else None
        bound = 4.0 if n == 1 else bound
        got = D(getattr(da, name), order)(x)
        checks.close(got, [sum(t) for t in terms], bound, x, scale)


def test_beside_the_poles():
    """SciPy's digamma has no right digit there; the slope of lgamma does not go through it."""
    for pole in (-1.0, -7.0):
        for x in (np.nextafter(pole, 0.0), np.nextafter(pole, -np.inf), pole + 1e-9):
            want = float(polygamma(0)(mp.mpf(float(x))))
            assert float(D(da.lgamma)(x)) == pytest.approx(want, rel=1e-15, abs=0.0)


def test_ends():
    x = np.array([0.0, np.inf])
    assert D(da.lgamma)(x).tolist() == [-np.inf, np.inf]
    assert D(da.digamma)(x).tolist() == [np.inf, 0.0]
    assert D(da.digamma, 2)(x).tolist() == [-np.inf, 0.0]
    assert np.isinf(D(da.digamma)(-3.0))


@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_orders(name, checks):
    truth = mp.digamma if name == "digamma" else lambda x: mp.re(mp.loggamma(x))
    checks.orders(getattr(da, name), truth, [0.3, 1.0, 1.5, 2.0, 4.2, 30.0, -0.4, -2.7], rtol=1e-12)


def test_zeta(dtype, checks):
    x = np.concatenate([np.geomspace(1e-3, 1e6, 60), np.linspace(0.1, 20.0, 60)]).astype(dtype)
    for s in (2.0, 3.0, 7.5):
        got = da.zeta(s, x)
        want = [mp.zeta(s, mp.mpf(float(v))) for v in x]
        checks.close(got, want, 8.0, x)
    assert da.zeta(3.0, np.array([0.0, np.inf, -1.0])).tolist()[:2] == [np.inf, 0.0]
    assert np.isnan(da.zeta(3.0, -1.0))


def test_zeta_has_no_derivative_by_its_order():
    with pytest.raises(TypeError, match="derivative by x only"):
        D(lambda s: da.zeta(s, 2.0))(3.0)
