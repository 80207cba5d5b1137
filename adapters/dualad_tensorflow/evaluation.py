"""An activation's derivatives evaluated on tensors, and pulled back to the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from dualad.keep.choice import AS_COMPUTED, Choice
from dualad.linearize import Executable, Output
from dualad.scalars import is_scalar

from .fusion import for_xla, fused
from .namespace.dtypes import computing_dtype, result_dtype

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["Backward", "Target", "evaluate", "run"]

Tensor = Any
"""TensorFlow ships no types."""

Backward = Callable[[Tensor], list[Any]]
"""What tf.custom_gradient takes: from the cotangent of a result to those of the inputs."""


def evaluate(
    activation: Activation,
    paths: tuple[Path, ...],
    values: Sequence[Any],
    choice: Choice = AS_COMPUTED,
) -> list[Tensor]:
    """Some derivatives; the first is a tensor of full shape even where it does not depend on x.

    Parameters
    ----------
    activation : Activation
        Whose.
    paths : tuple of Path
        Which.
    values : sequence of tensor or number
        The arguments.
    choice : Choice
        How all but the first are written down: in its code; what gets the ranges of runs later, in
        the dtype in which it is computed.
    """
    code = choice.code
    executable = activation.recording.executable("tensorflow", paths, code)
    tensors = [v for v in values if not is_scalar(v)]
    dtype = result_dtype(*tensors)
    outputs = None
    if code is not None or choice.runs is not None:
        coded = computing_dtype(dtype) if code is None else tf.as_dtype(code.dtype)
        outputs = (Output(dtype), *(Output(coded) for _ in paths[1:]))
    if code is not None and code.noisy:
        (like,) = tensors
        shape = Target.of(like).shape
        values = (*values, tf.random.uniform(shape, dtype=computing_dtype(dtype)))
    first, *others = run(executable, values, dtype, activation.options.execution, outputs)
    if is_scalar(first):
        first = tf.cast(first, tensors[0].dtype)
    static = first.shape
    if not (static.is_fully_defined() and all(t.shape == static for t in tensors)):
        shape = tf.shape(first)
        for tensor in tensors:
            shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
        first = tf.broadcast_to(first, shape)
    return [first, *others]


def run(
    executable: Executable,
    values: Sequence[Any],
    dtype: Any,
    execution: str,
    outputs: Sequence[Output] | None = None,
) -> Sequence[Any]:
    """An executable on tensors of which not all need have that dtype."""
    if for_xla():
        return fused(executable, values, dtype, outputs)
    return executable.run(values, execution, outputs, dtype=dtype)


class Target(NamedTuple):
    """The shape and the dtype that the gradient of an input must have."""

    static: Any
    shape: Any
    dtype: Any

    @classmethod
    def of(cls, x: Tensor) -> Target:
        """What the gradient of ``x`` must have."""
        return cls(x.shape, x.shape if x.shape.is_fully_defined() else tf.shape(x), x.dtype)

    def pull_back(self, cotangent: Tensor, slope: Any) -> Tensor:
        """Cotangent times slope, as `fitted` makes it."""
        # tf.gather, downstream, sends tf.IndexedSlices.
        return self.fitted(tf.convert_to_tensor(cotangent) * slope)

    def fitted(self, product: Tensor) -> Tensor:
        """Such a product, summed over the axes along which the input was broadcast."""
        if not (self.static.is_fully_defined() and product.shape == self.static):
            axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=self.shape, s1=tf.shape(product))
            # TensorFlow adds half types up in themselves: of 262144 numbers around 0.01 in float16
            # the sum is 64.
            wide = tf.cast(product, computing_dtype(product.dtype))
            product = tf.reshape(tf.reduce_sum(wide, axes), self.shape)
        return tf.cast(product, self.dtype)
