"""Tangents along many directions."""

import numpy as np
import pytest

import dualad as da
from dualad.dual.directions import Directions, full, unbatched

RNG = np.random.default_rng(11)
T = RNG.normal(size=(5, 2, 3))


def test_it_looks_like_one_direction():
    t = Directions(T, 1)
    assert (t.shape, t.ndim, t.dtype) == ((2, 3), 2, np.dtype(float))
    assert repr(Directions(np.ones(1), 1)) == "Directions(array([1.]))"


def test_arithmetic_broadcasts_each_direction():
    t = Directions(T, 1)
    row, cube = RNG.normal(size=3), RNG.normal(size=(4, 2, 3))
    np.testing.assert_array_equal((t * row).array, T * row)
    np.testing.assert_array_equal((row * t).array, row * T)
    np.testing.assert_array_equal((t * cube).array, T[:, None] * cube)
    np.testing.assert_array_equal((t / 2.0 - t).array, T / 2.0 - T)
    small = Directions(T[:, 0], 1)
    np.testing.assert_array_equal((small + t).array, T[:, :1] + T)


def test_two_batches_nest():
    inner, outer = Directions(T, 1), Directions(T + 1.0, 2)
    product = inner * outer
    assert product.level == 2
    assert product.array.level == 1
    np.testing.assert_array_equal(product.array.array, T[:, None] * (T + 1.0))


def test_unbatched():
    np.testing.assert_array_equal(unbatched(Directions(T, 1), 1, 5), T)
    np.testing.assert_array_equal(unbatched(T[0], 1, 4), np.stack([T[0]] * 4))


def test_full():
    np.testing.assert_array_equal(full(2.0, np.ones(2)), [2.0, 2.0])
    np.testing.assert_array_equal(full(np.ones(1), np.ones((2, 1))), np.ones((2, 1)))


@pytest.mark.parametrize("call", [bool, float, int, complex, np.asarray])
def test_it_is_no_number(call):
    with pytest.raises(TypeError, match="batch of directions"):
        call(Directions(T, 1))


def test_a_function_that_is_not_linear_is_refused():
    xp = da.array_namespace(Directions(T, 1))
    with pytest.raises(TypeError, match="sort of a tangent along several directions"):
        xp.sort(Directions(T, 1))


def test_chunks_of_a_large_jacobian():
    x = RNG.normal(size=50)
    f = lambda x: da.sin(x) * x[::-1]  # noqa: E731
    whole = da.jacobian(f)(x)
    np.testing.assert_array_equal(
        whole, np.diag(np.cos(x) * x[::-1]) + np.fliplr(np.diag(np.sin(x)))
    )
    for size in (1, 7, 50, 51):
        np.testing.assert_array_equal(da.jacobian(f, chunk_size=size)(x), whole)


def test_a_leaked_direction_is_refused():
    kept = []
    da.jacobian(lambda x: kept.append(x) or x)(np.ones(3))
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        kept[0] * 2.0
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        da.array_namespace(kept[0]).sum(kept[0])
    with pytest.raises(RuntimeError, match="after its derivative was taken"):
        da.jacobian(lambda x: x * kept[0])(np.ones(3))


def test_shapes_that_do_not_broadcast():
    for transform in (da.jacobian, lambda f: da.gradient(lambda x: f(x).sum())):
        with pytest.raises(ValueError, match="broadcast"):
            transform(lambda x: x + np.ones(4))(np.ones(3))
        with pytest.raises(ValueError, match=r"matmul|shapes"):
            transform(lambda x: x @ np.ones((4, 2)))(np.ones(3))
