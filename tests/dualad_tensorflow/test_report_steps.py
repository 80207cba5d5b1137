"""Bytes that a training step keeps between its passes, read off its graph.

A tensor that the forward pass makes and the backward pass reads is resident between them; what a
tape computes of forward tensors alone is, too, for TensorFlow does that at once.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import imperative_grad, record

from dualad.activations import mish
from dualad_tensorflow import Activation, saved_bytes

x = tf.zeros([25, 40])


def composed(x):
    return x * tf.tanh(tf.math.softplus(x))


def gelu_tanh(x):
    return 0.5 * x * (1.0 + tf.tanh(0.7978845608028654 * (x + 0.044715 * tf.pow(x, 3))))


def step_of(fn, **options):
    """A training step with one activation, of which the loss keeps nothing."""

    def step(x):
        made = -x
        with tf.GradientTape() as tape:
            tape.watch(made)
            loss = tf.reduce_sum(fn(made))
        return tape.gradient(loss, made)

    return tf.function(step, **options)


@pytest.mark.parametrize(
    ("fn", "per_element"),
    [
        (mish, 4),
        (mish.with_options(keep="input"), 4),
        (tf.function(mish), 4),
        (Activation(mish), 4),
        (composed, 12),
        (tf.function(composed), 12),
        (gelu_tanh, 16),
        (tf.nn.silu, 4),
        (tf.nn.relu, 4),
        (lambda x: tf.stop_gradient(x) * 2.0 + 3.0 * x, 0),
        (tf.recompute_grad(composed), 4),
    ],
)
def test_bytes_per_element_in_a_training_step(fn, per_element):
    report = saved_bytes(step_of(fn), x)
    assert report.bytes == 1000 * per_element
    assert sum(report.parts.values()) == report.bytes
    assert report.how == "what the graph keeps for operations that wait for the gradient"


def test_under_xla_the_compiler_has_the_last_word():
    report = saved_bytes(step_of(mish, jit_compile=True), x)
    assert report.bytes == 4000
    assert report.how.endswith("before XLA, which may compute some of them anew")


def test_a_buffer_counts_once_whatever_its_shape():
    def f(x):
        flat = tf.reshape(x, [-1])
        return tf.reshape(tf.identity(x), [-1]) * flat * tf.expand_dims(flat, 0)

    assert saved_bytes(step_of(f), x).bytes == 8000  # x, and the product of two of them


def test_arguments_variables_and_constants_live_anyway():
    w = tf.Variable(tf.ones([25, 40]))
    c = tf.ones([25, 40])

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * x * c)
        return tape.gradient(loss, w)

    assert saved_bytes(step, x).bytes == 0


def test_a_gradient_that_nobody_uses_keeps_nothing():
    def step(x):
        made = -x
        with tf.GradientTape() as tape:
            tape.watch(made)
            loss = tf.reduce_sum(mish(made))
        tape.gradient(loss, made)
        return loss

    assert saved_bytes(tf.function(step), x).bytes == 0


def test_of_two_gradients_the_one_that_keeps_more():
    def step(x):
        grads = []
        for made in (-x, tf.concat([-x, -x], 0)):
            with tf.GradientTape() as tape:
                tape.watch(made)
                loss = tf.reduce_sum(mish(made))
            grads.append(tape.gradient(loss, made))
        return grads

    assert saved_bytes(tf.function(step), x).bytes == 8000


def test_what_has_no_size_yet_is_told():
    spec = tf.TensorSpec([None, 40])
    report = saved_bytes(step_of(mish, input_signature=[spec]), x)
    assert report.bytes < 100  # shapes
    assert str(report).endswith("1 tensors of unknown size are not counted")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(16, mish, name="d")
    inner = keras.Sequential([keras.Input((16,)), dense], name="inner")
    inputs = keras.Input((8,))
    hidden = keras.layers.Dense(16, "mish", name="first")(inputs)
    hidden = Activation(mish, name="act")(inner(hidden))
    model = keras.Model(inputs, keras.layers.Dense(1, name="last")(hidden))
    model.compile("adam", "mse")
    return model


def test_what_fit_keeps_layer_by_layer(model):
    data = (np.zeros((4, 8), np.float32), np.zeros((4, 1), np.float32))
    weights = model.get_weights()
    report = saved_bytes(tf.function(model.train_step), data)
    one = 4 * 16 * 4
    # mish of Keras: x, tanh and a sigmoid; every Dense keeps its input, but for that of the model.
    assert report.parts["first"] == 3 * one
    assert report.parts["inner/d"] == 2 * one
    assert report.parts["act"] == one
    assert report.parts["last"] == one
    assert report.parts["compile_loss/mse"] < 30
    for now, before in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, before)  # nothing has run


def test_a_method_that_would_train_is_refused(model):
    for method in (model.train_step, model.fit, model.train_on_batch):
        with pytest.raises(TypeError, match=r"write saved_bytes\(tf.function\(model.train_step\)"):
            saved_bytes(method, (x, x))
    with pytest.raises(TypeError, match="takes a function, a layer or a model, got 3"):
        saved_bytes(3, x)


def test_nested_inputs_are_watched_whole():
    assert saved_bytes(lambda pair: pair["a"] * pair["b"], {"a": x, "b": x + 1.0}).bytes == 8000


def test_nothing_goes_on_watching_even_if_the_step_fails():
    before = imperative_grad.imperative_grad, record.record_operation

    @tf.function
    def fails(x):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        saved_bytes(fails, x)
    assert (imperative_grad.imperative_grad, record.record_operation) == before
    from tensorflow.python.eager import context

    assert not context.context().op_callbacks
