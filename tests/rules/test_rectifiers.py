"""relu, x σ(x), and the logarithm of σ."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative


def within(f):
    """``f`` where mpmath computes it in reasonable time; beyond, no dtype tells the difference."""
    return lambda x: f(max(min(x, mp.mpf(5000)), mp.mpf(-5000)))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def bell(x):
    return sigmoid(x) * sigmoid(-x)


def silu_third_terms(x):
    x = max(min(x, mp.mpf(2000)), mp.mpf(-2000))
    t = mp.tanh(x / 2)
    return -3 * bell(x) * t, -bell(x) * x * (1 - 3 * t * t) / 2


def silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


def silu_curvature(x):
    return bell(x) * (2 - x * mp.tanh(x / 2))


UNARY = {
    "silu": (within(silu_slope), within(silu_curvature)),
    "silu_slope": (within(silu_curvature), lambda x: sum(silu_third_terms(x))),
    "log_sigmoid": (within(lambda x: sigmoid(-x)), within(lambda x: -bell(x))),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    ulp = (12.0, 16.0) if name == "silu_slope" else None
    scale = silu_third_terms if name == "silu_slope" else None
    checks.unary(name, UNARY[name], dtype, scale=scale, ulp=ulp)


def test_beside_the_zeros_of_the_derivatives(dtype, checks):
    with mp.workdps(40):
        roots = [
            mp.findroot(lambda x: 1 + x * sigmoid(-x), -1.28),
            mp.findroot(lambda x: x * mp.tanh(x / 2) - 2, 2.4),
        ]
    for order, root, bound in ((1, roots[0], 8.0), (2, roots[1], 16.0)):
        steps = np.geomspace(1e-17, 0.3, 60)
        x = np.unique(np.concatenate([float(root) + steps, float(root) - steps]).astype(dtype))
        want = [UNARY["silu"][order - 1](mp.mpf(float(v))) for v in x]
        checks.close(D(da.silu, order)(x), want, bound, x)


def test_ends():
    x = np.array([-np.inf, -1e300, 1e300, np.inf])
    assert da.silu(x).tolist() == [0.0, 0.0, 1e300, np.inf]
    np.testing.assert_allclose(D(da.silu)(x), [0.0, 0.0, 1.0, 1.0], rtol=3e-16)
    assert D(da.silu, 2)(x).tolist() == [0.0, 0.0, 0.0, 0.0]
    assert da.log_sigmoid(x).tolist() == [-np.inf, -1e300, 0.0, 0.0]
    assert D(da.log_sigmoid)(x).tolist() == [1.0, 1.0, 0.0, 0.0]


def test_relu():
    x = np.array([-np.inf, -2.0, -0.0, 0.0, 5e-324, 3.0, np.inf])
    assert da.relu(x).tolist() == [0.0, 0.0, 0.0, 0.0, 5e-324, 3.0, np.inf]
    assert D(da.relu)(x).tolist() == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert D(da.relu, 2)(x).tolist() == [0.0] * 7
    assert np.isnan(D(da.relu)(np.nan))


@pytest.mark.parametrize("name", ["silu", "log_sigmoid"])
def test_orders(name, checks):
    truth = {
        "silu": lambda x: x * sigmoid(x),
        "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    }[name]
    checks.orders(getattr(da, name), truth, [0.0, 0.3, -0.45, 1.0, -1.0, 2.5, -3.0, 9.0, -9.0])
