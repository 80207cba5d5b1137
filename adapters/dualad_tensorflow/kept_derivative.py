"""The construct that keeps f', in whatever form: its gradient is a product, and has none itself.

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

from dualad.keep import Output, SecondOrderError
from dualad.keep.choice import Choice
from dualad.scalars import is_scalar

from .evaluation import Backward, Target, evaluate
from .expansion import expansion, is_saving, loses_gradients, reachable, stored_gradient
from .slopes import Computed, FromOutput, Slope, coded
from .watching import is_local, recorded, recording, unwatched

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["keep_derivative"]

Tensor = Any
"""TensorFlow ships no types."""


def keep_derivative(
    activation: Activation, choice: Choice, values: list[Any], wanted: list[int]
) -> Tensor:
    """Evaluate an activation; its tape keeps f' for each argument that is differentiable.

    Parameters
    ----------
    activation : Activation
        Which.
    choice : Choice
        How f' is kept: as it is computed, in a code, or in that y is kept.
    values : list of tensor or number
        The arguments.
    wanted : list of int
        Which of them are.
    """
    name = activation.__name__
    if loses_gradients(values):
        return expansion(activation, (), values, 1, str(SecondOrderError(name)))
    inputs = [values[i] for i in wanted]
    token = _token(inputs)
    copies = [] if tf.executing_eagerly() else reachable(values)  # a graph's tensors hold nothing

    def linearized(*inputs: Tensor) -> tuple[Tensor, Backward]:
        y, slopes = _linearized(activation, choice, values, wanted)
        kept = [(slope, Target.of(x)) for slope, x in zip(slopes, inputs, strict=True)]
        watched = [weakref.ref(x) for x in inputs]

        def backward(cotangent: Tensor) -> list[Tensor]:
            if is_saving():
                return stored_gradient(activation, (), copies, cotangent)
            # tf.gather, downstream, sends tf.IndexedSlices.
            cotangent = tf.convert_to_tensor(cotangent)
            if not recording():
                return [target.fitted(slope.product(cotangent)) for slope, target in kept]
            # A tape that was entered after the forward pass does not know the token, but may watch
            # an input, if that is still alive.
            alive = [x for ref in watched if (x := ref()) is not None and is_local(x)]
            now = _token([token, *alive])
            return [target.fitted(_linked(cotangent, s, now, name)) for s, target in kept]

        return y, backward

    return recorded(linearized, inputs)


def _linearized(
    activation: Activation, choice: Choice, values: list[Any], wanted: list[int]
) -> tuple[Tensor, list[Slope]]:
    """The result, and what is kept of the derivatives by some arguments."""
    if isinstance(choice.form, Output):
        (y,) = evaluate(activation, ((),), values)
        assert activation.inverse is not None
        return y, [FromOutput(activation.inverse, (y, *values[1:]))]
    paths: tuple[Path, ...] = ((), *((i,) for i in wanted))
    y, *slopes = evaluate(activation, paths, values, choice)
    return y, [coded(choice, slope, activation.options.execution) for slope in slopes]


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


def _linked(cotangent: Tensor, slope: Slope, token: Tensor, name: str) -> Tensor:
    """The product of a cotangent and a derivative that nobody can differentiate."""
    if isinstance(slope, Computed):
        return cotangent * _link(slope.slope, token, name)
    if tf.executing_eagerly():
        with unwatched():  # y is a result, which tapes know
            derivative = slope.value(cotangent)
        return cotangent * _link(derivative, token, name)
    # What does not wait for the cotangent TensorFlow computes in the forward pass, and would keep.
    with tf.control_dependencies([tf.identity(cotangent)]):
        product = slope.product(cotangent)
    return _link(product, token, name, through=True)


def _link(value: Any, token: Tensor, name: str, *, through: bool = False) -> Tensor:
    """A value, as a function of the token that nobody can differentiate.

    Where a graph is built, the error is an operation that fails when it runs: ForwardAccumulator
    and nested tapes over a tf.function build second derivatives that nobody asked for. XLA drops
    assertions but refuses this operation, by its name.

    Parameters
    ----------
    value : tensor or number
        What is linked.
    token : tensor
        To what.
    name : str
        The activation's.
    through : bool
        The value's own gradients, as those by a cotangent, go through. In eager mode the error
        would be raised for these as well.
    """
    if is_scalar(value):
        return value  # a constant: its derivative is zero indeed
    token = tf.identity(token)  # made here, so that a graph's second gradient can reach it

    def link(value: Tensor, token: Tensor) -> tuple[Tensor, Backward]:
        def backward(cotangent: Tensor) -> list[Any]:
            error = SecondOrderError(name)
            if tf.executing_eagerly():
                raise error
            label = re.sub(r"\W", "_", name) + "_keeps_only_its_first_derivative.write_keep_input"
            failure = tf.strings.to_number(str(error), name=label)
            # Linear in the cotangent, so that forward mode, which transposes this, runs it too;
            # linked again, for a third order.
            total = tf.cast(tf.reduce_sum(cotangent), tf.float32)
            passed = cotangent if through else None
            return [passed, tf.zeros((0,)) + total * _link(failure, token, name)]

        return value, backward

    return recorded(link, [value, token])
