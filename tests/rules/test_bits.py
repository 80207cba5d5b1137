"""Operations on bits: integers only, and no derivative."""

import numpy as np
import pytest

import dualad as da
from dualad.rules import TABLE

x, y = np.array([6, 5, 12]), np.array([3, 1, 2])

WANT = {
    "bitwise_and": [2, 1, 0],
    "bitwise_or": [7, 5, 14],
    "bitwise_xor": [5, 4, 14],
    "bitwise_invert": [-7, -6, -13],
    "bitwise_left_shift": [48, 10, 48],
    "bitwise_right_shift": [0, 2, 3],
}


@pytest.mark.parametrize("name", WANT)
def test_on_integers(name):
    f, arguments = getattr(da, name), (x, y)[: TABLE[name].arity]
    assert f(*arguments).tolist() == WANT[name]
    result = f(da.Dual(x, None), *arguments[1:])
    assert result.value.tolist() == WANT[name]
    assert result.value.dtype == x.dtype
    assert result.tangent is None


@pytest.mark.parametrize("name", WANT)
def test_floats_have_no_bits(name):
    f, arguments = getattr(da, name), (x, y)[: TABLE[name].arity]
    with pytest.raises(TypeError, match=r"not supported for the input types"):
        da.derivative(f)(*arguments)


def test_the_shifts_are_operators():
    assert (da.Dual(x, None) << 2).value.tolist() == [24, 20, 48]
    assert (da.Dual(x, None) >> 1).value.tolist() == [3, 2, 6]


def test_the_family_is_complete():
    assert {row.name for row in TABLE.values() if row.integer} == set(WANT)
