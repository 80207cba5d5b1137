"""Indices as NumPy takes them, and the transpose of taking."""

import numpy as np
import pytest
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

RNG = np.random.default_rng(0)
X = np.arange(24.0).reshape(2, 3, 4)
KEYS = {
    "number": 1,
    "negative": (-1, -2),
    "slices": (slice(None), slice(None, None, -1), slice(1, 3)),
    "ellipsis": (..., 0),
    "new axis": (slice(None), None, 1),
    "list": [1, 0, 1],
    "array": np.array([[0, -1], [1, 1]]),
    "arrays": (np.array([0, 1, 0]), np.array([2, 0, 2])),
    "array and slice": (slice(None), np.array([2, 2, 0]), slice(1, None)),
    "mask": X % 3 == 0,
    "mask of rows": X[:, :, 0] > 3,
    "mask and number": (X[:, 0, 0] > 3, 1),
    "nothing": slice(0, 0),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("as_tensors", [False, True])
@pytest.mark.parametrize("execution", ["eager", "graph", "XLA"])
def test_indices_are_numpys_and_scatter_is_their_transpose(key, as_tensors, execution):
    given = key
    if as_tensors and execution == "eager":
        given = tuple(map(convert, key)) if isinstance(key, tuple) else convert(key)
    run = {
        "eager": lambda f: f,
        "graph": tf.function,
        "XLA": lambda f: tf.function(f, jit_compile=True),
    }[execution]
    np.testing.assert_array_equal(run(lambda x: xp.getitem(x, given))(tf.constant(X)), X[key])
    weights = RNG.integers(1, 9, X[key].shape).astype(np.float64)
    want = np.zeros_like(X)
    np.add.at(want, key, weights)
    np.testing.assert_array_equal(
        run(lambda w: xp.scatter(w, given, X.shape))(tf.constant(weights)), want
    )


def convert(k):
    return tf.constant(k) if isinstance(k, np.ndarray) else k


def test_slices_where_a_graph_does_not_know_the_sizes():
    def there_and_back(x):
        part = xp.getitem(x, (slice(1, None), 0))
        shape = tf.shape(x)
        return xp.scatter(part, (slice(1, None), 0), (shape[0], 3))

    run = tf.function(there_and_back, input_signature=[tf.TensorSpec([None, 3], tf.float64)])
    np.testing.assert_array_equal(
        run(X[0, :3, :3]), np.array([[0.0] * 3, [4.0, 0, 0], [8.0, 0, 0]])
    )


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ([tf.TensorSpec([3]), tf.TensorSpec([2], tf.int32)], r"write xp\.take"),
        ([tf.TensorSpec([None]), tf.TensorSpec([2], tf.int32)], r"know the sizes; write xp\.take"),
    ],
)
def test_indices_that_a_graph_does_not_know(signature, message):
    run = tf.function(lambda x, i: xp.getitem(x, i), input_signature=signature)
    with pytest.raises(TypeError, match=message):
        run(tf.ones(3), tf.constant([0, 1]))
