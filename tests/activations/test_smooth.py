"""The catalogue against mpmath: values and derivatives, float32 and float64, both tails."""

import mpmath
import numpy as np
import pytest

from dualad.activations import mish, tanhexp
from dualad.testing import ulp_error

mp = mpmath.mp


def mish_terms(x):
    """y and the two terms of f'."""
    s = mp.log1p(mp.exp(x))
    t = mp.tanh(s)
    return x * t, t, x * mp.sech(s) ** 2 / (1 + mp.exp(-x))


def tanhexp_terms(x):
    e = mp.exp(x)
    return x * mp.tanh(e), mp.tanh(e), x * mp.sech(e) ** 2 * e


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("f", "terms"), [(mish, mish_terms), (tanhexp, tanhexp_terms)], ids=["mish", "tanhexp"]
)
def test_within_8_ulp_in_both_tails(f, terms, dtype):
    lo, hi = (-80, 100) if dtype == np.float32 else (-700, 700)
    x = np.unique(np.concatenate([np.linspace(lo, hi, 801), np.linspace(-4, 4, 401)]).astype(dtype))
    y, d = f.linearize(x)
    with mp.workdps(60):
        exact = [terms(mp.mpf(float(v))) for v in x]
    normal = np.finfo(dtype).smallest_normal
    ok = np.array([min(abs(a), abs(b + c)) >= normal for a, b, c in exact]) | (x == 0)
    assert ok.sum() > 1000
    assert np.abs(ulp_error(y, [e[0] for e in exact]))[ok].max() <= 8
    scale = [float(max(abs(e[1]), abs(e[2]))) for e in exact]
    assert np.abs(ulp_error(d, [e[1] + e[2] for e in exact], scale))[ok].max() <= 8


@pytest.mark.parametrize("f", [mish, tanhexp])
def test_limits(f):
    with np.errstate(all="raise"):
        y, d = f.linearize(np.array([1e308, np.nan]))
    assert (y[0], d[0]) == (1e308, 1.0)
    assert np.isnan(y[1])
    assert np.isnan(d[1])
