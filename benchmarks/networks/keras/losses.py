"""Whether training goes the same way with every method: losses, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

from ..chains import Chain, Function
from ..table import COMPOSED
from .convolution import convolution
from .place import Factory, Place

__all__ = ["batches", "compare", "digits_network", "trained_with"]

Batch = tuple[np.ndarray, np.ndarray]


def digits_network(activation: Factory) -> keras.Model:
    """Two convolutions and a read-out, for images of 8 x 8."""
    images = keras.Input((8, 8, 1))
    x = activation()(convolution(images, 16, 3))
    x = activation()(convolution(x, 32, 3, 2))
    return keras.Model(images, layers.Dense(10)(layers.Flatten()(x)))


def batches(count: int, size: int) -> list[Batch]:
    """Batches of scikit-learn's digits and their labels, the same in every run."""
    digits = load_digits()
    pixels = digits.images.astype(np.float32)[..., None] / 16
    generator = np.random.default_rng(0)
    chosen = generator.integers(len(pixels), size=(count, size))
    return [(pixels[indices], digits.target[indices]) for indices in chosen]


def trained_with(network: keras.Model, data: Sequence[Batch], learning_rate: float) -> list[float]:
    """The losses of a network, a step of SGD in a tf.function to each batch."""
    optimizer = keras.optimizers.SGD(learning_rate)
    optimizer.build(network.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(labels, network(images, training=True))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    return [float(step(*map(tf.constant, batch))) for batch in data]


def compare(
    make: Callable[[Factory], keras.Model],
    chain: Chain,
    data: Sequence[Batch],
    learning_rate: float,
) -> dict[str, list[float]]:
    """The losses with each method, all from the same weights and on the same batches.

    ``float64`` is the formula evaluated in double precision and rounded once: what an exact
    activation changes in the losses by its rounding alone.
    """
    functions: dict[str, Function] = {
        COMPOSED: chain.composed,
        "recompute_grad": tf.recompute_grad(chain.composed),
        "dualad": chain.ours,
        "dualad input": chain.ours.with_options(keep="input"),
        "dualad compiled": chain.ours.with_options(execution="compiled"),
        "float64": lambda x: tf.cast(chain.composed(tf.cast(x, tf.float64)), x.dtype),
    }
    losses = {}
    for method, fn in functions.items():
        keras.utils.set_random_seed(0)
        losses[method] = trained_with(make(Place(fn).everywhere), data, learning_rate)
    return losses
