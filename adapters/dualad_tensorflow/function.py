"""An activation on TensorFlow's tapes and in its graphs.

``keep="derivative"`` keeps f'(x) and gives first derivatives; asking for more is an error.
``keep="input"`` keeps x, and the backward pass evaluates the next derivative through the same
construct: any order. So it is with ``order=2``, too: a tape could not tell which gradient will be
differentiated again.

Three facts shape the code. A tape goes on watching inside ``tf.custom_gradient``, and would keep
every intermediate (32 bytes per element for mish): the inputs are cut off it. Cut off, a second
derivative would be silently None: f' stays linked to the inputs through an empty *token*, and the
link's own gradient is the error. And a gradient function's closure is kept alive as it is: it must
not hold x.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

# There is no public way to ask who is recording.
from tensorflow.python.eager import forwardprop_util, record

from dualad.keep import Derivative, SecondOrderError
from dualad.scalars import is_scalar

if TYPE_CHECKING:
    from dualad.definition import Activation
    from dualad.program import Path

__all__ = ["apply", "watches"]

Tensor = Any
"""TensorFlow ships no types."""

Backward = Callable[[Tensor], list[Any]]


@tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Tensor:
    """Evaluate an activation, or a derivative, so that tapes and accumulators know the next one."""
    # A variable is read here: inside tf.custom_gradient it would be a hidden input.
    values = [a if is_scalar(a) else _floating(tf.convert_to_tensor(a)) for a in arguments]
    if path or not isinstance(activation.keep, Derivative):
        return _keep_input(activation, path, values)
    return _keep_derivative(activation, values)


def watches(arguments: Sequence[Any]) -> bool:
    """Whether a tape or an accumulator may differentiate what is computed."""
    tensors = [tf.convert_to_tensor(a) for a in arguments if not is_scalar(a)]
    return bool(_differentiable(tensors))


def _floating(x: Tensor) -> Tensor:
    """Integers in the default floating dtype, unless a tape is there to ask for their gradient.

    TensorFlow itself would answer None, in silence.
    """
    if x.dtype.is_floating:
        return x
    if not (x.dtype.is_integer or x.dtype.is_bool):
        raise TypeError(f"an activation takes real numbers, got a tensor of dtype {x.dtype.name}")
    if _recording():
        raise TypeError(
            f"a tensor of dtype {x.dtype.name} has no gradient; write tf.cast(x, tf.float32) first"
        )
    return tf.cast(x, tf.float32)


def _keep_derivative(activation: Activation, values: list[Any]) -> Tensor:
    wanted = _differentiable(values)
    if not wanted:
        return _evaluate(activation, ((),), values)[0]
    inputs = [values[i] for i in wanted]
    token = _token(inputs)
    paths: tuple[Path, ...] = ((), *((i,) for i in wanted))

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def linearized(*inputs: Tensor) -> tuple[Tensor, Backward]:
        y, *slopes = _evaluate(activation, paths, _cut(values))
        kept = [(slope, _Target.of(x)) for slope, x in zip(slopes, inputs, strict=True)]
        watched = [weakref.ref(x) for x in inputs]

        def backward(cotangent: Tensor) -> list[Tensor]:
            if not _recording():
                return [target.pull_back(cotangent, slope) for slope, target in kept]
            # A tape that was entered after the forward pass does not know the token, but may watch
            # an input, if that is still alive.
            alive = [x for ref in watched if (x := ref()) is not None and _is_local(x)]
            now = _token([token, *alive])
            name = activation.__name__
            return [target.pull_back(cotangent, _link(s, now, name)) for s, target in kept]

        return y, backward

    return linearized(*inputs)


def _keep_input(activation: Activation, path: Path, values: list[Any]) -> Tensor:
    wanted = _differentiable(values)
    if not wanted:
        return _evaluate(activation, (path,), values)[0]
    # In a graph, a gradient function cannot reach the placeholders of a function two levels out
    # ("out of scope"), but it can reach tensors made here.
    copies = (
        values
        if tf.executing_eagerly()
        else [a if is_scalar(a) else tf.identity(a) for a in values]
    )

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def evaluated(*_: Tensor) -> tuple[Tensor, Backward]:
        def backward(cotangent: Tensor) -> list[Tensor]:
            # The argument itself where it can be reached: a tape that was entered after the forward
            # pass watches no copy.
            now = [
                a if is_scalar(a) or _is_local(a) else c
                for a, c in zip(values, copies, strict=True)
            ]
            return [
                _Target.of(now[i]).pull_back(cotangent, _keep_input(activation, (*path, i), now))
                for i in wanted
            ]

        return _evaluate(activation, (path,), _cut(copies))[0], backward

    return evaluated(*(copies[i] for i in wanted))


def _evaluate(
    activation: Activation, paths: tuple[Path, ...], values: Sequence[Any]
) -> list[Tensor]:
    """Some derivatives; the first is a tensor of full shape even where it does not depend on x."""
    first, *others = activation.recording.executable("tensorflow", paths).run(values)
    tensors = [v for v in values if not is_scalar(v)]
    if is_scalar(first):
        first = tf.cast(first, tensors[0].dtype)
    static = first.shape
    if not (static.is_fully_defined() and all(t.shape == static for t in tensors)):
        shape = tf.shape(first)
        for tensor in tensors:
            shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
        first = tf.broadcast_to(first, shape)
    return [first, *others]


def _recording() -> bool:
    """Whether anyone may differentiate what is computed now; in a graph, always."""
    return not tf.executing_eagerly() or record.could_possibly_record()


def _is_local(x: Tensor) -> bool:
    """Whether a tensor belongs where code runs now; of another graph it would be captured."""
    if tf.executing_eagerly():
        return True
    return getattr(x, "graph", None) is tf.compat.v1.get_default_graph()


def _differentiable(values: list[Any]) -> list[int]:
    """Which arguments may be asked for a gradient."""
    if not _recording():
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


def _cut(values: list[Any]) -> list[Any]:
    """The same values, invisible to eager tapes.

    A graph keeps only what its gradient uses, so there is nothing to cut; and cutting would make
    ForwardAccumulator answer zero in silence: inside a graph it believes the operations, not the
    custom gradient.
    """
    if not tf.executing_eagerly():
        return values
    return [a if is_scalar(a) else tf.stop_gradient(a) for a in values]


class _Target(NamedTuple):
    """The shape and the dtype that the gradient of an input must have."""

    static: Any
    shape: Any
    dtype: Any

    @classmethod
    def of(cls, x: Tensor) -> _Target:
        return cls(x.shape, x.shape if x.shape.is_fully_defined() else tf.shape(x), x.dtype)

    def pull_back(self, cotangent: Tensor, slope: Any) -> Tensor:
        """Cotangent times slope, summed over the axes along which the input was broadcast."""
        # tf.gather, downstream, sends tf.IndexedSlices.
        product = tf.convert_to_tensor(cotangent) * slope
        if not (self.static.is_fully_defined() and product.shape == self.static):
            axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=self.shape, s1=tf.shape(product))
            product = tf.reshape(tf.reduce_sum(product, axes), self.shape)
        return tf.cast(product, self.dtype)


def _token(tensors: list[Tensor]) -> Tensor:
    """An empty tensor that tapes take to depend on the tensors, and that holds none of them."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def token(*tensors: Tensor) -> tuple[Tensor, Backward]:
        targets = [_Target.of(x) for x in tensors]

        def backward(cotangent: Tensor) -> list[Tensor]:
            # Zeros would not do: forward mode transposes this, and would lose the link.
            total = tf.reduce_sum(cotangent)
            return [tf.cast(tf.broadcast_to(total, t.shape), t.dtype) for t in targets]

        return tf.zeros((0,)), backward

    return token(*tensors)


def _link(slope: Any, token: Tensor, name: str) -> Tensor:
    """The slope, as a function of the token that nobody can differentiate.

    Where a graph is built, the error is an operation that fails when it runs: ForwardAccumulator
    and nested tapes over a tf.function build second derivatives that nobody asked for. XLA drops
    assertions but refuses this operation, by its name.
    """
    if is_scalar(slope):
        return slope  # a constant: its derivative is zero indeed
    token = tf.identity(token)  # made here, so that a graph's second gradient can reach it

    @tf.custom_gradient  # type: ignore[untyped-decorator]
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

    return link(slope, token)
