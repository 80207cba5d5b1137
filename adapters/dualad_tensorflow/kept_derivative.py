"""The construct that keeps f' alone: its gradient is one multiplication, and has none itself.

A tape that went on watching inside would keep every intermediate (32 bytes per element for mish):
what is computed is cut off it. Cut off, a second derivative would be silently None: f' stays linked
to the inputs through an empty *token*, and the link's own gradient is the error. And a gradient
function's closure is kept alive as it is: it must not hold x.
"""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from dualad.keep import SecondOrderError
from dualad.scalars import is_scalar

from .evaluation import Backward, Target, evaluate
from .expansion import expansion, is_saving, loses_gradients, reachable, stored_gradient
from .watching import differentiable, is_local, recorded, recording

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["keep_derivative"]

Tensor = Any
"""TensorFlow ships no types."""


def keep_derivative(activation: Activation, values: list[Any]) -> Tensor:
    """Evaluate an activation; its tape keeps f' for each argument that it watches."""
    wanted = differentiable(values)
    if not wanted:
        return evaluate(activation, ((),), values)[0]
    name = activation.__name__
    if loses_gradients(values):
        return expansion(activation, (), values, 1, str(SecondOrderError(name)))
    inputs = [values[i] for i in wanted]
    token = _token(inputs)
    paths: tuple[Path, ...] = ((), *((i,) for i in wanted))
    copies = [] if tf.executing_eagerly() else reachable(values)  # a graph's tensors hold nothing

    def linearized(*inputs: Tensor) -> tuple[Tensor, Backward]:
        y, *slopes = evaluate(activation, paths, values)
        kept = [(slope, Target.of(x)) for slope, x in zip(slopes, inputs, strict=True)]
        watched = [weakref.ref(x) for x in inputs]

        def backward(cotangent: Tensor) -> list[Tensor]:
            if is_saving():
                return stored_gradient(activation, (), copies, cotangent)
            if not recording():
                return [target.pull_back(cotangent, slope) for slope, target in kept]
            # A tape that was entered after the forward pass does not know the token, but may watch
            # an input, if that is still alive.
            alive = [x for ref in watched if (x := ref()) is not None and is_local(x)]
            now = _token([token, *alive])
            return [target.pull_back(cotangent, _link(s, now, name)) for s, target in kept]

        return y, backward

    return recorded(linearized, inputs)


def _token(tensors: list[Tensor]) -> Tensor:
    """An empty tensor that tapes take to depend on the tensors, and that holds none of them."""

    def token(*tensors: Tensor) -> tuple[Tensor, Backward]:
        targets = [Target.of(x) for x in tensors]

        def backward(cotangent: Tensor) -> list[Tensor]:
            # Zeros would not do: forward mode transposes this, and would lose the link.
            total = tf.reduce_sum(cotangent)
            return [tf.cast(tf.broadcast_to(total, t.shape), t.dtype) for t in targets]

        return tf.zeros((0,)), backward

    return recorded(token, tensors)


def _link(slope: Any, token: Tensor, name: str) -> Tensor:
    """The slope, as a function of the token that nobody can differentiate.

    Where a graph is built, the error is an operation that fails when it runs: ForwardAccumulator
    and nested tapes over a tf.function build second derivatives that nobody asked for. XLA drops
    assertions but refuses this operation, by its name.
    """
    if is_scalar(slope):
        return slope  # a constant: its derivative is zero indeed
    token = tf.identity(token)  # made here, so that a graph's second gradient can reach it

    def link(slope: Tensor, token: Tensor) -> tuple[Tensor, Backward]:
        def backward(cotangent: Tensor) -> list[Any]:
            error = SecondOrderError(name)
            if tf.executing_eagerly():
                raise error
            label = re.sub(r"\W", "_", name) + "_keeps_only_its_first_derivative.write_keep_input"
            failure = tf.strings.to_number(str(error), name=label)
            # Linear in the cotangent, so that forward mode, which transposes this, runs it too;
            # linked again, for a third order.
            total = tf.cast(tf.reduce_sum(cotangent), tf.float32)
            return [None, tf.zeros((0,)) + total * _link(failure, token, name)]

        return slope, backward

    return recorded(link, [slope, token])
