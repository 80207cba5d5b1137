"""A conversion measured on the whole model, by the graph that its training has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from dualad.conversion import Decision, first_line
from dualad.report import Report

from ..report import step_report
from ..report.between import Kept, tracing
from .places import at, is_graph, put

__all__ = ["Measured", "measured_on", "shapes_of"]

MARK = "dualad-{}-"
MARKS = re.compile(r"dualad-(\d+)-")


@dataclass
class Measured:
    """What a model keeps between the passes.

    Parameters
    ----------
    report : Report
        In total, and by layer.
    parts : list of int
        What only each of the activations keeps.
    """

    report: Report
    parts: list[int]


def shapes_of(given: Any) -> Any:
    """A model's input by shapes and dtypes.

    Parameters
    ----------
    given : nested tensors or arrays
        An input.
    """
    return keras.tree.map_structure(_shape_of, given)


def measured_on(
    model: Any, shapes: Any, how: str, decisions: Sequence[Decision], twins: dict[int, Any] | None
) -> Measured:
    """Trace a training step of a model on inputs of some shapes; nothing runs.

    Parameters
    ----------
    model : keras.Model
        As it was, or converted.
    shapes : nested tf.TensorSpec
        What it is called with.
    how : str
        How that is called.
    decisions : sequence of Decision
        Whose parts are wanted.
    twins : dict, optional
        Where these stand in a copy.

    Raises
    ------
    ValueError
        The model takes no such input.
    """
    results: list[Any] = []

    def step(inputs: Any) -> Any:
        floating = [x for x in tf.nest.flatten(inputs) if x.dtype.is_floating]
        with tf.GradientTape() as tape:
            sources = list(model.trainable_variables) or floating
            tape.watch(floating if not model.trainable_variables else [])
            results[:] = tf.nest.flatten(model(inputs, training=True))
            outputs = [y for y in results if y.dtype.is_floating]
            total = tf.add_n([tf.reduce_sum(tf.cast(y, tf.float32)) for y in outputs])
        return tape.gradient(total, [getattr(v, "value", v) for v in sources])

    with tracing() as trace, _marked(decisions, twins):
        try:
            traced = tf.function(step, autograph=False).get_concrete_function(shapes)
        except Exception as error:
            given = keras.tree.map_structure(lambda s: tuple(s.shape), shapes)
            raise ValueError(
                f"the model cannot be called with a sample of shape {given}: {first_line(error)}"
            ) from error
    kept = trace.kept(traced.graph, results)
    report = step_report(kept, how, lambda k: trace.layer(k.readers[0]))
    return Measured(report, [_only(k, kept) for k in range(len(decisions))])


def _only(number: int, kept: list[Kept]) -> int:
    """The bytes that nobody but one activation reads."""
    mine = {str(number)}
    return sum(k.size or 0 for k in kept if all(_marks(r) == mine for r in k.readers))


def _marks(reader: str) -> set[str]:
    return set(MARKS.findall(reader)[-1:])


@contextmanager
def _marked(decisions: Sequence[Decision], twins: dict[int, Any] | None) -> Iterator[None]:
    """Let activations work in name scopes of their own, so that the graph tells who reads what."""
    undo: list[Callable[[], Any]] = []
    try:
        for number, decision in enumerate(decisions):
            for place in decision.places:
                owner = place.owner if twins is None else twins[id(place.owner)]
                thing = decision.old
                if not is_graph(place.owner):
                    thing = at(owner, place.keys)
                elif twins is not None:
                    thing = twins[id(decision.old)]
                if isinstance(thing, keras.Operation):
                    if "call" not in vars(thing):
                        vars(thing)["call"] = _in_scope(thing.call, number)
                        undo.append(_remover(thing))
                else:
                    put(owner, place.keys, _in_scope(thing, number))
                    undo.append(_restorer(owner, place.keys, thing))
        yield
    finally:
        for step in reversed(undo):
            step()


def _in_scope(call: Callable[..., Any], number: int) -> Callable[..., Any]:
    def scoped(*arguments: Any, **named: Any) -> Any:
        with tf.name_scope(MARK.format(number)):
            return call(*arguments, **named)

    return scoped


def _remover(thing: Any) -> Callable[[], Any]:
    return lambda: vars(thing).pop("call")


def _restorer(owner: Any, keys: tuple[Any, ...], thing: Any) -> Callable[[], Any]:
    return lambda: put(owner, keys, thing)


def _shape_of(given: Any) -> Any:
    if isinstance(given, tf.TensorSpec):
        return given
    tensor = tf.convert_to_tensor(given)
    return tf.TensorSpec(tensor.shape, tensor.dtype)
