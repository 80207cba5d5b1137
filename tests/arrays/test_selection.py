"""Sorting, searching and sets."""

import numpy as np
import pytest

import dualad as da

RNG = np.random.default_rng(2)
A = (RNG.permutation(12) * 0.2 - 1.11).reshape(3, 4)
TIED = np.array([3.0, 1.0, 3.0, 2.0, 1.0, 1.0])


@pytest.mark.parametrize(
    "options", [{}, {"axis": 0}, {"descending": True}, {"axis": 0, "descending": True}]
)
def test_sort(derivatives, options):
    derivatives.check(lambda xp, x: xp.sort(x * 1.5, **options), A)


def test_sort_of_nothing(derivatives):
    derivatives.check(lambda xp, x: xp.sort(x), np.zeros((2, 0)))


def test_a_stable_sort_keeps_the_order_of_equal_elements():
    tangent = np.arange(6.0)
    y, dy = da.jvp(lambda x: da.array_namespace(x).sort(x), (TIED,), (tangent,))
    np.testing.assert_array_equal(y, np.sort(TIED))
    np.testing.assert_array_equal(dy, [1.0, 4.0, 5.0, 3.0, 0.0, 2.0])
    y, dy = da.jvp(lambda x: da.array_namespace(x).sort(x, descending=True), (TIED,), (tangent,))
    np.testing.assert_array_equal(dy, [0.0, 2.0, 3.0, 1.0, 4.0, 5.0])


def test_a_median_by_sorting():
    f = lambda x: da.array_namespace(x).sort(x)[2]  # noqa: E731
    np.testing.assert_array_equal(
        da.gradient(f)(np.array([5.0, 1.0, 3.0, 9.0, 2.0])), [0.0, 0.0, 1.0, 0.0, 0.0]
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("argsort", {}),
        ("argsort", {"axis": 0, "descending": True}),
        ("argmax", {}),
        ("argmax", {"axis": 0, "keepdims": True}),
        ("argmin", {"axis": -1}),
        ("nonzero", {}),
    ],
)
def test_places_are_plain_arrays(name, options):
    dual = da.Dual(A, np.ones_like(A))
    got = getattr(da.array_namespace(dual), name)(dual, **options)
    want = getattr(da.array_namespace(A), name)(A, **options)
    for g, w in zip(np.atleast_1d(got), np.atleast_1d(want), strict=True):
        assert not isinstance(g, da.Dual)
        np.testing.assert_array_equal(g, w)


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    places, values = np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 7.0])
    want = np.searchsorted(places, values, side=side)
    for x, y in (
        (da.Dual(places, 1.0), values),
        (places, da.Dual(values, 1.0)),
        (da.Dual(places, 1.0), da.Dual(values, 1.0)),
    ):
        xp = da.array_namespace(x, y)
        np.testing.assert_array_equal(xp.searchsorted(x, y, side=side), want)


def test_isin():
    x = da.Dual(TIED, np.ones(6))
    xp = da.array_namespace(x)
    np.testing.assert_array_equal(xp.isin(x, np.array([1.0, 2.0])), np.isin(TIED, [1.0, 2.0]))


def test_sets_keep_the_tangent_of_the_first():
    tangent = np.arange(6.0)
    dual = da.Dual(TIED, tangent)
    xp, plain = da.array_namespace(dual), da.array_namespace(TIED)
    for name in ("unique_all", "unique_counts", "unique_inverse"):
        got, want = getattr(xp, name)(dual), getattr(plain, name)(TIED)
        assert got._fields == want._fields
        np.testing.assert_array_equal(got.values.value, want.values)
        np.testing.assert_array_equal(got.values.tangent, [1.0, 3.0, 0.0])
        for g, w in zip(got[1:], want[1:], strict=True):
            assert not isinstance(g, da.Dual)
            np.testing.assert_array_equal(g, w)
    values = xp.unique_values(dual)
    np.testing.assert_array_equal(values.value, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(values.tangent, [1.0, 3.0, 0.0])


def test_sets_of_matrices(derivatives):
    derivatives.check(lambda xp, x: xp.unique_values(x * 1.5), A)
    derivatives.check(lambda xp, x: xp.unique_inverse(x * 1.5)[0], A)


def test_where_with_selected_places(derivatives):
    derivatives.check(lambda xp, x: x[x > 0.0] * x[xp.argmax(x, axis=0), [0, 1, 2, 3]][0], A)
    derivatives.check(lambda xp, x: (x * x)[xp.nonzero(x > 0.0)], A)
