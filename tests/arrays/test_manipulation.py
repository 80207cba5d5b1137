"""Shapes, places and indices."""

import numpy as np
import pytest

import dualad as da

RNG = np.random.default_rng(0)
V = RNG.normal(size=5)
A = RNG.normal(size=(3, 4))
B = RNG.normal(size=(2, 3, 4))
COLUMN = RNG.normal(size=(2, 1, 3))
EMPTY = np.zeros((0, 3))
ROWS = np.array([2, 0, -1])

CASES = {
    "reshape": (lambda xp, x: xp.reshape(x, (4, 3)), A),
    "reshape, -1": (lambda xp, x: xp.reshape(x, (2, -1)), A),
    "reshape, 0-d": (lambda xp, x: xp.reshape(x, ()), V[:1]),
    "reshape, empty": (lambda xp, x: xp.reshape(x, (3, 0)), EMPTY),
    "permute_dims": (lambda xp, x: xp.permute_dims(x, (2, 0, 1)), B),
    "permute_dims, negative": (lambda xp, x: xp.permute_dims(x, (-1, 0, 1)), B),
    "matrix_transpose": (lambda xp, x: xp.matrix_transpose(x), B),
    "moveaxis": (lambda xp, x: xp.moveaxis(x, 0, -1), B),
    "moveaxis, several": (lambda xp, x: xp.moveaxis(x, (0, 2), (1, 0)), B),
    "expand_dims": (lambda xp, x: xp.expand_dims(x, axis=1), A),
    "expand_dims, negative": (lambda xp, x: xp.expand_dims(x, axis=-1), A),
    "expand_dims, 0-d": (lambda xp, x: xp.expand_dims(x, axis=0), np.array(2.0)),
    "squeeze": (lambda xp, x: xp.squeeze(x, axis=1), COLUMN),
    "squeeze, several": (lambda xp, x: xp.squeeze(x, axis=(0, -1)), RNG.normal(size=(1, 3, 1))),
    "broadcast_to": (lambda xp, x: xp.broadcast_to(x, (2, 5, 3)), COLUMN),
    "broadcast_to, 0-d": (lambda xp, x: xp.broadcast_to(x, (2, 3)), np.array(2.0)),
    "broadcast_to, new axes": (lambda xp, x: xp.broadcast_to(x, (2, 3, 4)), A),
    "broadcast_arrays": (lambda xp, x, y: tuple(xp.broadcast_arrays(x, y)), A, V[:3, None]),
    "concat": (lambda xp, x, y: xp.concat([x, y]), A, A[:2] + 1.0),
    "concat, axis": (lambda xp, x, y: xp.concat([x, y], axis=-1), A, A[:, :1]),
    "concat, flat": (lambda xp, x, y: xp.concat([x, y], axis=None), A, V),
    "concat, constants": (
        lambda xp, x: xp.concat([np.ones((3, 1), x.dtype), x, np.zeros((3, 2), x.dtype)], axis=1),
        A,
    ),
    "stack": (lambda xp, x, y: xp.stack([x, y]), A, A + 1.0),
    "stack, last": (lambda xp, x, y: xp.stack([x, y], axis=-1), A, A + 1.0),
    "stack, 0-d": (lambda xp, x: xp.stack([x[0], x[2] * x[1], x[0]]), V),
    "unstack": (lambda xp, x: tuple(xp.unstack(x)), A),
    "unstack, axis": (lambda xp, x: tuple(xp.unstack(x, axis=-1)), A),
    "meshgrid": (lambda xp, x, y: tuple(xp.meshgrid(x, y)), V, V[:3]),
    "meshgrid, ij": (lambda xp, x, y: tuple(xp.meshgrid(x, y, indexing="ij")), V, V[:3]),
    "meshgrid, three": (lambda xp, x, y, z: tuple(xp.meshgrid(x, y, z)), V[:2], V[:3], V[:4]),
    "meshgrid, one": (lambda xp, x: tuple(xp.meshgrid(x)), V),
    "flip": (lambda xp, x: xp.flip(x), A),
    "flip, axis": (lambda xp, x: xp.flip(x, axis=-1), A),
    "flip, axes": (lambda xp, x: xp.flip(x, axis=(0, 2)), B),
    "roll": (lambda xp, x: xp.roll(x, 2), A),
    "roll, axis": (lambda xp, x: xp.roll(x, -1, axis=0), A),
    "roll, beyond": (lambda xp, x: xp.roll(x, 11, axis=1), A),
    "roll, axes": (lambda xp, x: xp.roll(x, (1, -2), axis=(0, 1)), A),
    "roll, one axis twice": (lambda xp, x: xp.roll(x, (1, 1), axis=(0, 0)), A),
    "roll, one shift for axes": (lambda xp, x: xp.roll(x, 1, axis=(0, 1)), A),
    "roll, empty": (lambda xp, x: xp.roll(x, 1, axis=0), EMPTY),
    "roll, nothing": (lambda xp, x: xp.roll(x, 0), A),
    "tile": (lambda xp, x: xp.tile(x, (2, 3)), A),
    "tile, longer": (lambda xp, x: xp.tile(x, (2, 1, 2)), A),
    "tile, shorter": (lambda xp, x: xp.tile(x, (3,)), A),
    "tile, none": (lambda xp, x: xp.tile(x, (0, 2)), A),
    "repeat": (lambda xp, x: xp.repeat(x, 2), A),
    "repeat, axis": (lambda xp, x: xp.repeat(x, 3, axis=-1), A),
    "repeat, counts": (lambda xp, x: xp.repeat(x, np.array([2, 0, 1]), axis=0), A),
    "repeat, no times": (lambda xp, x: xp.repeat(x, 0, axis=0), A),
    "tril": (lambda xp, x: xp.tril(x), B),
    "tril, k": (lambda xp, x: xp.tril(x, k=-1), A),
    "triu": (lambda xp, x: xp.triu(x), B),
    "triu, k": (lambda xp, x: xp.triu(x, k=1), A),
    "diff": (lambda xp, x: xp.diff(x), A),
    "diff, axis": (lambda xp, x: xp.diff(x, axis=0), A),
    "diff, twice": (lambda xp, x: xp.diff(x, n=2), A),
    "diff, not once": (lambda xp, x: xp.diff(x, n=0), A),
    "diff, ends": (
        lambda xp, x: xp.diff(x, prepend=x[:, :1] * 0 + 1, append=xp.ones_like(x[:, :2])),
        A,
    ),
    "diff, its own ends": (lambda xp, x: xp.diff(x, prepend=x[:, :1] * x[:, 1:2]), A),
    "take": (lambda xp, x: xp.take(x, np.array([2, 0, 0]), axis=0), A),
    "take, negative": (lambda xp, x: xp.take(x, np.array([-1, 1, -1]), axis=-1), A),
    "take, one axis": (lambda xp, x: xp.take(x, np.array([4, 4, 0])), V),
    "take, none": (lambda xp, x: xp.take(x, np.array([], int), axis=0), A),
    "take_along_axis": (
        lambda xp, x: xp.take_along_axis(x, np.array([[0, 0], [1, 3], [2, -1]])),
        A,
    ),
    "take_along_axis, first": (
        lambda xp, x: xp.take_along_axis(x, np.array([[0, 0, -1, 2]]), axis=0),
        A,
    ),
    "take_along_axis, broadcast": (
        lambda xp, x: xp.take_along_axis(x, np.array([[[0, 0, 3]]])),
        B,
    ),
    "diagonal": (lambda xp, x: xp.linalg.diagonal(x), B),
    "diagonal, above": (lambda xp, x: xp.linalg.diagonal(x, offset=2), B),
    "diagonal, below": (lambda xp, x: xp.linalg.diagonal(x, offset=-1), B),
    "diagonal, outside": (lambda xp, x: xp.linalg.diagonal(x, offset=9), B),
    "diagonal, of square": (lambda xp, x: xp.linalg.diagonal(x), B[..., :3]),
    "trace": (lambda xp, x: xp.linalg.trace(x), B),
    "trace, below": (lambda xp, x: xp.linalg.trace(x, offset=-1), B),
    "astype": (lambda xp, x: xp.astype(x, x.dtype), A),
    "zeros_like": (lambda xp, x: xp.zeros_like(x) + x, A),
}

KEYS = {
    "integer": 1,
    "negative": -1,
    "NumPy's integer": np.int64(1),
    "0-d array": np.array(1),
    "slice": slice(1, None),
    "step": slice(None, None, 2),
    "negative step": slice(None, None, -1),
    "empty slice": slice(2, 2),
    "tuple": (1, slice(None), -1),
    "ellipsis": (..., 0),
    "ellipsis between": (0, ..., slice(1, 3)),
    "ellipsis alone": ...,
    "newaxis": (None, 1),
    "newaxis inside": (slice(None), None, 1, ..., None),
    "empty tuple": (),
    "indices": np.array([1, 0, 1, 1]),
    "negative indices": np.array([-1, -2, 1]),
    "list": [0, 1, 1],
    "matrix of indices": (slice(None), np.array([[0, 2], [2, 2]])),
    "two arrays": (np.array([0, 1, 1]), np.array([2, 2, 2])),
    "broadcast arrays": (np.array([[0], [1]]), np.array([0, 2])),
    "arrays behind a slice": (slice(None), np.array([0, 2, 2]), np.array([1, 1, 1])),
    "separated arrays": (np.array([0, 1, 1]), slice(None), np.array([1, 1, 1])),
    "array and integer apart": (0, slice(None), np.array([1, 3, 3])),
    "integer behind, apart": (np.array([1, 1]), slice(None), 2),
    "array and newaxis": (np.array([1, 0]), None, np.array([2, 2])),
    "separated by an ellipsis": (np.array([1, 0]), ..., np.array([2, 2])),
    "matrices apart": (np.array([[0, 1], [1, 1]]), slice(1, None), np.array([[1, 1], [1, 0]])),
    "mask": B > 0.0,
    "mask of the first axes": np.array([[True, False, True], [False, False, True]]),
    "mask of the last axis": (..., np.array([True, False, True, True])),
    "mask in the middle": (slice(None), np.array([True, False, True])),
    "mask and integer": (np.array([True, True]), 0),
    "mask and array apart": (np.array([False, True]), slice(None), np.array([1, 3])),
    "empty mask": np.zeros((2, 3, 4), bool),
}


@pytest.mark.parametrize("case", CASES)
def test_manipulation(derivatives, case):
    f, *arrays = CASES[case]
    # A square behind it, so that the second order is not zero.
    derivatives.check(lambda xp, *a: f(xp, *a), *arrays)
    derivatives.check(lambda xp, *a: f(xp, *(x * x for x in a)), *arrays)


@pytest.mark.parametrize("key", KEYS)
def test_indices(derivatives, key):
    index = KEYS[key]
    derivatives.check(lambda xp, x: (x * x)[index], B)
    derivatives.check(lambda xp, x: xp.getitem(x, index) if hasattr(xp, "getitem") else x[index], B)


@pytest.mark.parametrize("key", KEYS)
def test_scatter_is_the_transpose_of_getitem(key):
    index = KEYS[key]
    x = RNG.normal(size=B[index].shape)
    xp = da.array_namespace(x)
    assert float(np.sum(xp.scatter(x, index, B.shape) * B)) == pytest.approx(
        float(np.sum(x * B[index])), rel=1e-13, abs=1e-13
    )


def test_a_repeated_index_adds_up():
    x = np.array([1.0, 2.0, 3.0])
    got = da.gradient(
        lambda x: (x[np.array([0, 0, 2, 0])] * np.array([1.0, 10.0, 5.0, 100.0])).sum()
    )
    np.testing.assert_array_equal(got(x), [111.0, 0.0, 5.0])


def test_a_key_out_of_bounds_is_the_backends_error():
    with pytest.raises(IndexError):
        da.jacobian(lambda x: x[7])(V)
    with pytest.raises(IndexError):
        da.gradient(lambda x: x[7])(V)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="cannot reshape"):
        da.gradient(lambda x: da.array_namespace(x).reshape(x, (7,)).sum())(V)
    with pytest.raises(ValueError, match="broadcast"):
        da.gradient(lambda x: (x * np.ones(3)).sum())(V)
