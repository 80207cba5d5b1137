"""A training step of a network, eager or in a tf.function: what it keeps, how long it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

import dualad_tensorflow
from dualad.cli.bench.tensorflow.steps import MODES, forward_and_backward
from dualad.cli.bench.timing import alternate

from ..cases import Case
from ..chains import Chain, Function
from ..table import Row
from .methods import methods
from .place import Place

__all__ = ["kept", "measure", "shapes"]

LEARNING_RATE = 1e-4


def measure(
    case: Case,
    chain: Chain,
    rounds: int,
    mode: str,
    turn_done: Callable[[], object] = lambda: None,
) -> list[Row]:
    """A row to each method, all with the same weights and inputs, in turns.

    Parameters
    ----------
    case : Case
        The network and its input.
    chain : Chain
        The activation.
    rounds : int
        Turns that are counted.
    mode : {"eager", "graph"}
        Whether the step is in a tf.function.
    turn_done : callable
        Called after each of ``2 * (rounds + 1)`` turns of each method.
    """
    keras.utils.set_random_seed(0)
    place = Place(chain.composed)
    network = case.make(place.everywhere)
    x = tf.random.normal(case.shape)
    functions = methods(chain)
    steps = {name: training_step(network, place, fn, x, mode) for name, fn in functions.items()}
    times = alternate(steps, rounds, turn_done=turn_done)
    bytes_kept = {name: kept(network, place, fn, x, mode) for name, fn in functions.items()}
    pairs = [(tf.random.normal(s), tf.random.normal(s)) for s in shapes(network, place, x)]
    alone = alternate(
        {name: all_of(fn, pairs, mode) for name, fn in functions.items()},
        rounds, turn_done=turn_done,
    )  # fmt: skip
    return [Row(case.name, chain.name, m, bytes_kept[m], times[m], alone[m]) for m in functions]


def training_step(
    network: keras.Model, place: Place, fn: Function, x: tf.Tensor, mode: str
) -> Callable[[], None]:
    """Forward, backward and update, with an activation in its place."""
    optimizer = keras.optimizers.SGD(LEARNING_RATE)
    optimizer.build(network.trainable_variables)

    def step(images: tf.Tensor) -> None:
        gradients = gradients_of(network, images)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    wrapped = MODES[mode](step)

    def run() -> None:
        place.function = fn  # a tf.function reads it once, when it is traced
        wrapped(x)

    return run


def gradients_of(network: keras.Model, images: tf.Tensor) -> list[tf.Tensor]:
    """By the weights, of the mean square of what the network puts out."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(network(images, training=True)))
    return tape.gradient(loss, network.trainable_variables)


def kept(network: keras.Model, place: Place, fn: Function, x: tf.Tensor, mode: str) -> int:
    """The bytes that a network keeps for backward, without parameters."""
    place.function = fn

    def forward(images: tf.Tensor) -> Any:
        return network(images, training=True)

    def step(images: tf.Tensor) -> Any:
        return gradients_of(network, images)

    counted = forward if mode == "eager" else MODES[mode](step)
    return dualad_tensorflow.saved_bytes(counted, x).bytes


def shapes(network: keras.Model, place: Place, x: tf.Tensor) -> list[tf.TensorShape]:
    """The shapes of all that goes through the activations."""
    seen: list[tf.TensorShape] = []
    before = place.function

    def noted(v: tf.Tensor) -> tf.Tensor:
        seen.append(v.shape)
        return before(v)

    place.function = noted
    network(x)
    place.function = before
    return seen


def all_of(fn: Function, pairs: list[tuple[tf.Tensor, tf.Tensor]], mode: str) -> Callable[[], None]:
    """Forward and backward of the activation on each input and cotangent."""
    step = forward_and_backward(fn, mode)

    def run() -> None:
        for x, cotangent in pairs:
            step(x, cotangent)

    return run
