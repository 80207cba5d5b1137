"""The benchmark of the networks in Keras: measured and printed."""

from __future__ import annotations

from functools import partial

import keras
import tensorflow as tf

from dualad.cli.bench import machine

from ..cases import Case, measure_all, rounds
from ..table import difference_line, footnotes
from .conversion import ACTIVATIONS, converted, summary
from .losses import batches, compare, digits_network
from .methods import GELU_TANH, MISH, methods
from .mobilenet import mobilenet_v2
from .resnet import resnet_50
from .steps import measure

__all__ = ["CASES", "main"]

IMAGES = (2, 224, 224, 3)
RECOMPUTED = "recompute_grad"
TITLES = {"eager": "eager", "graph": "in a tf.function"}
STEPS, QUICK_STEPS = 50, 3

CASES = (
    Case("ResNet-50", resnet_50, IMAGES, (GELU_TANH, MISH)),
    Case("MobileNetV2", mobilenet_v2, IMAGES, (GELU_TANH, MISH)),
)


def main(quick: bool = False) -> None:
    """Keras networks with each method, eager and in a graph: bytes kept, time, losses, convert."""
    description = machine.describe(tensorflow=tf.__version__, keras=keras.__version__)
    print(machine.sentence(description), flush=True)
    # A step is traced for each row on purpose; TensorFlow warns that this is slow.
    tf.get_logger().setLevel("ERROR")
    count = rounds(quick)
    for mode, title in TITLES.items():
        print(f"\n{title}", flush=True)
        measure_all(CASES, partial(measure, mode=mode), methods, count, recomputed=RECOMPUTED)
    print("", footnotes(count), sep="\n")
    steps = QUICK_STEPS if quick else STEPS
    print(f"\nlosses over {steps} steps of SGD: the largest relative difference from composed")
    for chain in (GELU_TANH, MISH):
        losses = compare(digits_network, chain, batches(steps, 64), 0.1)
        print(difference_line(f"digits, {chain.name}", losses))
    print("\nconvert: what a training step on one example keeps, before and after")
    for case in CASES:
        for activation in ACTIVATIONS:
            *_, report = converted(case, activation)
            print(f"{case.name}, {activation}: {summary(report)}", flush=True)
