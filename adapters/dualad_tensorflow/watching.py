"""Who is watching: the tapes and accumulators that may differentiate what is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# There is no public way to ask who is recording.
from tensorflow.python.eager import forwardprop_util, record

from dualad.scalars import is_scalar

__all__ = ["differentiable", "is_local", "recorded", "recording", "unwatched"]

Tensor = Any
"""TensorFlow ships no types."""

FORGOTTEN = (
    "TensorFlow dropped the gradient of a dualad activation; write the call of the activation into "
    "the body of tf.vectorized_map itself, not into a tf.function that the body calls"
)


def recording() -> bool:
    """Whether anyone may differentiate what is computed now; in a graph, always."""
    return not tf.executing_eagerly() or record.could_possibly_record()


def unwatched() -> Any:
    """A context in which tapes and accumulators see nothing."""
    return record.stop_recording()


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

    Nobody watches inside: a tape would keep every intermediate, and a ForwardAccumulator in a graph
    would believe the operations, whose derivatives at ties are not those that are given here.
    Without the search of ``tf.custom_gradient`` for hidden variables a call takes 50 microseconds
    instead of 130; in a graph it is there for those who ask the operations themselves:
    tf.gradients, tapes around the whole function, SavedModel.
    """
    with unwatched():
        if tf.executing_eagerly():
            result, backward = function(*inputs)
            if any(result is x for x in inputs):
                result = tf.identity(result)
        else:
            gradients = []

            def noted(*inputs: Tensor) -> tuple[Tensor, Any]:
                result, backward = function(*inputs)
                gradients.append(backward)
                # tf.vectorized_map forgets the gradient of a tf.function that its body calls.
                return tf.raw_ops.PreventGradient(input=result, message=FORGOTTEN), backward

            result = tf.custom_gradient(noted)(*inputs)
            (backward,) = gradients
    record.record_operation(function.__name__, [result], inputs, backward)
    return result
