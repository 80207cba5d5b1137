"""Programs as XLA makes the shortest kernels of them.

XLA's kernel for the CPU has one output. What two outputs share and is dear to compute, as an
exponential, it writes to memory and reads again: of silu and its slope six arrays. So each output
is computed by itself, from an input of its own, which XLA must not know to be the same. But two
exponentials or the like are dearer than the way through memory: there the outputs share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

# There is no public way to ask whether a function is traced for XLA.
from tensorflow.python.ops import control_flow_util

from dualad.linearize import Executable, Output
from dualad.lowering import to_fuse
from dualad.scalars import is_scalar

__all__ = ["dear", "for_xla", "fused"]

Tensor = Any
"""TensorFlow ships no types."""


CHEAP = frozenset(
    {
        *("abs", "add", "divide", "multiply", "negative", "reciprocal", "round", "sqrt"),
        *("square", "subtract", "clip", "copysign", "maximum", "minimum", "relu", "sign", "where"),
        *("equal", "greater", "greater_equal", "less", "less_equal", "not_equal", "zeros_like"),
        *("logical_and", "logical_not", "logical_or"),
    }
)
"""Functions of which a kernel computes many while memory is read."""


def for_xla() -> bool:
    """Whether what is traced now is for XLA."""
    if tf.executing_eagerly():
        return False
    graph = tf.compat.v1.get_default_graph()
    return bool(control_flow_util.GraphOrParentsInXlaContext(graph))


def fused(
    executable: Executable,
    arguments: Sequence[Any],
    dtype: Any,
    outputs: Sequence[Output] | None = None,
) -> Sequence[Any]:
    """The outputs of a program, each by a kernel of its own where that is the shorter way."""
    value, *others = executable.alone
    if not others or dear(value) > 1:
        return executable.traced(arguments, dtype, outputs)
    results: list[Any] = []
    for one, output in zip(executable.alone, outputs or executable.plain, strict=True):
        results += one.traced(arguments, dtype, (output,))
        arguments = [a if is_scalar(a) else a * _one(a) for a in arguments]
    return results


def dear(executable: Executable) -> int:
    """How many of the calls take longer than a few multiplications."""
    compiler = executable.xp.compiler
    assert compiler is not None
    calls = to_fuse(executable.program, compiler.dialect).calls
    return sum(call.name not in CHEAP for call in calls)


def _one(x: Tensor) -> Tensor:
    """The number one, made of the first element of a tensor: what XLA cannot know."""
    first = tf.reduce_any(tf.reshape(x, [-1])[:1] > 0)
    return tf.where(first == first, tf.ones((), x.dtype), tf.constant(float("nan"), x.dtype))
