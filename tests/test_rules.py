"""Every row of the table against mpmath: values, first and second derivatives, in ulp."""

import math

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.rules import ROWS, TABLE
from dualad.testing import ulp_error

mpmath.mp.dps = 50
mp = mpmath.mp


@pytest.fixture(autouse=True)
def quiet():
    """An overflow in a derivative warns as it does in NumPy; here it is the right answer."""
    with np.errstate(all="ignore"):
        yield


def mp_softplus(x):
    return mp.log1p(mp.exp(x))


def mp_sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def tanh_softplus_second_terms(x):
    """The two terms of the second derivative, which cancel near -0.12."""
    s, outer = mp_sigmoid(x), mp.sech(mp_softplus(x)) ** 2
    return outer * s * mp_sigmoid(-x), -2 * outer * mp.tanh(mp_softplus(x)) * s**2


def sech_squared_second_terms(x):
    return 4 * mp.tanh(x) ** 2 * mp.sech(x) ** 2, -2 * mp.sech(x) ** 4


def gauss_second_terms(x):
    return 4 * x * x * mp.exp(-(x**2)), -2 * mp.exp(-(x**2))


# Second derivatives that cancel somewhere: an ulp there is one of the larger term.
CANCELLING = {
    "tanh_softplus": tanh_softplus_second_terms,
    "sech_squared": sech_squared_second_terms,
    "gauss": gauss_second_terms,
}

# The truth comes from outside: value, first and second derivative of each smooth row.
UNARY = {
    "exp": (mp.exp, mp.exp, mp.exp),
    "expm1": (mp.expm1, mp.exp, mp.exp),
    "log": (mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
    "log1p": (mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x))),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2),
    "sech_squared": (
        lambda x: mp.sech(x) ** 2,
        lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,
        lambda x: sum(sech_squared_second_terms(x)),
    ),
    "gauss": (
        lambda x: mp.exp(-(x**2)),
        lambda x: -2 * x * mp.exp(-(x**2)),
        lambda x: sum(gauss_second_terms(x)),
    ),
    "sigmoid": (
        mp_sigmoid,
        lambda x: mp.sech(x / 2) ** 2 / 4,
        lambda x: -(mp.sech(x / 2) ** 2) * mp.tanh(x / 2) / 4,
    ),
    "softplus": (mp_softplus, mp_sigmoid, lambda x: mp.sech(x / 2) ** 2 / 4),
    "tanh_softplus": (
        lambda x: mp.tanh(mp_softplus(x)),
        lambda x: mp.sech(mp_softplus(x)) ** 2 * mp_sigmoid(x),
        lambda x: sum(tanh_softplus_second_terms(x)),
    ),
    "tanh_exp": (
        lambda x: mp.tanh(mp.exp(x)),
        lambda x: mp.sech(mp.exp(x)) ** 2 * mp.exp(x),
        lambda x: mp.sech(mp.exp(x)) ** 2 * mp.exp(x) * (1 - 2 * mp.exp(x) * mp.tanh(mp.exp(x))),
    ),
    "erf": (
        mp.erf,
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
    ),
    "abs": (abs, mp.sign, lambda x: 0 * x),
    "negative": (lambda x: -x, lambda x: -1 + 0 * x, lambda x: 0 * x),
    "positive": (lambda x: x, lambda x: 1 + 0 * x, lambda x: 0 * x),
    "sign": (mp.sign, lambda x: 0 * x, lambda x: 0 * x),
    "round": (mp.nint, lambda x: 0 * x, lambda x: 0 * x),
    "zeros_like": (lambda x: 0 * x, lambda x: 0 * x, lambda x: 0 * x),
}

# Partial derivatives by the first and second argument, then by first twice, mixed, second twice.
BINARY = {
    "add": (lambda x, y: 1, lambda x, y: 1, lambda x, y: 0, lambda x, y: 0, lambda x, y: 0),
    "subtract": (lambda x, y: 1, lambda x, y: -1, lambda x, y: 0, lambda x, y: 0, lambda x, y: 0),
    "multiply": (lambda x, y: y, lambda x, y: x, lambda x, y: 0, lambda x, y: 1, lambda x, y: 0),
    "divide": (
        lambda x, y: 1 / y,
        lambda x, y: -x / y**2,
        lambda x, y: 0,
        lambda x, y: -1 / y**2,
        lambda x, y: 2 * x / y**3,
    ),
    "pow": (
        lambda x, y: y * x ** (y - 1),
        lambda x, y: x**y * mp.log(x),
        lambda x, y: y * (y - 1) * x ** (y - 2),
        lambda x, y: x ** (y - 1) * (1 + y * mp.log(x)),
        lambda x, y: x**y * mp.log(x) ** 2,
    ),
    "maximum": (
        lambda x, y: (1 + mp.sign(x - y)) / 2,
        lambda x, y: (1 - mp.sign(x - y)) / 2,
        *(lambda x, y: 0,) * 3,
    ),
    "minimum": (
        lambda x, y: (1 - mp.sign(x - y)) / 2,
        lambda x, y: (1 + mp.sign(x - y)) / 2,
        *(lambda x, y: 0,) * 3,
    ),
}


def points(row, dtype):
    """Probe points, tails and a dense middle, inside the domain and the dtype's range."""
    lo, hi = row.domain
    limit = 80.0 if dtype == np.float32 else 600.0
    x = np.concatenate(
        [
            row.probes,
            np.linspace(-9.0, 9.0, 131),
            np.geomspace(1e-12, limit, 60),
            -np.geomspace(1e-12, limit, 60),
        ]
    ).astype(dtype)
    return np.unique(x[(x > lo) & (x < hi)])


def far_enough(row, x):
    """Off the kinks and steps."""
    if row.name == "round":
        return x[np.abs(np.abs(x) % 1.0 - 0.5) > 1e-6]
    return x[x != 0.0] if row.kinks or row.name == "sign" else x


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", UNARY)
def test_derivatives_within_the_ulp_that_the_row_states(name, dtype):
    row, (_, first, second) = TABLE[name], UNARY[name]
    x = far_enough(row, points(row, dtype))
    function = getattr(da, name)
    tiny = np.finfo(dtype).smallest_normal
    for order, truth, bound in ((1, first, row.ulp[0]), (2, second, row.ulp[1])):
        want = [truth(mp.mpf(float(v))) for v in x]
        got = da.derivative(function, order)(x)
        assert got.dtype == dtype
        assert got.shape == x.shape
        normal = np.array([tiny <= abs(w) <= np.finfo(dtype).max or w == 0 for w in want])
        scale = None
        if order == 2 and name in CANCELLING:
            terms = [CANCELLING[name](mp.mpf(float(v))) for v in x]
            scale = [float(max(abs(a), abs(b))) for a, b in terms]
        error = np.abs(ulp_error(got, want, scale))[normal]
        worst = int(np.argmax(error))
        assert error[worst] <= bound, (order, x[normal][worst], error[worst])


@pytest.mark.parametrize("name", UNARY)
def test_value_is_the_backends_own_or_within_4_ulp(name):
    row = TABLE[name]
    x = far_enough(row, points(row, np.float64))
    got = getattr(da, name)(x)
    if hasattr(np, name):
        np.testing.assert_array_equal(got, getattr(np, name)(x))
    else:
        want = [UNARY[name][0](mp.mpf(float(v))) for v in x]
        assert np.abs(ulp_error(got, want)).max() <= 4.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", BINARY)
def test_partial_derivatives(name, dtype):
    rng = np.random.default_rng(0)
    x = np.exp(rng.normal(size=200)).astype(dtype)
    y = (rng.normal(size=200) * 2.0).astype(dtype)
    y[np.abs(y) < 1e-3] = 1.0
    f = getattr(da, name)
    first_x, first_y, xx, xy, yy = BINARY[name]
    by_x = da.derivative(f)(x, y)
    by_y = da.derivative(lambda y: f(x, y))(y)
    d = f(da.HyperDual(x, 1.0, None), da.HyperDual(y, None, 1.0)).d12
    results = [
        (by_x, first_x, 6.0),
        (by_y, first_y, 6.0),
        (da.derivative(f, 2)(x, y), xx, 16.0),
        (np.broadcast_to(0.0 if d is None else d, x.shape).astype(dtype), xy, 16.0),
        (da.derivative(lambda y: f(x, y), 2)(y), yy, 16.0),
    ]
    for i, (got, truth, bound) in enumerate(results):
        pairs = [(mp.mpf(float(a)), mp.mpf(float(b))) for a, b in zip(x, y, strict=True)]
        want = [mp.mpf(truth(a, b)) for a, b in pairs]
        # x^(y-1) (1 + y log x) is a sum that cancels: its terms are the measure.
        scale = [float(max(abs(w), a**b)) for w, (a, b) in zip(want, pairs, strict=True)]
        error = np.abs(ulp_error(got, want, scale if name == "pow" else None))
        assert error.max() <= bound, (i, x[error.argmax()], y[error.argmax()], error.max())


def test_rows_that_are_less_exact_are_few_and_known():
    assert {row.name for row in ROWS if row.ulp != (4.0, 16.0)} == {"tanh_exp", "tanh_softplus"}


def test_every_smooth_row_has_its_truth():
    others = {"where"} | {row.name for row in ROWS if row.kind == "predicate"}
    assert set(TABLE) == set(UNARY) | set(BINARY) | others


D = da.derivative


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (lambda: D(da.sigmoid)(40.0), 4.248354255291589e-18),
        (lambda: D(da.tanh)(20.0), 1.6993417021166355e-17),
        (lambda: D(da.tanh)(400.0), 0.0),
        (lambda: D(da.expm1)(-40.0), 4.248354255291589e-18),
        (lambda: D(da.softplus, 2)(40.0), 4.248354255291589e-18),
        (lambda: D(lambda y: 1e-170 / y)(1e-200), -1e230),
        (lambda: D(da.sqrt)(np.float64(4.0)), 0.25),
        (lambda: D(lambda x: x**0.0)(0.0), 0.0),
        (lambda: D(lambda x: x**2.0, 3)(0.0), 0.0),
        (lambda: D(lambda x: x**3)(-2.0), 12.0),
        (lambda: da.pow(da.Dual(-2.0, 1.0), da.Dual(3.0, None)).tangent, 12.0),
        (lambda: D(da.abs)(0.0), 0.0),
        (lambda: D(lambda x: da.maximum(x, 2.0))(2.0), 0.5),
        (lambda: D(lambda x: da.minimum(x, 2.0))(2.0), 0.5),
        (lambda: D(da.erf)(9.0), float(2 / mp.sqrt(mp.pi) * mp.exp(-81))),
        (lambda: D(da.erf)(math.inf), 0.0),
    ],
)
def test_where_others_go_wrong(got, want):
    assert float(got()) == pytest.approx(want, rel=1e-15, abs=0.0)


def test_singular_and_selected():
    assert D(da.sqrt)(0.0) == np.inf
    assert da.sqrt(da.Dual(np.zeros(2), np.array([0.0, 1.0]))).tangent.tolist() == [0, np.inf]
    taken = D(lambda x: da.where(x > 0, da.sqrt(x), 0.0))(np.array([-1.0, 4.0]))
    assert taken.tolist() == [0.0, 0.25]
    assert D(lambda y: da.pow(0.0, y))(0.5) == 0.0
    assert np.isnan(D(lambda y: da.pow(-2.0, y))(2.0))
    tie = D(lambda x: da.maximum(x, np.array([np.inf])))(np.array([np.inf]))
    assert tie.tolist() == [0.5]


def test_powers_whose_exponent_is_an_array():
    zero, one = np.array([0.0]), np.array([1.0])
    assert D(lambda x: da.pow(x, zero))(zero).tolist() == [0.0]
    assert D(lambda x: da.pow(x, one), 2)(zero).tolist() == [0.0]
    with np.errstate(all="ignore"):
        assert D(lambda y: da.pow(0.0, y))(-1.0) == -np.inf


def test_a_tie_with_an_infinite_number_is_a_tie():
    assert D(lambda x: da.maximum(x, math.inf))(math.inf) == 0.5
    assert D(lambda x: da.minimum(x, -math.inf))(-math.inf) == 0.5


def test_the_gaussian_tail_ends_where_double_precision_does():
    import mpmath

    for x in (20.5, 26.0, -26.0):
        want = float(2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(mpmath.mpf(x) ** 2)))
        assert float(D(da.erf)(x)) == pytest.approx(want, rel=1e-14, abs=0.0)


def test_softplus_does_not_overflow():
    x = np.array([800.0, 1e300, np.inf, -800.0, -np.inf])
    assert da.softplus(x).tolist() == [800.0, 1e300, np.inf, 0.0, 0.0]
    assert da.softplus(np.float32(200.0)) == 200.0


@pytest.mark.parametrize("name", ["tanh", "erf"])
def test_odd_functions_have_every_derivative_at_zero(name):
    import mpmath

    f, nested = getattr(da, name), getattr(da, name)
    for order in range(1, 8):
        nested = D(nested)
        with mpmath.workdps(60):
            want = float(mpmath.diff(getattr(mpmath, name), 0, order))
        assert float(D(f, order)(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order
        assert float(nested(0.0)) == pytest.approx(want, rel=1e-9, abs=1e-9), order
