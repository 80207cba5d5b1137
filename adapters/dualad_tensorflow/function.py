"""An activation on TensorFlow's tapes and in its graphs.

``keep="derivative"`` keeps f'(x) and gives first derivatives; asking for more is an error. So it is
with the forms that keep y, or f' in fewer bytes. ``keep="input"`` keeps x, and the backward pass
evaluates the next derivative through the same construct: any order. So it is with ``order=2``, too:
a tape could not tell which gradient will be differentiated again.

Where TensorFlow drops custom gradients, in tf.vectorized_map under a tape and in the gradients of a
loaded SavedModel, ``keep="input"`` gives two derivatives and raises at the third. A function that
was traced before it is saved with ``experimental_custom_gradients=False`` has no gradient at all
when it is loaded, as any with a custom gradient: TensorFlow raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from dualad.keep import Input
from dualad.keep.choice import choose
from dualad.scalars import is_scalar

from .evaluation import evaluate
from .kept_derivative import keep_derivative
from .kept_input import keep_input
from .namespace.dtypes import result_dtype
from .watching import differentiable, recording

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["apply", "watches"]

Tensor = Any
"""TensorFlow ships no types."""


FLOATING = (tf.float32, tf.bfloat16, tf.float16, tf.float64)


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Tensor:
    """Evaluate an activation, or a derivative, so that tapes and accumulators know the next one."""
    if any(isinstance(a, tf.RaggedTensor) for a in arguments):
        return _of_flat_values(activation, arguments, path)
    values = [a if is_scalar(a) else _floating(_tensor(a)) for a in arguments]
    wanted = differentiable(values)
    if not wanted:
        return evaluate(activation, (path,), values)[0]
    if path or activation.options.order == 2 or isinstance(activation.keep, Input):
        return keep_input(activation, path, values)
    dtype = result_dtype(*(v for v in values if not is_scalar(v)))
    choice = choose(activation, values, dtype.name)
    if isinstance(choice.form, Input):
        return keep_input(activation, path, values)
    return keep_derivative(activation, choice, values, wanted)


def watches(arguments: Sequence[Any]) -> bool:
    """Whether a tape or an accumulator may differentiate what is computed, or `apply` has to."""
    if any(isinstance(a, tf.RaggedTensor) for a in arguments):
        return True  # it has no namespace
    return bool(differentiable([_tensor(a) for a in arguments if not is_scalar(a)]))


def _of_flat_values(activation: Activation, arguments: tuple[Any, ...], path: Path) -> Any:
    """A ragged tensor, by its values: the rows stay as they are."""
    ranks = [a.flat_values.shape.rank for a in arguments if isinstance(a, tf.RaggedTensor)]
    for a in arguments:
        dense = not (is_scalar(a) or isinstance(a, tf.RaggedTensor))
        if dense and None not in (*ranks, a.shape.rank) and a.shape.rank >= min(ranks):
            raise TypeError(
                f"{activation.__name__}: a tensor of shape {a.shape} does not broadcast against "
                "the rows of a ragged one; write it as a tf.RaggedTensor with the same rows"
            )
    return tf.ragged.map_flat_values(lambda *flat: apply(activation, flat, path), *arguments)


def _tensor(x: Any) -> Tensor:
    """What TensorFlow takes for a tensor, as one, of numbers that an activation can take."""
    if isinstance(x, tf.SparseTensor):
        raise TypeError(
            "an activation takes dense tensors, got a SparseTensor; write tf.sparse.to_dense(x), "
            "or apply it to x.values if its value at zero is zero"
        )
    # A variable is read here: inside tf.custom_gradient it would be a hidden input.
    x = tf.convert_to_tensor(x)
    if x.dtype in FLOATING or x.dtype.is_integer or x.dtype.is_bool:
        return x
    if x.dtype.is_floating:
        raise TypeError(
            f"an activation computes with 16 bits or more, got a tensor of dtype {x.dtype.name}; "
            "write tf.cast(x, tf.bfloat16)"
        )
    raise TypeError(f"an activation takes real numbers, got a tensor of dtype {x.dtype.name}")


def _floating(x: Tensor) -> Tensor:
    """Integers in the default floating dtype, unless a tape is there to ask for their gradient.

    TensorFlow itself would answer None, in silence.
    """
    if x.dtype.is_floating:
        return x
    if recording():
        raise TypeError(
            f"a tensor of dtype {x.dtype.name} has no gradient; write tf.cast(x, tf.float32) first"
        )
    return tf.cast(x, tf.float32)
