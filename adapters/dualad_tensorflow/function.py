"""An activation on TensorFlow's tapes and in its graphs.

``keep="derivative"`` keeps f'(x) and gives first derivatives; asking for more is an error.
``keep="input"`` keeps x, and the backward pass evaluates the next derivative through the same
construct: any order. So it is with ``order=2``, too: a tape could not tell which gradient will be
differentiated again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from dualad.keep import Derivative
from dualad.scalars import is_scalar

from .kept_derivative import keep_derivative
from .kept_input import keep_input
from .watching import differentiable, recording

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["apply", "watches"]

Tensor = Any
"""TensorFlow ships no types."""


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Tensor:
    """Evaluate an activation, or a derivative, so that tapes and accumulators know the next one."""
    # A variable is read here: inside tf.custom_gradient it would be a hidden input.
    values = [a if is_scalar(a) else _floating(tf.convert_to_tensor(a)) for a in arguments]
    if path or not isinstance(activation.keep, Derivative):
        return keep_input(activation, path, values)
    return keep_derivative(activation, values)


def watches(arguments: Sequence[Any]) -> bool:
    """Whether a tape or an accumulator may differentiate what is computed."""
    tensors = [tf.convert_to_tensor(a) for a in arguments if not is_scalar(a)]
    return bool(differentiable(tensors))


def _floating(x: Tensor) -> Tensor:
    """Integers in the default floating dtype, unless a tape is there to ask for their gradient.

    TensorFlow itself would answer None, in silence.
    """
    if x.dtype.is_floating:
        return x
    if not (x.dtype.is_integer or x.dtype.is_bool):
        raise TypeError(f"an activation takes real numbers, got a tensor of dtype {x.dtype.name}")
    if recording():
        raise TypeError(
            f"a tensor of dtype {x.dtype.name} has no gradient; write tf.cast(x, tf.float32) first"
        )
    return tf.cast(x, tf.float32)
