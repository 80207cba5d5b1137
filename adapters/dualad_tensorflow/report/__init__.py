"""How many bytes a function keeps alive for the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dualad.report import Report

from .alive import bytes_alive, operations
from .between import Kept, tracing

__all__ = ["saved_bytes", "step_report"]

EAGER = "eager tensors that the tape keeps alive"
GRAPH = "extra outputs of the tf.function's forward pass that the tape keeps alive"
STEP = "what the graph keeps for operations that wait for the gradient"
XLA = "; before XLA, which may compute some of them anew"


def saved_bytes(fn: Callable[..., Any], *inputs: Any) -> Report:
    """Count what ``fn(*inputs)`` keeps for its backward pass.

    How depends on where the tape is. Around eager code or around a ``tf.function``, the tensors
    that it keeps alive are counted: TensorFlow's CPU allocator gives no statistics, so there is a
    weak reference to each that is made. Where a ``tf.function`` holds a tape and computes the
    gradient, as a training step does, its graph is read and nothing runs: counted is what is made
    without waiting for the gradient of the loss, and read by what waits for it.

    Parameters
    ----------
    fn : callable
        Eager code, a Keras model or layer, or a ``tf.function``. It is called once, under a tape;
        a training step is traced. What Keras' ``fit`` runs is ``tf.function(model.train_step)``,
        and its input is one tuple, ``(x, y)``.
    *inputs : tensor, array, variable, or such nested
        Its arguments. Under a tape an input counts if the tape keeps it alive; that of a training
        step does not, as the step's caller holds it.

    Returns
    -------
    Report
        The bytes of all tensors that are kept, each buffer counted once; variables and the results
        themselves, which live anyway, are left out. By the operation that made the tensor; of a
        training step by the Keras layer that reads it, if there is one.

    Raises
    ------
    RuntimeError
        Called while a ``tf.function`` is traced.
    TypeError
        `fn` is no function, or a method of a Keras model that would train it.

    Examples
    --------
    >>> import tensorflow as tf, dualad_tensorflow
    >>> from dualad.activations import mish
    >>> x = tf.zeros([1000])
    >>> dualad_tensorflow.saved_bytes(mish, x).bytes
    4000
    >>> dualad_tensorflow.saved_bytes(lambda x: x * tf.tanh(tf.math.softplus(x)), x).bytes
    8000
    """
    if not tf.executing_eagerly():
        raise RuntimeError(
            "saved_bytes is called inside a tf.function; call it outside, with that function as fn"
        )
    if not callable(fn):
        raise TypeError(f"saved_bytes takes a function, a layer or a model, got {fn!r}")
    owner, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
    if isinstance(owner, keras.Model) and name in ("fit", "train_on_batch", "train_step"):
        raise TypeError(
            f"the model's {name} would train it; write "
            "saved_bytes(tf.function(model.train_step), (x, y)), which is read and not run"
        )
    if isinstance(fn, tf.types.experimental.PolymorphicFunction):
        # Traced anew: an earlier trace of it would hide where its gradients come from.
        with tracing() as trace:
            concrete = fn._clone(None).get_concrete_function(*inputs)
        if trace.gradients:
            graphs = [graph for graph, _ in trace.gradients]
            graph = concrete.graph if concrete.graph in graphs else graphs[-1]
            how = STEP + (XLA if fn._jit_compile else "")
            return step_report(trace.kept(graph), how, lambda k: trace.layer(k.readers[0]))
    with tf.GradientTape() as tape, operations() as seen:
        copies = tf.nest.map_structure(_copied, inputs)
        seen.rename("input")
        tape.watch(copies)
        results = fn(*copies)
        del copies  # from here on only the tape, and the results, hold anything
    parts = bytes_alive(seen, results)
    traced = any(made_by.startswith("__forward_") for _, made_by in seen.tensors)
    return Report(sum(parts.values()), GRAPH if traced else EAGER, parts)


def step_report(kept: list[Kept], how: str, who: Callable[[Kept], str]) -> Report:
    """What a graph keeps, by who keeps it or else by the operation that made it."""
    parts: dict[str, int] = {}
    for one in kept:
        name = who(one) or one.made_by
        parts[name] = parts.get(name, 0) + (one.size or 0)
    unknown = sum(one.size is None for one in kept)
    notes = (f"{unknown} tensors of unknown size are not counted",) if unknown else ()
    return Report(sum(parts.values()), how, parts, notes=notes)


def _copied(given: Any) -> Any:
    """An input that nobody else holds; a variable itself."""
    return given if isinstance(given, tf.Variable) else tf.identity(given)
