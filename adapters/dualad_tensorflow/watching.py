"""Who is watching: the tapes and accumulators that may differentiate what is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# There is no public way to ask who is recording.
from tensorflow.python.eager import forwardprop_util, record

from dualad.scalars import is_scalar

__all__ = ["differentiable", "is_local", "recorded", "recording"]

Tensor = Any
"""TensorFlow ships no types."""


def recording() -> bool:
    """Whether anyone may differentiate what is computed now; in a graph, always."""
    return not tf.executing_eagerly() or record.could_possibly_record()


def is_local(x: Tensor) -> bool:
    """Whether a tensor belongs where code runs now; of another graph it would be captured."""
    if tf.executing_eagerly():
        return True
    return getattr(x, "graph", None) is tf.compat.v1.get_default_graph()


def differentiable(values: list[Any]) -> list[int]:
    """Which arguments may be asked for a gradient."""
    if not recording():
        return []
    tensors = [i for i, a in enumerate(values) if not is_scalar(a)]
    if not tf.executing_eagerly():  # a graph may be differentiated later, by whoever calls it
        return tensors
    return [
        i
        for i in tensors
        if record.should_record_backprop([values[i]])
        or forwardprop_util.pack_tangents([values[i]]).tangents
    ]


def recorded(function: Callable[..., Any], inputs: list[Tensor]) -> Tensor:
    """``function(*inputs)``, which gives a result and its gradient, as one operation.

    In a graph by ``tf.custom_gradient``: a graph keeps only what its gradient uses. In eager mode
    by what that does there, without its search for hidden variables (50 microseconds instead of
    130), and with the tapes stopped: they would go on watching inside, and keep every intermediate.
    (In a graph, to cut the inputs off would make ForwardAccumulator answer zero in silence: there
    it believes the operations, not the custom gradient.)
    """
    if not tf.executing_eagerly():
        return tf.custom_gradient(function)(*inputs)
    with record.stop_recording():
        result, backward = function(*inputs)
        if any(result is x for x in inputs):
            result = tf.identity(result)
    record.record_operation(function.__name__, [result], inputs, backward)
    return result
