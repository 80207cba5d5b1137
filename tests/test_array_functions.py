"""The public array functions, made from the table of arrays."""

import numpy as np
import pytest

import dualad as da
from dualad.array_functions import EXTENSION, FUNCTIONS
from dualad.arrays import ARRAY_ROWS


def test_every_row_is_a_public_function():
    internal = {"getitem", "scatter", "euclidean_norm", "magnitude", "running_exponents"}
    for row in ARRAY_ROWS:
        if row.name in internal:
            continue
        home = da.linalg if row.extension else da
        function = getattr(home, row.name)
        assert function.__name__ == row.name
        assert row.summary in function.__doc__
        assert row.signature in function.__doc__
        assert row.name in home.__all__
    assert len(FUNCTIONS) + len(EXTENSION) == len(ARRAY_ROWS) - len(internal)


def test_they_compute_on_arrays_of_any_library():
    import torch

    x = np.arange(6.0).reshape(2, 3)
    assert da.sum(x, axis=0).tolist() == [3.0, 5.0, 7.0]
    assert da.linalg.inv(np.diag([1.0, 2.0])).tolist() == [[1.0, 0.0], [0.0, 0.5]]
    assert isinstance(da.cumulative_sum(torch.ones(3), axis=0), torch.Tensor)
    assert da.logsumexp(np.array([1000.0, 1000.0])) == 1000.0 + np.log(2.0)


def test_a_list_of_dual_numbers_is_stacked():
    assert da.derivative(lambda x: da.prod([x, 2.0, 3.0]))(0.0) == 6.0
    assert da.gradient(lambda x: da.max([x[0], x[1], 3.0]))(np.array([5.0, 1.0])).tolist() == [1, 0]
    with pytest.raises(TypeError, match=r"got list; write np.asarray\(...\) first"):
        da.sum([1.0, 2.0])


def test_they_need_an_array():
    with pytest.raises(TypeError, match=r"da\.sum takes arrays; got none"):
        da.sum()
    with pytest.raises(TypeError, match=r"da\.concat takes arrays; got none"):
        da.concat([])
    with pytest.raises(TypeError, match="expected an array, a dual number or a Python number"):
        da.linalg.inv("x")


def test_norm_as_numpy_has_it():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    for options in (
        {},
        {"axis": 0},
        {"axis": 1, "keepdims": True},
        {"axis": (0, 1)},
        {"ord": "fro"},
        {"ord": 1},
        {"ord": np.inf},
        {"ord": -1, "keepdims": True},
        {"ord": 3, "axis": 1},
        {"ord": "fro", "axis": (1, 0), "keepdims": True},
    ):
        np.testing.assert_allclose(
            da.linalg.norm(x, **options), np.linalg.norm(x, **options), rtol=1e-15
        )
    assert da.linalg.norm(np.array([3.0, 4.0]), 2) == 5.0
    with pytest.raises(ValueError, match=r"ord=1 of shape \(1, 1, 1\) needs an axis"):
        da.linalg.norm(np.ones((1, 1, 1)), 1)
    with pytest.raises(ValueError, match="ord='nuc' is no norm of vectors"):
        da.linalg.norm(np.ones(3), "nuc", axis=0)


def test_the_derivative_of_a_norm():
    x = np.array([3.0, 4.0])
    assert da.gradient(da.linalg.norm)(x).tolist() == [0.6, 0.8]
    assert da.gradient(da.linalg.norm)(np.zeros(2)).tolist() == [0.0, 0.0]
    assert da.gradient(lambda a: da.linalg.norm(a, 1))(np.diag(x)).tolist() == [[0, 0], [0, 1.0]]
    with pytest.raises(
        TypeError, match=r"linalg\.svdvals has no derivative rule, so it would drop"
    ):
        da.jacobian(da.linalg.svdvals)(np.eye(2))
    with pytest.raises(NotImplementedError, match=r"linalg\.matrix_norm: ord='nuc' needs singular"):
        da.gradient(lambda a: da.linalg.norm(a, "nuc"))(np.eye(2))
