"""The activations as one composes them in TensorFlow, and as Keras has them built in."""

from __future__ import annotations

from functools import partial

import keras
import tensorflow as tf

from ..formulas import Operations, formulas

__all__ = ["FORMULAS"]

FORMULAS = formulas(
    Operations(
        abs=tf.abs,
        erf=tf.math.erf,
        exp=tf.exp,
        log1p=tf.math.log1p,
        pow=tf.pow,
        relu=tf.nn.relu,
        relu6=tf.nn.relu6,
        sigmoid=tf.sigmoid,
        softplus=tf.math.softplus,
        tanh=tf.tanh,
    ),
    built_in={
        "silu": keras.activations.silu,
        "gelu_tanh": partial(keras.activations.gelu, approximate=True),
        "gelu": partial(keras.activations.gelu, approximate=False),
        "mish": keras.activations.mish,
        "hardswish": keras.activations.hard_silu,
        "softplus": keras.activations.softplus,
    },
)
"""By the names of `dualad.activations`."""
