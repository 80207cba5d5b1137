"""Whether an activation computes what a layer or a function computes, called in TensorFlow."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dualad.conversion import NEAR, TOLERANCE, Probe, Unusable, distance, first_line, points

__all__ = ["compare", "twin"]

PRECISIONS = (("float64", TOLERANCE), ("float32", 10 * TOLERANCE))
"""In single precision what has single-precision constants written into it."""

ELEMENTS = 60_000


def twin(thing: Any, dtype: str, shape: tuple[int, ...] | None = None) -> Any:
    """A copy of a layer with its weights, computing in another precision; a function itself.

    Raises
    ------
    Unusable
        The layer cannot be copied.
    """
    if not isinstance(thing, keras.layers.Layer):
        return thing
    try:
        copy = type(thing).from_config({**thing.get_config(), "dtype": dtype})
        if shape is not None and not copy.built:
            copy.build(shape)
        for there, here in zip(thing.weights, copy.weights, strict=True):
            here.assign(keras.ops.cast(there.value, here.dtype))
    except Exception as error:
        raise Unusable(f"cannot be copied to be checked ({first_line(error)})") from error
    return copy


def compare(theirs: Any, ours: Any, arity: int) -> Probe:
    """Compare what two callables compute, in double precision if they can.

    Parameters
    ----------
    theirs, ours : layer, operation or function
        Their weights correspond in order. Layers are compared in training and in inference, and
        with other values of the weights.
    arity : int
        How many tensors they take.

    Returns
    -------
    Probe
        Its worst point.

    Raises
    ------
    Unusable
        `theirs` takes no such tensors or gives something else than one of the same shape.
    """
    refusal: Unusable | None = None
    for dtype, tolerance in PRECISIONS:
        try:
            return _compare(theirs, ours, arity, dtype, tolerance)
        except Unusable as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _compare(theirs: Any, ours: Any, arity: int, dtype: str, tolerance: float) -> Probe:
    found = []
    whole: tuple[int, ...] = ()
    for x in _inputs(theirs):
        whole = whole or x.shape
        xs = [np.roll(x, k) for k in range(arity)]
        sides = [twin(side, dtype, x.shape) for side in (theirs, ours)]
        for moved in (False, True) if _weights(sides[0]) else (False,):
            if moved:
                for weights in zip(*map(_weights, sides), strict=True):
                    for weight in weights:
                        weight.assign(weight * 1.1 + 0.03)
            for training in _modes(theirs):
                got = _results(sides[0], xs, dtype, training)
                found.append(distance(xs, got, _results(sides[1], xs, dtype, None), tolerance))
    worst = max(found, key=lambda probe: probe.worst)
    return replace(worst, shape=whole, kink=_kink(theirs, ours, whole, arity, dtype))


def _inputs(thing: Any) -> Iterator[Any]:
    """Probe points, in a shape that the layer was built for."""
    every = points()
    if not _weights(thing):
        yield every
        return
    tail = _tail(thing)
    rows = max(2, min(len(every), ELEMENTS // max(1, int(np.prod(tail)))))
    # What overflows far out spoils the gradient of a weight, which is a sum: so near ones, too.
    for some in (every, every[np.abs(every) <= NEAR]):
        # One more than a multiple of their number: every column meets other points.
        rolled = np.stack([np.resize(np.roll(some, k), int(np.prod(tail))) for k in range(rows)])
        yield rolled.reshape(rows, *tail)


def _tail(layer: Any) -> tuple[int, ...]:
    """The shape of an input without the batch."""
    shape = (layer.get_build_config() or {}).get("input_shape")
    if not isinstance(shape, list | tuple) or not all(isinstance(n, int | None) for n in shape):
        return ()
    return tuple(3 if n is None else n for n in shape[1:])


def _modes(thing: Any) -> tuple[bool | None, ...]:
    """With which values of ``training`` a layer is called."""
    call: Any = getattr(thing, "call", None)
    if isinstance(thing, keras.layers.Layer) and "training" in inspect.signature(call).parameters:
        return (True, False)
    return (None,)


def _results(fn: Any, xs: Sequence[Any], dtype: str, training: bool | None) -> Any:
    """The value, and the gradients by all inputs and weights."""
    leaves = [tf.constant(x, dtype) for x in xs]
    named = {} if training is None else {"training": training}
    try:
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            y = fn(*leaves, **named)
        if not (tf.is_tensor(y) and y.shape == leaves[0].shape):
            shape = tuple(y.shape) if tf.is_tensor(y) else type(y).__name__
            raise Unusable(f"is not element-wise: of shape {xs[0].shape} it makes {shape}")
        weights = np.linspace(0.5, 1.5, y.shape.num_elements()).reshape(y.shape)
        learned = _weights(fn)
        sources = [*leaves, *(w.value for w in learned)]
        gradients = tape.gradient(y, sources, tf.constant(weights, y.dtype))
    except Unusable:
        raise
    except Exception as error:
        tensors = "one tensor" if len(xs) == 1 else f"{len(xs)} tensors"
        raise Unusable(f"cannot be called with {tensors} ({first_line(error)})") from error
    if all(g is None for g in gradients[: len(xs)]):
        raise Unusable("has no gradient")
    slopes = [_array(g, s) for g, s in zip(gradients, sources, strict=True)]
    return [
        ("its value", np.asarray(y, np.float64)),
        *(("its derivative", g / weights) for g in slopes[: len(xs)]),
        *(("the gradient of its parameter", g) for g in slopes[len(xs) :]),
    ]


def _kink(theirs: Any, ours: Any, shape: tuple[int, ...], arity: int, dtype: str) -> str:
    """What is different at zero, where padding and units that are off put many inputs."""
    xs = [np.zeros(shape)] * arity
    sides = [twin(side, dtype, shape) for side in (theirs, ours)]
    training = _modes(theirs)[0]
    there = _results(sides[0], xs, dtype, training)[1][1]
    here = _results(sides[1], xs, dtype, None)[1][1]
    off = np.abs(there - here)
    if not np.nanmax(off) > 10 * TOLERANCE:
        return ""
    at = int(np.nanargmax(off))
    return f"at its kink the slope was {there.flat[at]:.4g} and is {here.flat[at]:.4g}"


def _array(gradient: Any, source: Any) -> Any:
    if gradient is None:
        return np.zeros(source.shape)
    return np.asarray(tf.convert_to_tensor(gradient), np.float64)


def _weights(thing: Any) -> list[Any]:
    return list(thing.trainable_weights) if isinstance(thing, keras.layers.Layer) else []
