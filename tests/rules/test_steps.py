"""Functions whose derivative is zero on both sides of every step."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

mp = mpmath.mp
D = da.derivative

UNARY = ["zeros_like", "sign", "round", "floor", "ceil", "trunc"]


@pytest.mark.parametrize("name", UNARY)
def test_the_derivative_is_zero(name, dtype, checks):
    def zero(x):
        return mp.zero

    checks.unary(name, (zero, zero), dtype)
    steps = np.array([-1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5], dtype)
    assert D(getattr(da, name))(steps).tolist() == [0.0] * 7


def test_values():
    x = np.array([-2.5, -0.5, -0.0, 0.5, 1.5, 2.5])
    for name, want in {
        "sign": [-1, -1, 0, 1, 1, 1],
        "round": [-2, 0, 0, 0, 2, 2],
        "floor": [-3, -1, 0, 0, 1, 2],
        "ceil": [-2, 0, 0, 1, 2, 3],
        "trunc": [-2, 0, 0, 0, 1, 2],
        "zeros_like": [0] * 6,
    }.items():
        assert getattr(da, name)(x).tolist() == want


def test_floor_divide():
    x, y = np.array([-7.5, 7.5, 7.5]), np.array([2.0, 2.0, -2.0])
    assert (da.Dual(x, 1.0) // y).value.tolist() == [-4.0, 3.0, -4.0]
    assert (7.5 // da.Dual(y, 1.0)).value.tolist() == [3.0, 3.0, -4.0]
    assert D(da.floor_divide)(x, y).tolist() == [0.0] * 3
    assert D(lambda y: da.floor_divide(x, y))(y).tolist() == [0.0] * 3


def test_the_next_number_moves_with_the_first():
    x, y = np.array([-1.0, 0.0, 1.0, 5.0]), np.array([1.0, 1.0, 1.0, -np.inf])
    value, slope = da.value_and_derivative(da.nextafter)(x, y)
    np.testing.assert_array_equal(value, np.nextafter(x, y))
    assert slope.tolist() == [1.0] * 4
    assert D(lambda y: da.nextafter(x, y))(y).tolist() == [0.0] * 4
    assert D(da.nextafter, 2)(x, y).tolist() == [0.0] * 4


def test_the_family_is_complete():
    zero = {row.name for row in TABLE.values() if row.kind == "zero" and not row.integer}
    assert zero == {*UNARY, "floor_divide"}
