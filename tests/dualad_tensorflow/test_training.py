"""Networks trained, stopped, saved, loaded in a fresh process and trained on.

Every loss of every epoch is that of the same network with the activation composed from TensorFlow's
operations, trained without an interruption.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

import dualad_tensorflow
from dualad.activations import gelu, mish, swish

# The two drift apart by 3e-6, and by 9e-6 if each gradient is changed in its last bit; slopes that
# are wrong by one part in a thousand show as 7e-4 at least. (Adam would hide them: it does not see
# the scale of gradients.)
TOLERANCE = 1e-4

EPOCHS = 4
MOST_EPOCHS = 9
KEPT = ("derivative", "input")


def composed_mish(x):
    return x * tf.tanh(tf.math.softplus(x))


def composed_gelu(x):
    return 0.5 * x * (1.0 + tf.math.erf(x / math.sqrt(2.0)))


def convnet(activation):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            activation(),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same"),
            activation(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )


def transformer(activation):
    """One block on the rows of an image."""
    layers = keras.layers
    rows = keras.Input((8, 8))
    h = layers.Dense(16)(rows)
    normal = layers.LayerNormalization()(h)
    h = layers.Add()([h, layers.MultiHeadAttention(2, 8)(normal, normal)])
    wide = activation()(layers.Dense(32)(layers.LayerNormalization()(h)))
    h = layers.Add()([h, layers.Dense(16)(wide)])
    return keras.Model(rows, layers.Dense(10)(layers.GlobalAveragePooling1D()(h)))


NETWORKS = {
    "convnet": (convnet, composed_mish, mish),
    "transformer": (transformer, composed_gelu, gelu),
}


LEARNING_RATE = {convnet: 0.1, transformer: 0.05}


def trained(model, epochs, *callbacks):
    """The losses of the epochs, on the images that it learns from and on others."""
    digits = load_digits()
    images, labels = (digits.images / 16).astype("f"), digits.target
    history = model.fit(
        images[:1024],
        labels[:1024],
        batch_size=64,
        epochs=epochs,
        shuffle=False,
        validation_data=(images[1024:1280], labels[1024:1280]),
        callbacks=callbacks,
        verbose=0,
    )
    return [history.history["loss"], history.history["val_loss"]]


def compiled(build, activation):
    keras.utils.set_random_seed(0)
    model = build(activation)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(LEARNING_RATE[build], momentum=0.9), loss)
    return model


def trained_on(model):
    """Training goes on until an epoch brings less than a twentieth."""
    stop = keras.callbacks.EarlyStopping("val_loss", min_delta=0.05, restore_best_weights=True)
    return trained(model, MOST_EPOCHS, stop)


def go_on(folder):
    """What runs in the fresh process."""
    losses = {
        file.stem: trained_on(keras.models.load_model(file)) for file in folder.glob("*.keras")
    }
    (folder / "losses.json").write_text(json.dumps(losses))


@pytest.fixture(scope="module")
def losses(tmp_path_factory):
    """By network and method: the losses before the interruption and after."""
    folder = tmp_path_factory.mktemp("models")
    found = {}
    for network, (build, composed, activation) in NETWORKS.items():
        model = compiled(build, lambda f=composed: keras.layers.Activation(f))
        found[f"{network} composed"] = (trained(model, EPOCHS), trained_on(model))
        for keep in KEPT:
            kept = activation.with_options(keep=keep)
            model = compiled(build, lambda f=kept: dualad_tensorflow.Activation(f))
            found[f"{network} {keep}"] = (trained(model, EPOCHS), None)
            model.save(folder / f"{network} {keep}.keras")
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parent)!r})\n"
        "import pathlib, test_training\n"
        f"test_training.go_on(pathlib.Path({str(folder)!r}))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    for name, after in json.loads((folder / "losses.json").read_text()).items():
        found[name] = (found[name][0], after)
    return found


@pytest.mark.parametrize("keep", KEPT)
@pytest.mark.parametrize("network", NETWORKS)
def test_losses_are_those_of_the_composed_function(network, keep, losses):
    for got, want in zip(losses[f"{network} {keep}"], losses[f"{network} composed"], strict=True):
        np.testing.assert_allclose(got, want, rtol=TOLERANCE)


@pytest.mark.parametrize("network", NETWORKS)
def test_it_learns_until_it_is_stopped(network, losses):
    (before, _), (after, _) = losses[f"{network} derivative"]
    assert before[0] > before[-1] > after[-1]
    assert 1 < len(after) < MOST_EPOCHS


class Swish(keras.layers.Layer):
    def build(self, input_shape):
        self.beta = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return x * tf.sigmoid(self.beta * x)


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": True}], ids=str)
def test_eager_and_compiled_by_xla_it_is_the_same(options):
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(64, 8)).astype("f"), rng.normal(size=(64, 1)).astype("f")
    found = []
    for activation, learned in (
        (mish, dualad_tensorflow.Activation(swish, learned=["beta"])),
        (composed_mish, Swish()),
    ):
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Dense(16, activation), keras.layers.Dense(8), learned]
        model = keras.Sequential([keras.Input((8,)), *layers, keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse", **options)
        history = model.fit(inputs, targets, epochs=3, shuffle=False, verbose=0).history
        found.append([*history["loss"], float(learned.beta)])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert abs(found[0][-1] - 1.0) > 1e-3  # it was learned
