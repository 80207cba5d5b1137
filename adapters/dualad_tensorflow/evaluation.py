"""An activation's derivatives evaluated on tensors, and pulled back to the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from dualad.scalars import is_scalar

from .fusion import for_xla, fused
from .namespace.dtypes import computing_dtype, result_dtype

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["Backward", "Target", "evaluate"]

Tensor = Any
"""TensorFlow ships no types."""

Backward = Callable[[Tensor], list[Any]]
"""What tf.custom_gradient takes: from the cotangent of a result to those of the inputs."""


def evaluate(
    activation: Activation, paths: tuple[Path, ...], values: Sequence[Any]
) -> list[Tensor]:
    """Some derivatives; the first is a tensor of full shape even where it does not depend on x."""
    executable = activation.recording.executable("tensorflow", paths)
    tensors = [v for v in values if not is_scalar(v)]
    first, *others = (
        fused(executable, values, result_dtype(*tensors))
        if for_xla()
        else executable.run(values, activation.options.execution)
    )
    if is_scalar(first):
        first = tf.cast(first, tensors[0].dtype)
    static = first.shape
    if not (static.is_fully_defined() and all(t.shape == static for t in tensors)):
        shape = tf.shape(first)
        for tensor in tensors:
            shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
        first = tf.broadcast_to(first, shape)
    return [first, *others]


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
        """Cotangent times slope, summed over the axes along which the input was broadcast."""
        # tf.gather, downstream, sends tf.IndexedSlices.
        product = tf.convert_to_tensor(cotangent) * slope
        if not (self.static.is_fully_defined() and product.shape == self.static):
            axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=self.shape, s1=tf.shape(product))
            # TensorFlow adds half types up in themselves: of 262144 numbers around 0.01 in float16
            # the sum is 64.
            wide = tf.cast(product, computing_dtype(product.dtype))
            product = tf.reshape(tf.reduce_sum(wide, axes), self.shape)
        return tf.cast(product, self.dtype)
