"""Tensors made from numbers, shapes and other arrays: NumPy's values, TensorFlow's dtypes."""

import numpy as np
import pytest
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

V = np.random.default_rng(0).normal(size=7)


def assert_same(got, want):
    assert got.shape == want.shape
    assert got.dtype.as_numpy_dtype == want.dtype.type
    np.testing.assert_array_equal(got, want)


# name, arguments, keyword arguments, of which NumPy takes the same but for the default dtypes
CREATED = [
    ("arange", [5], {}, "int32"),
    ("arange", [1, 10, 3], {}, "int32"),
    ("arange", [5, 0, -2], {}, "int32"),
    ("arange", [0.0, 1.0, 0.1], {}, "float32"),
    ("arange", [3], {"dtype": "float64"}, "float64"),
    ("arange", [3], {"dtype": "int8"}, "int8"),
    ("arange", [3, 1], {}, "int32"),
    ("eye", [3], {}, "float32"),
    ("eye", [2, 4], {"k": 1, "dtype": "int32"}, "int32"),
    ("eye", [3, 2], {"k": -1}, "float32"),
    ("full", [(2, 3), 7], {}, "int32"),
    ("full", [3, 0.5], {}, "float32"),
    ("full", [(), True], {}, "bool"),
    ("full", [(2,), 1j], {}, "complex64"),
    ("full", [(2,), 1], {"dtype": "uint16"}, "uint16"),
    ("linspace", [0, 1, 5], {}, "float32"),
    ("linspace", [0.1, 0.7, 7], {"dtype": "float64"}, "float64"),
    ("linspace", [0, 1, 4], {"endpoint": False}, "float32"),
    ("linspace", [0, 1, 1], {}, "float32"),
    ("linspace", [0, 1j, 3], {}, "complex64"),
    ("ones", [(2, 3)], {}, "float32"),
    ("ones", [3], {"dtype": "int64"}, "int64"),
    ("zeros", [()], {}, "float32"),
    ("zeros", [(2, 0)], {"dtype": "bool"}, "bool"),
]


@pytest.mark.parametrize("row", CREATED, ids=lambda row: f"{row[0]}{row[1]}{row[2]}")
def test_creation(row):
    name, arguments, options, dtype = row
    got = getattr(xp, name)(*arguments, **options, device="/CPU:0")
    want = getattr(np, name)(*arguments, **options)
    assert (got.dtype.name, got.shape) == (dtype, want.shape)
    np.testing.assert_allclose(got, want.astype(dtype), rtol=2 * np.finfo(np.float32).eps)


def test_the_last_number_of_linspace_is_the_stop():
    for stop in (0.7, 0.1, 1e300):
        assert xp.linspace(-0.3, stop, 49, dtype=xp.float64)[-1] == stop


def test_creation_in_the_likeness_of_another():
    x = tf.ones([2, 3], tf.bfloat16)
    for name, value in (("zeros_like", 0), ("ones_like", 1), ("empty_like", 0)):
        assert_same(getattr(xp, name)(x, dtype=xp.int32), np.full((2, 3), value, np.int32))
        assert getattr(xp, name)(x).dtype == tf.bfloat16
    assert_same(xp.full_like(np.int32([1, 2]), 3.0), np.int32([3, 3]))
    assert xp.full_like(x, 0.5).dtype == tf.bfloat16
    assert xp.empty((2,)).shape == (2,)
    signature = [tf.TensorSpec([None, 3])]
    like = tf.function(lambda x: xp.full_like(x, 2), input_signature=signature)
    assert_same(like(tf.ones([5, 3])), np.full((5, 3), 2, np.float32))


def test_asarray():
    assert xp.asarray(1.5).dtype == tf.float32
    assert xp.asarray([1, 2]).dtype == tf.int32
    assert xp.asarray([True]).dtype == tf.bool
    assert xp.asarray(np.float64(1.5)).dtype == tf.float64
    assert xp.asarray(V).dtype == tf.float64
    assert xp.asarray(V, dtype=xp.float32).dtype == tf.float32
    assert xp.asarray([[1, 2], [3, 4]], dtype=xp.float16, device="/CPU:0").shape == (2, 2)
    x = tf.ones(2)
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=True) is not x
    assert xp.asarray(x, copy=False) is x
    assert not isinstance(xp.asarray(tf.Variable(x)), tf.Variable)
    with pytest.raises(ValueError, match="copy=False"):
        xp.asarray(V, copy=False)


def test_from_dlpack():
    assert_same(xp.from_dlpack(V.copy()), V)
    x = tf.ones(2)
    assert xp.from_dlpack(x) is x
    assert xp.from_dlpack(x, copy=True) is not x
