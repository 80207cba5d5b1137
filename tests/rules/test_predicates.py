"""Functions whose result is boolean, without a tangent."""

import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

nan, inf = np.nan, np.inf
x = np.array([-1.0, -0.0, 0.0, 2.0, inf, -inf, nan])
y = np.array([-1.0, 0.0, 1.0, 1.0, inf, inf, 1.0])

NAMES = [row.name for row in TABLE.values() if row.kind == "predicate"]


@pytest.mark.parametrize("name", NAMES)
def test_duals_are_compared_by_value(name):
    row, f = TABLE[name], getattr(da, name)
    arguments = [x > 0, y > 0] if row.logical else [x, y]
    want = getattr(np, name)(*arguments[: row.arity])
    assert want.any()
    assert not want.all()
    got = f(*(da.Dual(a, 1.0) for a in arguments[: row.arity]))
    assert got.dtype == bool
    np.testing.assert_array_equal(got, want)


def test_what_they_mean():
    assert da.isnan(x).tolist() == [False] * 6 + [True]
    assert da.isinf(x).tolist() == [False] * 4 + [True, True, False]
    assert da.isfinite(x).tolist() == [True] * 4 + [False] * 3
    assert da.signbit(x)[:6].tolist() == [True, True, False, False, False, True]
    assert da.logical_xor(x[:4] > 0, y[:4] > 0).tolist() == [False, False, True, False]


def test_the_family_is_complete():
    others = {"isfinite", "isinf", "isnan", "signbit"}
    logic = {"logical_and", "logical_or", "logical_not", "logical_xor"}
    order = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
    assert set(NAMES) == others | logic | order


def test_in_an_activation():
    @da.activation
    def guarded(x):
        return da.where(da.logical_xor(da.isnan(x), da.isinf(x)), 0.0, x * x)

    value, slope = guarded.linearize(np.array([3.0, nan, inf]))
    assert value.tolist() == [9.0, 0.0, 0.0]
    assert slope.tolist() == [6.0, 0.0, 0.0]
