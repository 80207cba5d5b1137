"""Keras: the activation of a layer, of a model, in training and in mixed precision."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from ..situation import require
from .columns import composed_mish
from .framework import situation
from .truth import derivative, points, reverse, same

keras.saving.register_keras_serializable("situations")(composed_mish)


def data():
    return points(4, 3, dtype=tf.float32), points(4, 1, dtype=tf.float32, seed=9)


def model(f, seed=0, **options):
    """Dense, activation, dense; the same weights in every run."""
    first, last = (keras.initializers.GlorotNormal(seed + i) for i in range(2))
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(3, activation=f, kernel_initializer=first, **options),
            keras.layers.Dense(1, kernel_initializer=last),
        ]
    )


def gradients(network):
    x, target = data()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(network(x) - target))
    return tape.gradient(loss, [w.value for w in network.trainable_variables])


def trains(network, reference):
    """A network with the activation has the gradients of one with the reference."""
    for got, want in zip(gradients(network), gradients(model(reference)), strict=True):
        same(got, want)


def fitted(f, **options):
    """The weights after two steps."""
    network = model(f)
    network.compile(keras.optimizers.SGD(0.1), "mse", **options)
    network.fit(*data(), batch_size=2, epochs=1, shuffle=False, verbose=0)
    return network.get_weights()


def stepped(reference):
    """The same two steps by hand."""
    network, (x, target) = model(reference), data()
    for rows in (slice(0, 2), slice(2, 4)):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(network(x[rows]) - target[rows]))
        weights = [w.value for w in network.trainable_variables]
        for w, g in zip(weights, tape.gradient(loss, weights), strict=True):
            w.assign_sub(0.1 * g)
    return network.get_weights()


@situation()
def activation_of_a_layer(f, reference):
    trains(model(f), reference)


@situation()
def activation_layer(f, reference):
    network = keras.Sequential([*model(None).layers[:1], keras.layers.Activation(f)])
    plain = keras.Sequential([*model(None).layers[:1], keras.layers.Activation(reference)])
    for got, want in zip(gradients(network), gradients(plain), strict=True):
        same(got, want)


@situation()
def call_on_a_symbol(f, reference):
    symbol = keras.Input((3,))
    network = keras.Model(symbol, 2.0 * f(symbol))
    x = points(2, 3, dtype=tf.float32)
    same(network(x), 2 * derivative(reference, x, 0))
    same(reverse(network)(x), 2 * derivative(reference, x))


@situation()
def fit(f, reference):
    for got, want in zip(fitted(f), stepped(reference), strict=True):
        same(got, want)


@situation()
def fit_with_jit_compile(f, reference):
    for got, want in zip(fitted(f, jit_compile=True), stepped(reference), strict=True):
        same(got, want)


@situation()
def fit_eagerly(f, reference):
    for got, want in zip(fitted(f, run_eagerly=True), stepped(reference), strict=True):
        same(got, want)


@situation()
def predict_and_evaluate(f, reference):
    network, (x, target) = model(f), data()
    network.compile(loss="mse")
    want = model(reference)(x)
    same(network.predict(x, verbose=0), want)
    loss = network.evaluate(x, target, verbose=0)
    same(tf.constant(loss), np.mean(np.square(want - target)))


def in_half_precision(f, reference, policy, dtype):
    x = points(4, 3, dtype=tf.float32)
    layer = keras.layers.Activation(f, dtype=policy)
    y = layer(x)
    require(y.dtype == dtype, f"{y.dtype} under {policy}")
    same(y, derivative(reference, tf.cast(x, dtype), 0))
    g = reverse(layer)(x)
    same(tf.cast(g, dtype), derivative(reference, tf.cast(x, dtype)))
    require(g.dtype == tf.float32, "a gradient of another dtype than the input")
    dense = model(f, dtype=policy)
    require(all(g.dtype == tf.float32 for g in gradients(dense)), "half weights")


@situation()
def mixed_float16(f, reference):
    in_half_precision(f, reference, "mixed_float16", tf.float16)


@situation()
def mixed_bfloat16(f, reference):
    in_half_precision(f, reference, "mixed_bfloat16", tf.bfloat16)


@situation()
def loss_scaling(f, reference):
    network, other = model(f), model(f)
    plain, scaled = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)
    network.compile(keras.optimizers.LossScaleOptimizer(scaled), "mse", run_eagerly=True)
    other.compile(plain, "mse", run_eagerly=True)
    for each in (network, other):
        each.train_on_batch(*data())
    for got, want in zip(network.get_weights(), other.get_weights(), strict=True):
        same(got, want)


@situation()
def recurrent_layer(f, reference):
    x = points(2, 4, 3, dtype=tf.float32)

    def run(f):
        layer = keras.layers.SimpleRNN(
            2,
            activation=f,
            kernel_initializer=keras.initializers.GlorotNormal(1),
            recurrent_initializer=keras.initializers.GlorotNormal(2),
        )
        return reverse(tf.function(lambda x: layer(x)))(x)

    same(run(f), run(reference))


@situation()
def time_distributed_layer(f, reference):
    x = points(2, 4, 3, dtype=tf.float32)
    layer = keras.layers.TimeDistributed(keras.layers.Activation(f))
    same(reverse(layer)(x), derivative(reference, x))


@situation(order=2)
def gradient_penalty_in_a_train_step(f, reference):
    x, _ = data()

    def run(f):
        network = model(f)

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(reverse(network)(x))) + tf.reduce_sum(network(x))
            return tape.gradient(loss, network.trainable_variables[0].value)

        return step(x)

    same(run(f), run(reference))
