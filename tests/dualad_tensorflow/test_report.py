"""Bytes kept, against the figures of resident memory measured apart, and a measure of our own."""

import gc
import weakref

import pytest
import tensorflow as tf

import dualad_tensorflow
from dualad.activations import mish

x = tf.zeros([25, 40])


def composed(x):
    return x * tf.tanh(tf.math.softplus(x))


def gelu_tanh(x):
    return 0.5 * x * (1.0 + tf.tanh(0.7978845608028654 * (x + 0.044715 * tf.pow(x, 3))))


@pytest.mark.parametrize(
    ("fn", "per_element"),
    [
        (mish, 4),
        (mish.with_options(keep="input"), 4),
        (composed, 8),
        (gelu_tanh, 28),
        (tf.nn.silu, 8),
        (tf.nn.relu, 0),
        (tf.tanh, 0),
        (tf.recompute_grad(composed), 4),
        (dualad_tensorflow.Activation(mish), 4),
    ],
)
def test_bytes_per_element_in_eager_mode(fn, per_element):
    report = dualad_tensorflow.saved_bytes(fn, x)
    assert report.bytes == 1000 * per_element
    assert sum(report.parts.values()) == report.bytes
    assert "the tape keeps alive" in report.how


def test_a_graphs_extra_outputs_count():
    report = dualad_tensorflow.saved_bytes(tf.function(composed), x)
    assert (report.bytes, report.how.split()[0]) == (8000, "extra")


def test_half_types_keep_half():
    assert dualad_tensorflow.saved_bytes(mish, tf.zeros([1000], tf.bfloat16)).bytes == 2000


def test_variables_do_not_count():
    w = tf.Variable(tf.ones([1000]))
    assert dualad_tensorflow.saved_bytes(lambda x: w * x, tf.ones([1000])).bytes == 4000


def test_the_input_is_freed_and_nothing_is_kept_without_a_tape():
    with tf.GradientTape() as tape:
        given = tf.identity(x)
        tape.watch(given)
        y = mish(given)
        alive = weakref.ref(given)
        del given
    gc.collect()
    assert alive() is None
    assert y.shape == x.shape
    given = tf.identity(x)
    mish.with_options(keep="input")(given)
    alive = weakref.ref(given)
    del given
    gc.collect()
    assert alive() is None


def test_inside_a_tf_function_it_is_an_error():
    with pytest.raises(RuntimeError, match="call it outside, with that function as fn"):
        tf.function(lambda: dualad_tensorflow.saved_bytes(mish, x).bytes)()


def test_callbacks_go_even_if_the_function_fails():

    def fails(x):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        dualad_tensorflow.saved_bytes(fails, x)
    from tensorflow.python.eager import context

    assert not context.context().op_callbacks


def test_strings_and_views_take_no_bytes():
    def f(x):
        tf.strings.as_string(x)
        y = tf.reshape(x, [10, 100])
        return y * tf.reshape(x, [10, 100])

    assert dualad_tensorflow.saved_bytes(f, tf.zeros([1000])).bytes == 4000


def test_a_variable_as_input_does_not_count():
    w = tf.Variable(tf.ones([1000]))
    assert dualad_tensorflow.saved_bytes(lambda w: w * w, w).bytes == 0


def test_strings_that_stay_alive_take_no_bytes():
    held = []

    def f(x):
        held.append(tf.strings.as_string(x))
        return mish(x)

    assert dualad_tensorflow.saved_bytes(f, tf.zeros([10])).bytes == 40
