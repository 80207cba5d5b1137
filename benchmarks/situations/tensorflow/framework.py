"""TensorFlow's situations, to which each theme adds its own."""

from __future__ import annotations

import tensorflow as tf

import dualad_tensorflow

from ..framework import Framework
from .columns import COLUMNS, REFERENCES

__all__ = ["FRAMEWORK", "situation"]


def _passes_on_our_error(error: BaseException) -> bool:
    """Whether an operation of a graph fails with our words, or XLA refuses it by its name."""
    words = ('keep="input"', "write_keep_input", "of a dualad activation; write ")
    kinds = (tf.errors.OpError, LookupError)
    return isinstance(error, kinds) and any(w in str(error) for w in words)


FRAMEWORK = Framework(
    "TensorFlow and Keras",
    COLUMNS,
    REFERENCES,
    adapter=dualad_tensorflow,
    says_refused=_passes_on_our_error,
)

situation = FRAMEWORK.situation
