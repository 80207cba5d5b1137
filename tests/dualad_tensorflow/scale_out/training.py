"""The network, its data and two ways to train it, the same in every process."""

import keras
import numpy as np
import tensorflow as tf

import dualad_tensorflow
from dualad.activations import mish, swish

BATCH, WIDTH, HIDDEN, STEPS, EPOCHS = 6, 5, 7, 3, 2


class ComposedSwish(keras.layers.Layer):
    """Swish with a learned beta in TensorFlow's own functions."""

    def build(self, shape):
        constant = keras.initializers.Constant(1.5)
        self.beta = self.add_weight(shape=(), initializer=constant, name="beta")

    def call(self, x):
        return x * tf.sigmoid(self.beta * x)


def composed_mish(x):
    """The same as mish in TensorFlow's own functions."""
    return x * tf.tanh(tf.math.softplus(x))


def learned_swish(dtype, **options):
    """Swish with a learned beta."""
    activation = swish.with_options(**options)
    return dualad_tensorflow.Activation(activation, ["beta"], {"beta": 1.5}, dtype=dtype)


ACTIVATIONS = {
    "composed": lambda dtype: composed_mish,
    "derivative": lambda dtype: mish,
    "input": lambda dtype: mish.with_options(keep="input"),
    "compiled": lambda dtype: mish.with_options(execution="compiled"),
    "composed, learned": lambda dtype: ComposedSwish(dtype=dtype),
    "derivative, learned": learned_swish,
    "input, learned": lambda dtype: learned_swish(dtype, keep="input"),
}
"""By what is kept: functions, and layers with a learned beta."""


def composed(name):
    """The truth about an activation."""
    return "composed, learned" if "learned" in name else "composed"


def network(name, dtype="float64"):
    """Two dense layers with the activation between them, ready for both ways to train."""
    keras.utils.set_random_seed(1)
    activation = ACTIVATIONS[name](dtype)
    if not isinstance(activation, keras.layers.Layer):
        activation = keras.layers.Activation(activation, dtype=dtype)
    first, last = (keras.layers.Dense(n, dtype=dtype) for n in (HIDDEN, 2))
    inputs = keras.Input([WIDTH], dtype=first.variable_dtype)
    model = keras.Sequential([inputs, first, activation, last])
    model.compile(keras.optimizers.SGD(0.3, momentum=0.5), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def data():
    """One batch after the other."""
    rng = np.random.default_rng(2)
    return rng.normal(size=(STEPS * BATCH, WIDTH)), rng.normal(size=(STEPS * BATCH, 2))


def batches():
    """The data as a tf.data pipeline."""
    return tf.data.Dataset.from_tensor_slices(data()).batch(BATCH)


def by_fit(model):
    """Train by Keras: the mean loss of each epoch."""
    return model.fit(batches(), epochs=EPOCHS, verbose=0).history["loss"]


def by_hand(model, strategy):
    """Train by a loop of one's own over what the strategy distributes: the mean loss of each
    epoch."""
    optimizer = model.optimizer

    @tf.function
    def step(batch):
        def on_replica(inputs, targets):
            with tf.GradientTape() as tape:
                errors = tf.reduce_mean(tf.square(model(inputs) - targets), axis=-1)
                loss = tf.nn.compute_average_loss(errors, global_batch_size=BATCH)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        losses = strategy.run(on_replica, args=batch)
        return strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    distributed = strategy.experimental_distribute_dataset(batches())
    epochs = ([float(step(batch)) for batch in distributed] for _ in range(EPOCHS))
    return [sum(losses) / len(losses) for losses in epochs]


def trained(strategy, way, name, dtype="float64"):
    """What training under a strategy gives: losses, and the weights by their order."""
    with strategy.scope():
        model = network(name, dtype)
    losses = by_fit(model) if way == "fit" else by_hand(model, strategy)
    return {"losses": losses, "weights": [w.tolist() for w in model.get_weights()]}, model
