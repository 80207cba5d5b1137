"""The demo's network in Keras on TensorFlow, its activations computed by one of the methods."""

import os

# TensorFlow reads both when it is imported: its notices would break the progress bar, and Keras
# may be set up for another backend.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

import dualad_tensorflow

from .definitions import Definition
from .digits import BATCH, SIDE, Images
from .training import (
    ACTIVATION_SIDES,
    CHANNELS,
    CLASSES,
    COMPOSED,
    DUALAD,
    FIRST_POOL,
    LEARNING_RATE,
    RECOMPUTED,
    SECOND_POOL,
    Kept,
)


def mish(x: Any) -> Any:
    """Return mish composed from TensorFlow's operations."""
    return x * tf.tanh(tf.math.softplus(x))


def tanhexp(x: Any) -> Any:
    """Return tanhexp composed from TensorFlow's operations."""
    return x * tf.tanh(tf.exp(x))


COMPOSITIONS = {"mish": mish, "tanhexp": tanhexp}


def network(activation_layer: Callable[[], Any]) -> Any:
    """Return two convolutions, an activation and a pooling after each, and a linear read-out."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(CHANNELS, 3, padding="same"),
            activation_layer(),
            layers.MaxPooling2D(FIRST_POOL),
            layers.Conv2D(CHANNELS, 3, padding="same"),
            activation_layer(),
            layers.MaxPooling2D(SECOND_POOL),
            layers.Flatten(),
            layers.Dense(CLASSES),
        ]
    )
    # Under XLA the compiler decides what to keep, whatever the method asks for.
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    return model


class TensorFlowLearner:
    """A compiled Keras model and its activation: a `Learner`."""

    def __init__(self, model: Any, activation: Callable[[Any], Any]) -> None:
        self.model = model
        self.activation = activation

    def step(self, batch: Images) -> None:
        """Run one training step."""
        self.model.train_on_batch(batch.pixels[..., None], batch.labels)

    def accuracy(self, images: Images) -> float:
        """Return the share of the images that the network labels rightly."""
        labels = self.model.predict_on_batch(images.pixels[..., None]).argmax(axis=1)
        return float((labels == images.labels).mean())

    def kept(self) -> Kept:
        """Measure what the activations keep for one batch, beyond their outputs."""
        reports = [
            dualad_tensorflow.saved_bytes(self.activation, tf.zeros((BATCH, side, side, CHANNELS)))
            for side in ACTIVATION_SIDES
        ]
        how = f"{reports[0].how} (measured eagerly; Keras trains in a tf.function)"
        return Kept(sum(report.bytes for report in reports), how)


def learners(definition: Definition) -> dict[str, TensorFlowLearner]:
    """Return a learner to each method, all with the same initial weights."""
    # Six models are traced in one process on purpose; TensorFlow warns that this is slow.
    tf.get_logger().setLevel("ERROR")
    keras.utils.set_random_seed(0)
    composed = COMPOSITIONS[definition.name]
    recomputed = tf.recompute_grad(composed)
    models = {
        COMPOSED: network(lambda: keras.layers.Activation(composed)),
        RECOMPUTED: network(lambda: keras.layers.Activation(recomputed)),
        DUALAD: network(lambda: dualad_tensorflow.Activation(definition.activation)),
    }
    activations = {COMPOSED: composed, RECOMPUTED: recomputed, DUALAD: definition.activation}
    weights = models[COMPOSED].get_weights()
    for model in models.values():
        model.set_weights(weights)
    return {
        method: TensorFlowLearner(model, activations[method]) for method, model in models.items()
    }
