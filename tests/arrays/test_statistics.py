"""Reductions, scans, extremes and spreads."""

import math

import mpmath as mp
import numpy as np
import pytest

import dualad as da

RNG = np.random.default_rng(1)
# Numbers far from each other: an extreme has its kink where two of them meet.
B = (RNG.permutation(24) * 0.17 - 2.0).reshape(2, 3, 4)
A = B[0]
ZEROS = A.copy()
ZEROS[0, 1] = ZEROS[2, 0] = ZEROS[2, 3] = 0.0

AXES = {
    "all": {},
    "one": {"axis": 0},
    "negative": {"axis": -1},
    "two": {"axis": (0, -1)},
    "none": {"axis": ()},
    "kept": {"axis": 1, "keepdims": True},
    "all kept": {"keepdims": True},
}
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp")


def logsumexp(xp, x, **options):
    """SciPy's, where the namespace has none."""
    if hasattr(xp, "logsumexp"):
        return xp.logsumexp(x, **options)
    return np.log(np.sum(np.exp(x), **options))


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(derivatives, name, axes):
    options = AXES[axes]
    function = logsumexp if name == "logsumexp" else lambda xp, x, **o: getattr(xp, name)(x, **o)
    # Of no elements each: neighbours of a single point are where a spread has its kink.
    smooth = name != "std" or axes != "none"
    if smooth:
        derivatives.check(
            lambda xp, x: function(xp, x * 0.8, **options), B, exact=name != "logsumexp"
        )


@pytest.mark.parametrize("correction", [1, 0.5])
@pytest.mark.parametrize("name", ["var", "std"])
def test_corrections(derivatives, name, correction):
    derivatives.check(lambda xp, x: getattr(xp, name)(x, axis=-1, correction=correction), B)


@pytest.mark.parametrize(
    "options", [{"axis": 0}, {"axis": -1}, {"axis": 1, "include_initial": True}]
)
@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_scans(derivatives, name, options):
    for x in (B, ZEROS):
        derivatives.check(lambda xp, x: getattr(xp, name)(x * x + x, **options), x)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_scans_of_vectors_need_no_axis(derivatives, name):
    derivatives.check(lambda xp, x: getattr(xp, name)(x), A[0])
    derivatives.check(lambda xp, x: getattr(xp, name)(x, include_initial=True), A[0, :1])


def test_products_with_zeros(derivatives):
    derivatives.check(lambda xp, x: xp.prod(x), ZEROS)
    derivatives.check(lambda xp, x: xp.prod(x, axis=0), ZEROS)
    got = da.gradient(lambda x: da.array_namespace(x).prod(x))(np.array([0.0, 2.0, 3.0]))
    np.testing.assert_array_equal(got, [6.0, 0.0, 0.0])
    got = da.gradient(lambda x: da.array_namespace(x).prod(x))(np.array([0.0, 2.0, 0.0]))
    np.testing.assert_array_equal(got, [0.0, 0.0, 0.0])


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "logsumexp"])
def test_0d(derivatives, name):
    function = logsumexp if name == "logsumexp" else lambda xp, x: getattr(xp, name)(x)
    derivatives.check(function, np.array(1.5), exact=name != "logsumexp")


@pytest.mark.parametrize("name", ["sum", "prod"])
def test_empty(derivatives, name):
    derivatives.check(lambda xp, x: getattr(xp, name)(x), np.zeros(0))
    derivatives.check(lambda xp, x: getattr(xp, name)(x, axis=0), np.zeros((0, 2)))
    derivatives.check(lambda xp, x: getattr(xp, name)(x, axis=1), np.zeros((0, 2)))


def test_empty_scans(derivatives):
    for name in ("cumulative_sum", "cumulative_prod"):
        derivatives.check(lambda xp, x: getattr(xp, name)(x), np.zeros(0))  # noqa: B023
        derivatives.check(
            lambda xp, x: getattr(xp, name)(x, axis=0, include_initial=True),  # noqa: B023
            np.zeros((0, 2)),
        )


@pytest.mark.parametrize(("name", "top"), [("max", 7.0), ("min", -7.0)])
def test_ties_share_in_equal_parts(name, top):
    x = np.array([[top, 0.0, top], [top, 1.0, 0.5]])
    f = lambda x, **o: getattr(da.array_namespace(x), name)(x, **o)  # noqa: E731
    np.testing.assert_allclose(da.gradient(f)(x), np.where(x == top, 1 / 3, 0.0), rtol=1e-15)
    rows = da.jacobian(lambda x: f(x, axis=1))(x)
    np.testing.assert_array_equal(rows[0], [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(rows[1], [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert da.jvp(f, (x,), (x,))[1] == pytest.approx(top, rel=1e-15)


@pytest.mark.parametrize("name", ["max", "min"])
def test_infinite_and_unordered_extremes(name):
    f = lambda x: getattr(da.array_namespace(x), name)(x)  # noqa: E731
    sign = 1.0 if name == "max" else -1.0
    np.testing.assert_array_equal(da.gradient(f)(np.array([1.0, sign * np.inf])), [0.0, 1.0])
    assert np.isnan(da.gradient(f)(np.array([1.0, np.nan]))).all()


def test_spread_of_equal_elements():
    x = np.full(4, 2.5)
    for name in ("var", "std"):
        f = lambda x: getattr(da.array_namespace(x), name)(x)  # noqa: B023, E731
        np.testing.assert_array_equal(da.gradient(f)(x), np.zeros(4))
        assert da.jvp(f, (x,), (np.arange(4.0),)) == (0.0, 0.0)


def test_spread_far_from_zero_keeps_its_digits():
    x = np.array([1e8, 1e8 + 1, 1e8 + 3])
    with mp.workdps(60):
        mean = mp.fsum(map(mp.mpf, map(float, x))) / 3
        deviation = mp.sqrt(mp.fsum((mp.mpf(float(v)) - mean) ** 2 for v in x) / 3)
        want = [float((mp.mpf(float(v)) - mean) / (3 * deviation)) for v in x]
    got = da.gradient(lambda x: da.array_namespace(x).std(x))(x)
    np.testing.assert_allclose(got, want, rtol=1e-7)


def test_logsumexp_of_large_and_infinite_numbers():
    f = lambda x: da.array_namespace(x).logsumexp(x)  # noqa: E731
    y, slope = da.value_and_gradient(f)(np.array([1000.0, 1000.0, -1000.0]))
    assert y == pytest.approx(1000.0 + math.log(2.0), rel=1e-15)
    np.testing.assert_array_equal(slope, [0.5, 0.5, 0.0])
    y, slope = da.value_and_gradient(f)(np.array([-np.inf, 0.0]))
    assert y == 0.0
    np.testing.assert_array_equal(slope, [0.0, 1.0])
    y, slope = da.value_and_gradient(f)(np.array([np.inf, 0.0]))
    assert y == np.inf
    np.testing.assert_array_equal(slope, [1.0, 0.0])
    assert f(np.array([-np.inf, -np.inf])) == -np.inf
    # All weights as good as zero: differences of the limits say so, and NaN is never the answer.
    y, slope = da.value_and_gradient(f)(np.array([-np.inf, -np.inf]))
    assert y == -np.inf
    assert not np.isnan(slope).any()


@pytest.mark.parametrize("shift", [-800.0, 0.0, 800.0])
def test_logsumexp_against_mpmath(shift):
    x = np.array([0.3, -1.2, -40.0]) + shift
    y, slope = da.value_and_gradient(lambda x: da.array_namespace(x).logsumexp(x))(x)
    with mp.workdps(50):
        exact = [mp.mpf(float(v)) for v in x]
        total = mp.fsum(map(mp.exp, exact))
        want = [float(mp.exp(v) / total) for v in exact]
        assert y == pytest.approx(float(mp.log(total)), rel=1e-15)
    # The difference to the largest is rounded, at 40 by 7e-15: what that loses is put back.
    np.testing.assert_allclose(slope, want, rtol=5e-16)


@pytest.mark.parametrize("name", ["all", "any", "count_nonzero"])
def test_predicates_carry_no_tangent(name):
    x = np.array([[0.0, 1.0], [2.0, 3.0]])
    dual = da.Dual(x, np.ones_like(x))
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
        got = getattr(da.array_namespace(dual), name)(dual, **options)
        np.testing.assert_array_equal(got, getattr(da.array_namespace(x), name)(x, **options))
        assert not isinstance(got, da.Dual)
