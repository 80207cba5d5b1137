"""What a backend lacks is written in functions of its namespace, as exact as a library's own.

array-api-strict has none of these functions, and refuses what the standard does not promise.
"""

import array_api_strict
import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

mp = mpmath.mp

EDGE = 1.0 - np.geomspace(2.0**-53, 0.3, 50)
REAL = np.concatenate(
    [
        np.linspace(-9.0, 9.0, 301),
        np.geomspace(1e-12, 1e4, 80),
        -np.geomspace(1e-12, 1e4, 80),
        [-1e30, 1e30],
    ]
)
TAILS = np.concatenate([np.linspace(-9.0, 9.0, 301), np.linspace(-36.0, 36.0, 145)])
POSITIVE = np.concatenate([np.geomspace(1e-30, 1e30, 121), np.linspace(0.01, 12.0, 301)])
NEGATIVE = -np.concatenate([np.geomspace(1e-9, 0.1, 20), np.linspace(0.0137, 20.0, 141)])
UNIT = np.concatenate([np.linspace(-0.999, 0.999, 201), EDGE, -EDGE, np.geomspace(1e-20, 0.1, 30)])


def bounded(f, limit):
    """``f`` where mpmath is quick; beyond, no dtype tells the difference."""
    return lambda x: f(max(min(x, mp.mpf(limit)), mp.mpf(-limit)))


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def digamma(x):
    return mp.digamma(x) if x > 0 else mp.digamma(1 - x) - mp.pi * mp.cospi(x) / mp.sinpi(x)


def trigamma(x):
    return mp.psi(1, x) if x > 0 else (mp.pi / mp.sinpi(x)) ** 2 - mp.psi(1, 1 - x)


def sinc_slope(x):
    return (mp.cospi(x) - mp.sinpi(x) / (mp.pi * x)) / x if x != 0 else mp.zero


# Where, the truth, and within how many ulp. In single precision NumPy's exp, which array-api-strict
# computes with, is itself 2.5 ulp off: what multiplies two of them has 8.
FUNCTIONS = {
    "erf": (REAL, mp.erf, 4.0),
    "erfc": (TAILS, mp.erfc, 8.0),
    "erfinv": (UNIT, mp.erfinv, 6.0),
    "erfinv_slope": (UNIT, lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2), 4.0),
    "gauss": (TAILS, lambda x: mp.exp(-x * x), 4.0),
    "ndtr": (TAILS, ndtr, 8.0),
    "normal_density": (TAILS, density, 4.0),
    "normal_hazard": (TAILS, lambda x: density(x) / ndtr(x), 4.0),
    # log1p of a tail that has those 8 already.
    "log_ndtr": (TAILS, lambda x: mp.log1p(-ndtr(-x)) if x > 0 else mp.log(ndtr(x)), 8.0),
    "lgamma": (POSITIVE, mp.loggamma, 4.0),
    "digamma": (POSITIVE, digamma, 5.0),
    "lgamma_slope": (POSITIVE, digamma, 5.0),
    "trigamma": (np.concatenate([POSITIVE, NEGATIVE]), trigamma, 4.0),
    "sinc": (REAL, lambda x: mp.sinpi(x) / (mp.pi * x) if x != 0 else mp.one, 4.0),
    "sinc_slope": (np.linspace(-0.75, 0.75, 201), sinc_slope, 4.0),
    "sin_pi": (REAL, mp.sinpi, 4.0),
    "cos_pi": (REAL, mp.cospi, 4.0),
    "cbrt": (np.concatenate([POSITIVE, -POSITIVE]), lambda x: mp.sign(x) * mp.cbrt(abs(x)), 4.0),
    "relu": (REAL, lambda x: max(x, mp.zero), 0.0),
    "silu": (REAL, bounded(lambda x: x * sigmoid(x), 5000), 6.0),
    "silu_slope": (REAL, bounded(lambda x: sigmoid(x) * (1 + x * sigmoid(-x)), 5000), 8.0),
    "log_sigmoid": (REAL, lambda x: min(x, 0) - mp.log1p(mp.exp(-min(abs(x), 5000))), 4.0),
}


def written(name, *arrays):
    """The table's definition, run by array-api-strict."""
    xp = da.array_namespace(array_api_strict.ones(1))
    arguments = [array_api_strict.asarray(a) for a in arrays]
    result = TABLE[name].written(xp, *arguments)
    assert str(result.dtype).endswith(str(arrays[0].dtype))
    return np.asarray(result)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values(name, dtype, checks):
    where, truth, bound = FUNCTIONS[name]
    x = np.unique(where.astype(dtype))
    if name.startswith("erfinv"):
        x = x[abs(x) < 1]
    if name == "trigamma":
        x = x[(x > 0) | (x != np.floor(x))]
    if name in ("silu", "silu_slope"):
        x = x[abs(x) < 5000]
    want = [truth(mp.mpf(float(v))) for v in x]
    checks.close(written(name, x), want, bound, x)


def test_lgamma_and_digamma_left_of_zero(dtype, checks):
    """Two terms cancel at the zeros between the poles: the larger is the measure."""
    x = NEGATIVE.astype(dtype)
    x = x[x != np.floor(x)]
    points = [mp.mpf(float(v)) for v in x]
    terms = [(mp.digamma(1 - v), -mp.pi * mp.cospi(v) / mp.sinpi(v)) for v in points]
    scale = [float(max(map(abs, t))) for t in terms]
    checks.close(written("digamma", x), [sum(t) for t in terms], 8.0, x, scale)
    terms = [(mp.log(mp.pi / abs(mp.sinpi(v))), -mp.loggamma(1 - v)) for v in points]
    scale = [float(max(map(abs, t))) for t in terms]
    checks.close(written("lgamma", x), [sum(t) for t in terms], 8.0, x, scale)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
def test_products_with_a_logarithm(name, dtype, checks):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=100) * 3.0).astype(dtype)
    y = np.exp(rng.normal(size=100) * 5.0).astype(dtype)
    log = mp.log if name == "xlogy" else mp.log1p
    want = [mp.mpf(float(a)) * log(mp.mpf(float(b))) for a, b in zip(x, y, strict=True)]
    checks.close(written(name, x, y), want, 4.0, x)
    zero = np.zeros(4, dtype)
    got = written(name, zero, np.array([-1.0, 0.0, np.inf, np.nan], dtype))
    np.testing.assert_array_equal(got, [0.0, 0.0, 0.0, np.nan])


ENDS = {
    "erf": [-1.0, 0.0, 1.0],
    "erfc": [2.0, 1.0, 0.0],
    "ndtr": [0.0, 0.5, 1.0],
    "log_ndtr": [-np.inf, np.log(0.5), 0.0],
    "normal_hazard": [np.inf, np.sqrt(2.0 / np.pi), 0.0],
    "cbrt": [-np.inf, 0.0, np.inf],
    "silu": [0.0, 0.0, np.inf],
    "log_sigmoid": [-np.inf, np.log(0.5), 0.0],
    "sinc": [0.0, 1.0, 0.0],
    "sinc_slope": [0.0, 0.0, 0.0],
}


@pytest.mark.parametrize("name", ENDS)
def test_ends(name):
    got = written(name, np.array([-np.inf, 0.0, np.inf, np.nan]))
    np.testing.assert_allclose(got[:3], ENDS[name], rtol=3e-16)
    assert np.isnan(got[3])


def test_poles():
    x = np.array([0.0, np.inf])
    assert written("lgamma", x).tolist() == [np.inf, np.inf]
    assert written("digamma", x).tolist() == [-np.inf, np.inf]
    assert written("trigamma", x).tolist() == [np.inf, 0.0]
    assert written("erfinv", np.array([-1.0, 1.0])).tolist() == [-np.inf, np.inf]
    assert np.isnan(written("erfinv", np.array([1.5]))).all()


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "relu"])
def test_derivatives_of_what_is_written(name):
    """Orders 1 to 4 on array-api-strict are those on NumPy."""
    x = np.array([0.3, 0.61, 0.9])
    for order in range(1, 5):
        want = da.derivative(getattr(da, name), order)(x)
        got = da.derivative(getattr(da, name), order)(array_api_strict.asarray(x))
        np.testing.assert_allclose(np.asarray(got), want, rtol=1e-12)
