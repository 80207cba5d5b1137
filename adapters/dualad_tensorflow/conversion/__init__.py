"""Activations of a Keras model replaced, where they are known and where it saves memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from dualad.conversion import Choice, Decision, checked
from dualad.keep import Keep, keep_form
from dualad.report import Report

from .copying import Copy, put_all
from .decision import Judge
from .places import is_graph
from .sample import Measured, measured_on, shapes_of
from .search import search
from .training import compile_alike

__all__ = ["convert"]

ELEMENTS = 1000
ALONE = "each activation alone between two linear layers, in a graph"
ON_SAMPLE = "by a training step on the sample, in a graph"
ON_ONE = "by a training step on one example of the model's input, in a graph"


def convert(
    model: keras.Model,
    keep: str | Keep | None = None,
    *,
    sample: Any = None,
    mapping: Mapping[Any, Choice] | None = None,
    inplace: bool = False,
) -> tuple[keras.Model, Report]:
    """Make a model whose activations keep less for the backward pass, with the same weights.

    An activation is recognised by its name: a layer, an operation of a functional model, or a
    function that a layer holds, as ``activation=`` of ``Dense``. It is replaced if what takes its
    place computes the same, which is checked on probe points, value and gradient, and does not
    keep more, which is measured.

    Parameters
    ----------
    model : keras.Model
        Functional, sequential or subclassed, with weights. It is not changed.
    keep : {"derivative", "input", "output", "segments", "auto"} or a form of dualad.keep, optional
        What the activations keep, instead of what their own option says. Where a form rounds f', it
        is the exact one that is compared. An activation that it does not serve is left as it is.
    sample : nested arrays or tensors, optional
        What the model is called with, to measure the whole of it. By default it is one example, if
        the model says its shape. Nothing runs: a training step is traced, as of ``fit``.
    mapping : mapping, optional
        More activations: from a class, a function, its name or its ``"package.module.Name"``, to a
        dualad activation, or to a function that is given the layer and returns an activation, a
        `dualad_tensorflow.Activation` or None, to leave it as it is.
    inplace : bool
        Change the model itself, for one that cannot be made once more by its ``get_config``. Only
        what layers hold in attributes is replaced then, and no node of a graph.

    Returns
    -------
    tuple of (keras.Model, Report)
        The new model; the one given, if there is nothing to replace. It has the names, flags, dtype
        policies, weights and random state of the other. If that is compiled, so is this, with a
        copy of the optimizer in the same state: training goes on as if nothing had happened.
        The report, printed, is a table: what became of each activation and why, and the bytes that
        are kept between forward and backward pass, before and after.

    Raises
    ------
    TypeError
        `model` is no Keras model, or cannot be copied.
    ValueError
        The model has no weights yet; the sample does not fit; or what a mapping says computes
        something else: where, and by how much.

    Examples
    --------
    >>> import keras, dualad_tensorflow
    >>> model = keras.Sequential([
    ...     keras.Input((8,)), keras.layers.Dense(16, "mish", name="first"),
    ...     keras.layers.Dense(16, "relu", name="second"),
    ... ])
    >>> converted, report = dualad_tensorflow.convert(model)
    >>> report.converted
    ('first.activation',)
    >>> converted.layers[0].activation
    <activation mish(x)>
    """
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"convert takes a keras.Model, got {type(model).__name__}; in place of a function or a "
            "layer write an activation of dualad.activations, or dualad_tensorflow.Activation"
        )
    if keep is not None:
        keep_form(keep)
    choices = checked(mapping, keras.layers.Layer)
    shapes, how = _sample(model, sample)
    if not model.built:
        raise ValueError(
            f"the model {model.name!r} has no weights yet; call it once on an input before"
        )
    judge = Judge(choices, keep, ELEMENTS, dtype=model.compute_dtype)
    decisions = search(model, judge, inplace)
    notes = judge.unused()
    before = None if shapes is None else measured_on(model, shapes, how, decisions, None)
    made = _changed if inplace else _copied
    new, after, more = made(model, decisions, shapes, how, before)
    if before is None or after is None:
        return new, _alone(decisions, (*notes, *more))
    for k, decision in enumerate(decisions):
        decision.before, decision.after = before.parts[k], after.parts[k]
    changes = tuple(decision.change() for decision in decisions)
    report, notes = after.report, (*notes, *more, *after.report.notes)
    return new, Report(report.bytes, how, report.parts, before.report.bytes, changes, notes=notes)


Made = tuple[keras.Model, Measured | None, tuple[str, ...]]
"""The model with replacements, what it keeps, what the report should say."""


def _copied(
    model: Any, decisions: list[Decision], shapes: Any, how: str, before: Measured | None
) -> Made:
    """A copy with the replacements that keep no more in their places."""
    symbols = None if shapes is None else keras.tree.map_structure(_symbol_of, shapes)
    while any(decision.new is not None for decision in decisions):
        copy = Copy(model, decisions, symbols)
        if before is None:
            return copy.model, None, compile_alike(copy)
        after = measured_on(copy.model, shapes, how, decisions, copy.twins)
        losing = _losing(decisions, before, after)
        if not losing:
            return copy.model, after, compile_alike(copy)
        for decision in losing:
            decision.stay("it would keep more in this place")
    return model, before, ()


def _changed(
    model: Any, decisions: list[Decision], shapes: Any, how: str, before: Measured | None
) -> Made:
    """The model itself with them."""
    after = before
    while any(decision.new is not None for decision in decisions):
        put_all(decisions)
        if before is None:
            break
        try:
            after = measured_on(model, shapes, how, decisions, None)
        except BaseException:
            _put_back(decisions)
            raise
        losing = _losing(decisions, before, after)
        if not losing:
            break
        _put_back(losing)
        for decision in losing:
            decision.stay("it would keep more in this place")
    # What was traced before has the activations of before.
    model.train_function = model.test_function = model.predict_function = None
    return model, after, ()


def _losing(decisions: list[Decision], before: Measured, after: Measured) -> list[Decision]:
    """The replacements that keep more than what stood there; all, if they do together."""
    going = [(k, d) for k, d in enumerate(decisions) if d.new is not None]
    losing = [d for k, d in going if after.parts[k] > before.parts[k]]
    if not losing and after.report.bytes > before.report.bytes:
        return [d for _, d in going]
    return losing


def _put_back(decisions: list[Decision]) -> None:
    for decision in decisions:
        if decision.new is not None:
            put_all([Decision(decision.new, decision.places, "", new=decision.old)])


def _sample(model: Any, sample: Any) -> tuple[Any, str]:
    """What the model is measured on; None if that is not known."""
    if sample is not None:
        return shapes_of(sample), ON_SAMPLE
    if not is_graph(model) or not model.built:
        return None, ALONE
    symbols = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    if any(n is None for s in keras.tree.flatten(symbols) for n in s.shape[1:]):
        return None, ALONE
    return keras.tree.map_structure(_one_of, symbols), ON_ONE


def _one_of(symbol: Any) -> tf.TensorSpec:
    return tf.TensorSpec((1, *symbol.shape[1:]), symbol.dtype)


def _symbol_of(spec: tf.TensorSpec) -> keras.KerasTensor:
    return keras.KerasTensor(tuple(spec.shape), spec.dtype.name)


def _alone(decisions: list[Decision], notes: tuple[str, ...]) -> Report:
    changes = tuple(decision.change() for decision in decisions)
    return Report(
        sum(change.after or 0 for change in changes),
        ALONE,
        {change.module: change.after or 0 for change in changes},
        sum(change.before or 0 for change in changes),
        changes,
        ELEMENTS,
        notes,
    )
