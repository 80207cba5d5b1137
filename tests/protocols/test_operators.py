"""Operators and the protocols of other libraries, from the table."""

import operator

import numpy as np
import pytest
import torch

import dualad as da
from dualad.dual.directions import Directions
from dualad.dual.linear import Linear, pull_back


@pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
)
def test_comparisons_are_those_of_the_values(compare):
    values = np.array([-1.0, 0.0, 1.0])
    x = da.Dual(values, np.ones(3))
    assert compare(x, 0.0).tolist() == compare(values, 0.0).tolist()
    assert compare(0.0, x).tolist() == compare(0.0, values).tolist()
    f = da.activation(lambda x: da.where(compare(x, 0.0), 1.0, 2.0))
    assert f(values).tolist() == np.where(compare(values, 0.0), 1.0, 2.0).tolist()


def test_an_array_in_place_says_what_to_write():
    x, a = da.Dual(np.ones(3), np.full(3, 5.0)), np.ones(3)
    with pytest.raises(
        TypeError, match=r"np\.add\(\.\.\., out\).* in place of x \+= y write x = x"
    ):
        a += x
    with pytest.raises(TypeError, match=r"np\.multiply\(\.\.\., out\)"):
        a *= x
    assert a.tolist() == [1.0, 1.0, 1.0]
    x += a
    assert (x.value.tolist(), x.tangent.tolist()) == ([2.0] * 3, [5.0] * 3)


@pytest.mark.parametrize("make", [np.array, np.asarray, lambda xs: np.asarray(xs, dtype=object)])
def test_an_array_of_duals_says_what_to_write(make):
    x = da.Dual(np.ones(3), np.ones(3))
    for given in ([x, x], [[x, 1.0], [x, x]], (da.Dual(1.0, 1.0),)):
        with pytest.raises(TypeError) as raised:
            make(given)
        message = str(raised.value)
        assert message.startswith("np.asarray() on a Dual would drop its tangent")
        assert "for a list of dual numbers write da.stack" in message


def test_a_dual_may_not_be_assigned_to_an_array():
    x, a = da.Dual(np.ones(3), np.ones(3)), np.zeros((2, 3))
    with pytest.raises(TypeError, match=r"np\.asarray\(\) on a Dual would drop its tangent"):
        a[0] = x
    with pytest.raises((TypeError, ValueError)):
        a[0, 0] = x[0]
    assert not a.any()


def test_element_wise_definitions_take_numpy_functions_but_no_others():
    f = da.activation(lambda x: np.tanh(x) * np.where(x > 0, x, 0.0) + np.arctan(x))
    x = np.array([-1.0, 2.0])
    np.testing.assert_allclose(f(x), np.tanh(x) * np.where(x > 0, x, 0.0) + np.arctan(x))
    for wrong in (
        lambda x: np.sum(x),
        lambda x: np.add.reduce(x),
        lambda x: np.clip(x, 0.0, 1.0, out=None),
    ):
        with pytest.raises(da.DefinitionError, match=r"np\."):
            da.activation(wrong)(x)


ARRAYS = [np.array([[2.0, 3.0]]), torch.tensor([[2.0, 3.0]], dtype=torch.float64)]


@pytest.mark.parametrize("array", ARRAYS, ids=["numpy", "torch"])
def test_arrays_meet_tangents_along_directions(array):
    batch = Directions(array * 0 + array[0, :1] * 0 + 1.0, 1) * array[0]
    for product in (array[0] * batch, batch * array[0], array[0] * batch + batch * 0.0):
        assert isinstance(product, Directions)
        assert product.array.tolist() == [[4.0, 9.0]]
    assert (array @ batch).array.tolist() == [[13.0]]
    assert isinstance(batch / array[0], Directions)
    assert (array[0] - array[0] + batch).array.tolist() == [[2.0, 3.0]]


@pytest.mark.parametrize("array", ARRAYS, ids=["numpy", "torch"])
def test_arrays_meet_recorded_tangents(array):
    start = Linear((2,))
    for y in (array[0] * start, start * array[0], array[0] * array[0] * start / array[0]):
        assert isinstance(y, Linear)
        one = array[0] * 0.0 + 1.0
        assert pull_back(y, one)[start.place].tolist() == [2.0, 3.0]
    y = array @ start
    assert pull_back(y, array[0, :1] * 0.0 + 1.0)[start.place].tolist() == [2.0, 3.0]


def test_a_tangent_is_not_taken_for_a_number():
    for special in (Directions(np.ones((2, 3)), 1), Linear((3,))):
        with pytest.raises(TypeError, match=r"np\.percentile\(\) on"):
            np.percentile(special, 3.0)
        with pytest.raises(TypeError, match=r"np\.add\(\.\.\., out\) on"):
            np.add(np.ones(3), special, out=np.ones(3))


def test_a_list_is_no_array():
    with pytest.raises(TypeError, match=r"got list; write np.asarray\(...\) first"):
        np.maximum(da.Dual(np.ones(2), None), [1.0, 2.0])
