"""The ways to train with mish in TensorFlow that are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from ..framework import Column, with_options

__all__ = ["COLUMNS", "REFERENCES", "composed_mish"]


def composed_mish(x: Any) -> Any:
    return x * tf.tanh(tf.math.softplus(x))


def composed_prelu(x: Any, slope: Any) -> Any:
    return tf.maximum(x, 0.0) + slope * tf.minimum(x, 0.0)


def keras_prelu(x: Any, slope: Any) -> Any:
    """As Keras' PReLU layer writes it; it has no function of the name."""
    return keras.ops.relu(x) - slope * keras.ops.relu(-x)


REFERENCES: dict[str, Callable[..., Any]] = {"mish": composed_mish, "prelu": composed_prelu}
"""What is right: TensorFlow's elementary functions, in double precision."""

COLUMNS = (
    Column("composed", REFERENCES),
    Column("built-in", {"mish": keras.activations.mish, "prelu": keras_prelu}),
    with_options("input", keep="input"),
    with_options("derivative", keep="derivative"),
    with_options("order=2", order=2),
    with_options("compiled", execution="compiled"),
)
