"""What an activation does not take in TensorFlow, and what its error says to write instead."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import dualad as da
from dualad.activations import mish

X = tf.constant([-2.0, 0.0, 0.5])
beta, number = tf.Variable(1.0), tf.constant(2.0)
weight = keras.Variable(1.0)


@da.activation
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


def in_eager_mode(f):
    return f(X)


def in_a_graph(f):
    return tf.function(lambda x: f(x))(X)


CLOSURES = {
    "a variable times x": lambda x: beta * x,
    "x times a variable": lambda x: x * beta,
    "x to the power of a variable": lambda x: x**beta,
    "a comparison with a variable": lambda x: da.where(beta > x, x, 0.0),
    "a function of both": lambda x: da.maximum(x, beta),
    "a function of the variable": lambda x: da.sigmoid(beta) * x,
    "the value of a variable": lambda x: beta.value() + x,
    "a tensor times x": lambda x: number * x,
    "x times a tensor": lambda x: x * number,
    "a function of TensorFlow's": lambda x: x * tf.tanh(x),
    "a variable of Keras times x": lambda x: weight * x,
    "x times a variable of Keras": lambda x: x * weight,
}


@pytest.mark.parametrize("run", [in_eager_mode, in_a_graph])
@pytest.mark.parametrize("closure", CLOSURES)
def test_what_the_definition_closes_over_must_be_an_argument(closure, run):
    message = "must be an argument|make it an argument"
    with pytest.raises(Exception, match=message):
        run(da.activation(CLOSURES[closure]))


@pytest.mark.parametrize("closure", CLOSURES)
def test_in_eager_mode_that_is_a_type_error(closure):
    with pytest.raises(TypeError):
        in_eager_mode(da.activation(CLOSURES[closure]))


BAD = {
    "string": (lambda: tf.constant(["a"]), "takes real numbers, got a tensor of dtype string"),
    "complex": (lambda: tf.constant([1j]), "takes real numbers, got a tensor of dtype complex128"),
    "resource": (lambda: beta.handle, "takes real numbers, got a tensor of dtype resource"),
    "variant": (
        lambda: tf.data.experimental.to_variant(tf.data.Dataset.range(3)),
        "takes real numbers, got a tensor of dtype variant",
    ),
    "quantized": (
        lambda: tf.raw_ops.QuantizeV2(input=X, min_range=0.0, max_range=1.0, T=tf.qint8)[0],
        "takes real numbers, got a tensor of dtype qint8",
    ),
    "eight bits": (
        lambda: tf.cast(X, tf.dtypes.experimental.float8_e5m2),
        "16 bits or more, got a tensor of dtype float8_e5m2; write tf.cast(x, tf.bfloat16)",
    ),
    "sparse": (
        lambda: tf.sparse.from_dense(X),
        "takes dense tensors, got a SparseTensor; write tf.sparse.to_dense(x)",
    ),
    "list": (lambda: [1.0, 2.0], "got list; write np.asarray"),
    "tensor array": (lambda: tf.TensorArray(tf.float32, 1), "got TensorArray"),
    "data set": (lambda: tf.data.Dataset.range(3), "expected an array"),
    "None": (lambda: None, "got NoneType"),
}


@pytest.mark.parametrize("call", [mish, mish.derivative, mish.linearize])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_argument_is_named(kind, call):
    make, message = BAD[kind]
    argument = make()
    with pytest.raises(TypeError, match=re.escape(message)):
        call(argument)
    with tf.GradientTape(), pytest.raises(TypeError, match=re.escape(message)):
        call(argument)


@pytest.mark.parametrize("dtype", [tf.int32, tf.uint8, tf.bool])
def test_integers_under_a_tape_would_have_no_gradient(dtype):
    x = tf.cast([1, 0], dtype)
    assert mish(x).dtype == tf.float32
    message = re.escape(f"{dtype.name} has no gradient; write tf.cast(x, tf.float32) first")
    with tf.GradientTape(), pytest.raises(TypeError, match=message):
        mish(x)
    with pytest.raises(TypeError, match=message):
        tf.function(lambda x: mish(x))(x)


@pytest.mark.parametrize("other", [np.ones(3, np.float32), torch.ones(3)], ids=["numpy", "torch"])
def test_two_libraries_in_one_call_are_named(other):
    for arguments in ((X, other), (other, X)):
        with pytest.raises(TypeError, match=r"two libraries in one call: .*; convert one"):
            swiglu(*arguments)


def test_nothing_is_overwritten():
    with pytest.raises(TypeError, match=r"is for PyTorch's tensors.*with_options\(inplace=False\)"):
        mish.with_options(inplace=True)(X)


RAGGED = tf.RaggedTensor.from_row_lengths(tf.constant([-1.0, 0.0, 2.0]), [2, 1])


def test_ragged_rows_stay_as_they_are():
    got = mish(RAGGED)
    assert got.row_splits.numpy().tolist() == [0, 2, 3]
    np.testing.assert_array_equal(got.flat_values, mish(RAGGED.flat_values))
    for f in (mish.derivative, lambda x: mish.linearize(x)[1]):
        np.testing.assert_array_equal(f(RAGGED).flat_values, mish.derivative(RAGGED.flat_values))


def test_two_ragged_tensors_have_the_same_rows():
    np.testing.assert_array_equal(
        swiglu(RAGGED, RAGGED).flat_values, swiglu(RAGGED.flat_values, RAGGED.flat_values)
    )
    other = tf.RaggedTensor.from_row_lengths(RAGGED.flat_values, [1, 2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="incompatible row_splits"):
        swiglu(RAGGED, other)


def test_a_number_or_the_inner_dimensions_broadcast_against_ragged_rows():
    np.testing.assert_array_equal(
        swiglu(RAGGED, tf.constant(2.0)).flat_values, swiglu(RAGGED.flat_values, tf.constant(2.0))
    )
    wide = tf.RaggedTensor.from_row_lengths(tf.ones([3, 2]), [2, 1])
    up = tf.constant([1.0, 3.0])
    np.testing.assert_array_equal(swiglu(wide, up).flat_values, swiglu(wide.flat_values, up))


@pytest.mark.parametrize("shape", [(3,), (2, 1)])
def test_a_dense_tensor_does_not_broadcast_against_ragged_rows(shape):
    """Three numbers are as many as the values, and would go to the wrong ones."""
    with pytest.raises(TypeError, match=r"does not broadcast.*write it as a tf\.RaggedTensor"):
        swiglu(RAGGED, tf.ones(shape))
