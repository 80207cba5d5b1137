"""Powers and roots."""

import mpmath
import numpy as np
import pytest

import dualad as da

mp = mpmath.mp
D = da.derivative
inf, nan = np.inf, np.nan


def power(x, n):
    """``x**n``; mpmath would compute as many bits as the exponent of the result has."""
    if x < 0:
        return x ** int(n)
    exponent = n * mp.log(x)
    return mp.exp(max(min(exponent, mp.mpf(5000)), mp.mpf(-5000)))


def by_base(x, n):
    return n * power(x, n - 1) if n else mp.zero


def by_base_twice(x, n):
    return n * (n - 1) * power(x, n - 2) if n * (n - 1) else mp.zero


def mixed_terms(x, n):
    return power(x, n - 1), n * power(x, n - 1) * mp.log(x)


POW = (
    by_base,
    lambda x, n: power(x, n) * mp.log(x) if x != 1 else mp.zero,
    by_base_twice,
    lambda x, n: sum(mixed_terms(x, n)),
    lambda x, n: power(x, n) * mp.log(x) ** 2 if x != 1 else mp.zero,
)

EXPONENTS = [
    *(0.0, 1.0, 2.0, 3.0, 5.0, 21.0, 300.0, -1.0, -2.0, -9.0, -300.0),
    *(0.5, 0.75, 0.1, 0.3, 1 / 3, 1.1, 2.7, 9.3, 50.1, -0.7, -2.3, -9.3, -50.1),
]


def bases(dtype, size):
    """Positive, of every magnitude."""
    limit = 0.98 * np.log(float(np.finfo(dtype).max))
    return np.exp(np.random.default_rng(0).uniform(-limit, limit, size)).astype(dtype)


def test_pow_of_any_base(dtype, checks):
    rng = np.random.default_rng(1)
    small = np.exp(rng.uniform(-30, 3, 200)) * rng.choice([-1, 1], 200)
    n = np.concatenate([rng.uniform(-3, 3, 200), rng.choice(EXPONENTS, 200), small])
    checks.binary("pow", POW, dtype, bases(dtype, 600), n, scale=mixed_terms)


def test_pow_of_a_base_near_one_to_a_large_power(dtype, checks):
    rng = np.random.default_rng(2)
    x = np.abs(1.0 + rng.normal(size=400) * np.exp(rng.uniform(-30, -1, 400)))
    n = np.exp(rng.uniform(-3, 12, 400)) * rng.choice([-1, 1], 400)
    checks.binary("pow", POW, dtype, x, n, scale=mixed_terms)


@pytest.mark.parametrize("n", EXPONENTS)
def test_pow_to_a_number(n, dtype, checks):
    # The number is rounded to the dtype of the array, and so is the truth's.
    x, rounded = bases(dtype, 300), mp.mpf(float(dtype(n)))
    for order, truth in ((1, by_base), (2, by_base_twice)):
        got = D(lambda x: x**n, order)(x)
        want = [truth(mp.mpf(float(v)), rounded) for v in x]
        assert got.dtype == dtype
        checks.close(got, want, (4.0, 16.0)[order - 1], x)


def test_pow_of_negative_bases(dtype, checks):
    rng = np.random.default_rng(3)
    x = -np.exp(rng.uniform(-20, 20, 300)).astype(dtype)
    n = rng.integers(-3, 5, 300)
    for order, truth in ((1, by_base), (2, by_base_twice)):
        want = [truth(mp.mpf(float(v)), mp.mpf(int(k))) for v, k in zip(x, n, strict=True)]
        got = D(da.pow, order)(x, n.astype(dtype))
        checks.close(got, want, (4.0, 16.0)[order - 1], x)


@pytest.mark.parametrize(
    ("n", "sign"), [(1e4, 1), (1e4, -1), (1001.7, 1), (-9999.0, 1), (-9999.0, -1), (-1001.7, 1)]
)
def test_the_exponent_makes_a_subnormal_power_a_normal_slope(n, sign, dtype, checks):
    n, smallest = float(dtype(n)), float(np.finfo(dtype).smallest_normal)
    logarithm = (np.log(smallest) - np.log([3.0, 30.0, 100.0])) / n
    x = (sign * np.exp(logarithm)).astype(dtype)
    want = [by_base(v, mp.mpf(n)) for v in map(mp.mpf, x.tolist())]
    assert any(abs(w) > smallest and abs(w / n) < smallest for w in want)
    for exponent in (n, np.array(n, dtype)):
        got = D(lambda x, n=exponent: da.pow(x, n))(x)
        checks.close(got, want, 4.0, x)


@pytest.mark.parametrize("n", [3, 2.7, 0.3, -1.3, 0.5, -2])
def test_pow_orders(n, checks):
    x = [0.3, 1e-3, 7.1]
    checks.orders(lambda x: x**n, lambda x: x ** mp.mpf(n), x)
    checks.orders(lambda x: da.pow(x, np.array(float(n))), lambda x: x ** mp.mpf(n), x)


def test_pow_orders_by_the_exponent_and_by_both(checks):
    checks.orders(lambda n: da.pow(1.7, n), lambda n: mp.mpf(1.7) ** n, [0.3, -4.3])
    checks.orders(lambda x: x**x, lambda x: x**x, [0.3, 1.2])
    checks.orders(
        lambda x: (1.0 + x * x) ** da.sin(x), lambda x: (1 + x * x) ** mp.sin(x), [0.3, -3.0]
    )


def test_the_exponent_of_a_negative_base():
    assert da.pow(da.Dual(-2.0, 1.0), da.Dual(3.0, None)).tangent == 12.0
    assert D(lambda x: x**3)(-2.0) == 12.0
    assert np.isnan(D(lambda n: da.pow(-2.0, n))(2.0))
    assert np.isnan(D(lambda n: da.pow(-1e300, n))(-4.0))


def test_the_exponent_of_a_base_at_its_limits():
    n = np.array([2.0, 0.5, 0.0, -1.0])
    for zero in (0.0, np.zeros(4)):
        assert D(lambda n, x=zero: da.pow(x, n))(n).tolist() == [0.0, 0.0, -inf, -inf]
        assert D(lambda n, x=zero: da.pow(x, n), 2)(n).tolist() == [0.0, 0.0, inf, inf]
    assert D(lambda n: da.pow(np.full(4, inf), n))(n).tolist() == [inf, inf, inf, 0.0]


def mixed(x, n):
    x, n = np.array(x, float), np.array(n, float)
    return da.pow(da.HyperDual(x, 1.0, None), da.HyperDual(n, None, 1.0)).d12.tolist()


def test_the_mixed_derivative_at_limits_of_the_base():
    assert mixed([0] * 7, [3, 2, 1.5, 1, 0.5, 0, -1]) == [0, 0, 0, -inf, -inf, inf, inf]
    assert mixed([inf] * 5, [2, 1, 0.5, 0, -1]) == [inf, inf, 0, 0, 0]
    assert np.isnan(mixed([-2], [2])).all()


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("n", range(5))
def test_whole_powers_at_zero(n, order):
    """n! for the n-th derivative and 0 for all others, never NaN."""
    want = float(mp.factorial(n)) if order == n else 0.0
    for f in (
        lambda x: x**n,
        lambda x: x ** float(n),
        lambda x: da.pow(x, np.array(float(n))),
        lambda x: da.pow(x, np.full(1, n)),
    ):
        nested = f
        for _ in range(order):
            nested = D(nested)
        assert nested(0.0) == want
        assert D(f, order)(0.0) == want


@pytest.mark.parametrize(
    ("n", "first", "second"),
    [(1.5, 0.0, inf), (0.5, inf, -inf), (0.3, inf, -inf), (-1, -inf, inf), (-0.3, -inf, inf)],
)
def test_broken_and_negative_powers_at_zero(n, first, second):
    for f in (lambda x: x**n, lambda x: da.pow(x, np.array(float(n)))):
        assert D(f)(0.0) == first
        assert D(f, 2)(0.0) == second
        assert D(D(f))(0.0) == second


@pytest.mark.parametrize("n", [2.0, 1.0, 0.5, 0.3, 0.0, -1.0])
def test_powers_at_infinity(n):
    want = [inf if n > 1 else n if n == 1 else 0.0, n * (n - 1.0) if n == 2 else 0.0]
    for f in (lambda x: x**n, lambda x: da.pow(x, np.array(n))):
        assert [D(f)(inf), D(f, 2)(inf)] == want


def test_the_factor_of_a_second_derivative_may_overflow():
    assert D(lambda x: x**1e160, 2)(0.5) == 0.0
    assert D(lambda x: da.pow(x, np.array(1e160)), 2)(0.5) == 0.0


def test_a_zero_tangent_stays_zero():
    x = da.Dual(np.zeros(2), np.array([0.0, 1.0]))
    assert da.pow(x, 0.5).tangent.tolist() == [0.0, inf]
    assert da.sqrt(x).tangent.tolist() == [0.0, inf]


def test_sqrt(dtype, checks):
    truths = (lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x)))
    checks.unary("sqrt", truths, dtype)
    checks.orders(da.sqrt, mp.sqrt, [0.3, 1e-3, 40.0])
    assert D(da.sqrt)(np.array([0.0, inf])).tolist() == [inf, 0.0]
    assert D(da.sqrt, 2)(np.array([0.0, inf])).tolist() == [-inf, 0.0]
    assert np.isnan(D(da.sqrt)(np.array([-1.0, nan]))).all()
    assert D(da.sqrt)(np.float64(4.0)) == 0.25
