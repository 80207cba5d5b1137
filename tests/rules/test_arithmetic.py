"""Sums, products, quotients, the absolute value and the parts of a number."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

mp = mpmath.mp
D = da.derivative


def zero(*_):
    return mp.zero


def floor_quotient(x, y):
    return -mp.floor(x / y)


UNARY = {
    "abs": (mp.sign, zero),
    "negative": (lambda x: -mp.one, zero),
    "positive": (lambda x: mp.one, zero),
    "real": (lambda x: mp.one, zero),
    "imag": (zero, zero),
    "conj": (lambda x: mp.one, zero),
    "square": (lambda x: 2 * x, lambda x: mp.mpf(2)),
    "reciprocal": (lambda x: -1 / x**2, lambda x: 2 / x**3),
}

# By the first and the second argument, then by the first twice, by both, by the second twice.
BINARY = {
    "add": (lambda x, y: 1, lambda x, y: 1, zero, zero, zero),
    "subtract": (lambda x, y: 1, lambda x, y: -1, zero, zero, zero),
    "multiply": (lambda x, y: y, lambda x, y: x, zero, lambda x, y: 1, zero),
    "divide": (
        lambda x, y: 1 / y,
        lambda x, y: -x / y**2,
        zero,
        lambda x, y: -1 / y**2,
        lambda x, y: 2 * x / y**3,
    ),
    "copysign": (lambda x, y: mp.sign(x) * mp.sign(y), zero, zero, zero, zero),
}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name, dtype, checks):
    truths = UNARY[name]
    if name == "reciprocal":
        truths = [lambda x, f=f: f(x) if x else -mp.inf for f in truths]
    checks.unary(name, truths, dtype)


@pytest.mark.parametrize("name", BINARY)
def test_binary(name, dtype, checks):
    checks.binary(name, BINARY[name], dtype)


def test_remainder(dtype, checks):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=300) * 10.0 ** rng.uniform(-3, 5, 300)).astype(dtype)
    y = rng.normal(size=300).astype(dtype)
    checks.binary("remainder", (lambda x, y: 1, floor_quotient, zero, zero, zero), dtype, x, y)


def test_remainder_does_not_round_the_quotient_up():
    # 1 / 0.1 rounds to 10, but 0.1 is more than a tenth.
    assert da.remainder(1.0, 0.1) > 0.09
    assert D(lambda y: da.remainder(1.0, y))(0.1) == -9.0
    assert D(lambda y: 7.5 % y)(2.0) == -3.0
    assert D(lambda x: x % 2.0)(-7.5) == 1.0


def test_remainder_that_is_none_has_no_derivative():
    assert np.isnan(D(da.remainder)(5.0, 0.0))
    assert np.isnan(D(da.remainder)(np.inf, 2.0))
    assert D(lambda y: da.remainder(-5.0, y))(np.inf) == 1.0


@pytest.mark.parametrize(
    ("x", "y", "by_y"),
    [(1e-170, 1e-200, -1e230), (1e-320, 1e-310, -1e300), (1e200, 1e250, -1e-300)],
)
def test_quotients_do_not_go_through_the_square(x, y, by_y):
    assert D(lambda y: x / y)(y) == pytest.approx(float(-mp.mpf(x) / mp.mpf(y) ** 2), rel=1e-15)
    assert D(lambda y: x / y)(y) == pytest.approx(by_y, rel=1e-3)


def test_a_small_tangent_meets_a_small_divisor():
    # (x / y) / y alone is infinite here; with the tangent it is not.
    x, y = 1.0, da.Dual(1e-200, 1e-200)
    assert (x / y).tangent == pytest.approx(-1e200, rel=1e-15)


@pytest.mark.parametrize("name", ["divide", "reciprocal"])
def test_orders(name, checks):
    f = da.reciprocal if name == "reciprocal" else lambda x: da.sin(x) / (1.0 + x * x)
    truth = (lambda x: 1 / x) if name == "reciprocal" else lambda x: mp.sin(x) / (1 + x * x)
    checks.orders(f, truth, [0.3, -0.7, 5.0])


def test_kinks():
    assert D(da.abs)(np.array([0.0, -0.0])).tolist() == [0.0, 0.0]
    assert D(da.copysign)(0.0, -1.0) == 0.0
    assert D(da.copysign)(-3.0, -0.0) == 1.0
    assert D(da.copysign)(3.0, -0.0) == -1.0


def test_a_pole_is_infinite_on_either_side():
    assert D(da.reciprocal)(np.array([0.0, -0.0])).tolist() == [-np.inf, -np.inf]
    assert D(da.reciprocal)(np.array([np.inf, -np.inf])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["real", "imag", "conj"])
def test_complex_numbers_are_refused(name):
    z = da.Dual(np.array([1.0 + 2.0j]), np.array([3.0 + 4.0j]))
    with pytest.raises(TypeError, match=r"real floating-point numbers, got dtype complex128"):
        getattr(da, name)(z)
    assert getattr(da, name)(z.value) == getattr(np, name)(z.value)


@pytest.mark.parametrize("name", ["negative", "positive", "real", "conj"])
def test_a_weak_tangent_stays_weak(name):
    x = da.Dual(np.float32([1.0, 2.0]), 1.0)
    assert (x * getattr(da, name)(x)).tangent.dtype == np.float32


def test_a_quotient_by_zero_is_what_the_backend_has():
    with pytest.warns(RuntimeWarning, match="divide by zero"), np.errstate(divide="warn"):
        assert D(lambda a: a / 0.0)(1.0) == np.inf
    for zero in (0, 0.0):
        got = D(lambda a, zero=zero: a / zero)(np.ones(3))
        assert got.tolist() == [np.inf, np.inf, np.inf]
    assert D(lambda a: a / -0.0)(np.float32(1.0)) == -np.inf
    assert D(lambda a: a / 0.0)(np.float32(1.0)).dtype == np.float32
    mixed = TABLE["divide"].second[1][0]
    assert mixed(np, np.float64(1.0), 0.0, np.float64(np.inf)) == -np.inf
    assert D(lambda a: a / 0, 2)(1.0) == D(D(lambda a: a / 0))(1.0) == 0.0


def test_a_zero_tangent_over_zero_stays_zero():
    x = np.array([1.0, 2.0])
    assert da.jacobian(lambda a: a / 0)(x).tolist() == [[np.inf, 0.0], [0.0, np.inf]]
    assert da.jvp(lambda a: a / 0, (1.0,), (0.0,))[1] == 0.0
    assert da.gradient(lambda a: da.sum(a / 0))(x).tolist() == [np.inf, np.inf]


def test_a_quotient_by_a_subnormal_number_has_one_derivative():
    """The tangent over the divisor alone would be infinite."""
    transforms = (da.derivative, da.jacobian, da.gradient)
    for x, want in ((0.0, 0.0), (1e-320, -mp.mpf(1e-320) / mp.mpf(1e-310) ** 2)):
        got = [float(t(da.divide, argnums=1)(x, 1e-310)) for t in transforms]
        assert got == pytest.approx([float(want)] * 3, rel=1e-15)
    assert da.jacobian(da.divide, argnums=1)(1e-170, 1e-200) == pytest.approx(-1e230, rel=1e-15)
