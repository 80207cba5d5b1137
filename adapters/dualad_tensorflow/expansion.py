"""Derivatives written into the operations, where TensorFlow drops custom gradients.

`tf.vectorized_map` drops those of its body, and the gradient of a loaded SavedModel has none of its
own. The operations alone would be differentiated in silence, and wrongly at ties: a program is
written for the derivatives that were recorded, not for TensorFlow's (its second derivative of mish
at zero is 0.96 instead of 0.64). So a derivative becomes its own expansion in x - stop_gradient(x),
which is zero: every gradient of that is the next derivative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

# There is no public way to ask whether a model is being saved.
from tensorflow.python.saved_model import save_context

from dualad.scalars import is_scalar

from .evaluation import Target, evaluate
from .watching import differentiable, is_local

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = [
    "ORDERS",
    "beyond",
    "expansion",
    "is_saving",
    "loses_gradients",
    "reachable",
    "stored_gradient",
]

ORDERS = 2
"""How many derivatives are written out."""

Tensor = Any
"""TensorFlow ships no types."""


def loses_gradients(values: list[Any]) -> bool:
    """Whether custom gradients of operations on these tensors are going to be dropped."""
    if tf.executing_eagerly():
        return False
    if is_saving() and not save_context.get_save_options().experimental_custom_gradients:
        return True
    # The scope in which tf.vectorized_map traces what it converts. What comes from outside stays
    # as it is: so do the gradients of tape.jacobian.
    mapped = "loop_body" in tf.get_current_name_scope()
    return mapped and any(not is_scalar(a) and is_local(a) for a in values)


def reachable(values: list[Any]) -> list[Any]:
    """The values as tensors that a gradient function can use.

    In a graph it cannot reach the placeholders of a function two levels out ("out of scope"), but
    it can reach tensors made here.
    """
    if tf.executing_eagerly():
        return values
    return [a if is_scalar(a) else tf.identity(a) for a in values]


def is_saving() -> bool:
    """Whether what is traced now is for a SavedModel, above all its gradient functions."""
    return bool(save_context.in_save_context())


def expansion(
    activation: Activation, path: Path, values: list[Any], orders: int, error: str
) -> Tensor:
    """A derivative of which operations know so many further ones; one more fails when it runs.

    Parameters
    ----------
    activation : Activation
        What is evaluated.
    path : Path
        Which derivative of it.
    values : list of tensor or number
        Its arguments.
    orders : int
        How many further derivatives there are, at least one.
    error : str
        What is said to who asks for more.
    """
    here = [a if is_scalar(a) else tf.stop_gradient(a) for a in values]
    zeros = {i: _zero(values[i]) for i in differentiable(values)}

    def terms(path: Path, degree: int) -> Tensor:
        """The rest of the series: f + z/n (f' + z/(n+1) (f'' + ...)), with n the degree."""
        nexts: tuple[Path, ...] = tuple((*path, i) for i in zeros)
        last = degree == orders
        result, *slopes = evaluate(activation, (path, *nexts) if last else (path,), here)
        for k, zero in enumerate(zeros.values()):
            if not last:
                slope = terms(nexts[k], degree + 1)
            elif is_scalar(slopes[k]):
                slope = tf.cast(slopes[k], result.dtype)
            else:
                slope = slopes[k] + tf.cast(_steep(zero, error), result.dtype)
            # An infinite slope, too, times zero is nothing.
            power = tf.cast(zero, result.dtype) / degree
            result += tf.math.multiply_no_nan(slope, power)
        return result

    return terms(path, 1)


def stored_gradient(
    activation: Activation, path: Path, values: list[Any], cotangent: Tensor
) -> list[Tensor]:
    """What a SavedModel stores for the gradient of a derivative, whatever is kept elsewhere.

    Its own gradients are in the operations. ForwardAccumulator runs them, needed or not, so that
    even the first order could not do without the second.
    """
    error = beyond(activation)
    return [
        Target.of(values[i]).pull_back(
            cotangent, expansion(activation, (*path, i), values, ORDERS, error)
        )
        for i in differentiable(values)
    ]


def beyond(activation: Activation) -> str:
    """What is said to who asks for more derivatives than are written out."""
    return (
        f"{activation.__name__} has no more derivatives here: TensorFlow drops custom gradients "
        "inside tf.vectorized_map, and those of a SavedModel's gradients; write the derivative "
        "into the function that is mapped or saved"
    )


def _zero(x: Tensor) -> Tensor:
    """Zero, with one for its gradient."""
    return tf.where(tf.math.is_finite(x), x - tf.stop_gradient(x), tf.zeros_like(x))


def _steep(zero: Tensor, error: str) -> Tensor:
    """Zero, of which a gradient fails when it runs, unless it is multiplied with zero."""
    # One factor: two would be multiplied before, and be infinite in the forward pass as well.
    checked = tf.debugging.check_numerics(tf.cast(zero, tf.float32), error)
    return tf.cast(checked, tf.float64) * 1e300
