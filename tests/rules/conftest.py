"""How a row is held against the truth, and where."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE
from dualad.testing import ulp_error

mpmath.mp.dps = 60
mp = mpmath.mp

DTYPES = [np.float64, np.float32]


@pytest.fixture(autouse=True)
def quiet():
    """An overflow in a derivative warns as it does in NumPy; here it is the right answer."""
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(params=DTYPES, ids=["float64", "float32"])
def dtype(request):
    return request.param


def points(row, dtype):
    """Probes, a dense middle, all magnitudes of the dtype, both sides of the domain's edges."""
    info = np.finfo(dtype)
    magnitudes = np.geomspace(float(info.smallest_normal) * 1.01, float(info.max) / 2, 90)
    tails = np.geomspace(1e-12, 90.0 if dtype == np.float32 else 720.0, 70)
    steps = 2.0 ** -np.arange(1.0, 50.0, 3.0)
    edges = [e + s for e in row.domain if np.isfinite(e) for s in (*steps, *-steps)]
    x = np.concatenate(
        [row.probes, np.linspace(-9.0, 9.0, 131), magnitudes, -magnitudes, tails, -tails, edges]
    ).astype(dtype)
    lo, hi = row.domain
    return np.unique(x[(x > lo) & (x < hi)])


def pairs(row, dtype):
    """Pairs of arguments but zeros: both of any size, near each other, one of them a probe."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    low, high = np.log(float(info.smallest_normal) * 1.01), np.log(float(info.max) / 2)

    def signs(n):
        return rng.choice([-1.0, 1.0], n)

    x = [np.exp(rng.uniform(low, high, 150)) * signs(150), 3.0 * rng.normal(size=150)]
    y = [np.exp(rng.uniform(low, high, 150)) * signs(150), 3.0 * rng.normal(size=150)]
    near = np.exp(rng.uniform(low, high, 50)) * signs(50)
    x.append(near)
    y.append(near * (1.0 + 0.5 * rng.normal(size=50)))
    probes = np.array(np.meshgrid(row.probes, row.probes)).reshape(2, -1)
    x = np.concatenate([*x, probes[0]]).astype(dtype)
    y = np.concatenate([*y, probes[1]]).astype(dtype)
    usable = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    return x[usable], y[usable]


def mp_array(x):
    return [mp.mpf(float(v)) for v in x]


def assert_close(got, want, bound, where, scale=None):
    """Within ``bound`` ulp where the truth is normal, no further than the border where it is not.

    ``scale`` is the larger term of a sum that cancels.
    """
    got = np.asarray(got)
    info = np.finfo(got.dtype)
    tiny, largest = float(info.smallest_normal), float(info.max)
    want = [mp.mpf(w) for w in want]
    size = np.array([float(abs(w)) for w in want])
    overflows = np.array([abs(w) > largest for w in want])
    normal = (size >= tiny) & ~overflows
    zero = np.array([w == 0 for w in want])
    error = np.abs(ulp_error(got, want, scale))
    counted = np.where(normal, error, 0.0)
    worst = int(np.argmax(np.where(np.isnan(counted), np.inf, counted)))
    assert counted[worst] <= bound, (where[worst], got[worst], float(want[worst]), counted[worst])
    small = ~normal & ~overflows
    bad = small & ~(np.abs(got) <= np.where(zero, 0.0, 1.001 * tiny))
    assert not bad.any(), (np.array(where)[bad][:3], got[bad][:3], size[bad][:3])
    bad = overflows & ~(np.abs(got) >= 0.999 * largest)
    assert not bad.any(), (np.array(where)[bad][:3], got[bad][:3])
    return float(counted[worst])


class Checks:
    """Rows against truths of mpmath."""

    close = staticmethod(assert_close)
    pairs = staticmethod(pairs)

    @staticmethod
    def unary(name, truths, dtype, x=None, scale=None, ulp=None):
        """First and second derivative; ``scale(x)`` gives the terms of the second one."""
        row = TABLE[name]
        x = points(row, dtype) if x is None else np.asarray(x, dtype)
        f = getattr(da, name)
        worst = []
        for order, truth, bound in zip((1, 2), truths, ulp or row.ulp, strict=True):
            got = da.derivative(f, order)(x)
            assert got.dtype == dtype
            assert got.shape == x.shape
            terms = None
            if order == 2 and scale is not None:
                terms = [float(max(map(abs, scale(v)))) for v in mp_array(x)]
            worst.append(assert_close(got, map(truth, mp_array(x)), bound, x, terms))
        return worst

    @staticmethod
    def binary(name, truths, dtype, x=None, y=None, scale=None, ulp=None):
        """Derivatives by x, y, x twice, both, y twice; ``scale(x, y)`` for the mixed one."""
        row = TABLE[name]
        if x is None:
            x, y = pairs(row, dtype)
        x, y = np.asarray(x, dtype), np.asarray(y, dtype)
        f = getattr(da, name)
        mixed = f(da.HyperDual(x, 1.0, None), da.HyperDual(y, None, 1.0)).d12
        got = [
            da.derivative(f)(x, y),
            da.derivative(lambda y: f(x, y))(y),
            da.derivative(f, 2)(x, y),
            np.broadcast_to(np.asarray(0.0 if mixed is None else mixed, dtype), x.shape),
            da.derivative(lambda y: f(x, y), 2)(y),
        ]
        both = list(zip(mp_array(x), mp_array(y), strict=True))
        first, second = ulp or row.ulp
        worst = []
        for i, (result, truth) in enumerate(zip(got, truths, strict=True)):
            assert result.dtype == dtype
            terms = None
            if i == 3 and scale is not None:
                terms = [float(max(map(abs, scale(a, b)))) for a, b in both]
            want = [truth(a, b) for a, b in both]
            bound = first if i < 2 else second
            worst.append(assert_close(result, want, bound, list(zip(x, y, strict=True)), terms))
        return worst

    @staticmethod
    def orders(function, truth, x, up_to=4, rtol=1e-10):
        """Orders 1 to 4 at generic points, by nesting and by ``order=``."""
        nested = function
        for order in range(1, up_to + 1):
            nested = da.derivative(nested)
            for v in x:
                with mp.workdps(150):
                    want = mp.diff(truth, mp.mpf(float(v)), order)
                for got in (nested(v), da.derivative(function, order)(v)):
                    error = abs(mp.mpf(float(got)) - want)
                    assert error <= rtol * (abs(want) + 1e-3), (order, v, got, float(want))


@pytest.fixture
def checks():
    return Checks
