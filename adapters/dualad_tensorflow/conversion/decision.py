"""How Keras' layers, operations and functions are called, compared and measured."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import dualad
from dualad import conversion
from dualad.conversion import Probe, Unusable, exact, numbers, split

from ..layer import Activation
from ..report.between import tracing
from .agreement import compare, twin
from .known import described, keys_of, names_of, simple_config

__all__ = ["Judge"]

# The names that Keras has for arguments of the catalogue's.
ALIASES = {"lambd": "threshold", "value": "default_value", "weight": "alpha"}


@dataclass
class Judge(conversion.Judge):
    """Decides about layers, operations and functions.

    Parameters
    ----------
    dtype : str
        Of the numbers that bytes are measured on.
    """

    dtype: str = "float32"

    def names(self, thing: Any) -> list[str]:
        """Those of its classes; a function's own."""
        return names_of(thing)

    def keys(self, thing: Any) -> list[Any]:
        """Itself, its classes, their names."""
        return keys_of(thing)

    def described(self, thing: Any) -> str:
        """As it is made, in one line."""
        return described(thing)

    def distinction(self, thing: Any) -> Any:
        """What tells layers apart that hold nothing but numbers and names."""
        if not isinstance(thing, keras.Operation):
            functions = types.FunctionType | types.BuiltinFunctionType
            return thing if isinstance(thing, functions) else None
        if isinstance(thing, keras.layers.Layer) and (thing.variables or thing._layers):
            return None
        return type(thing), repr(simple_config(thing))

    def made(self, thing: Any, choice: Any) -> Any:
        """A layer with such weights as the other's; for a function the activation, if it can."""
        if isinstance(choice, Activation):
            if not isinstance(thing, keras.Operation):
                raise Unusable("is a function; map it to the activation, not to a layer")
            config = {**choice.get_config(), **_settings(thing)}
            new = type(choice).from_config(config)
            new.activation = self.optioned(new.activation)
            return new
        activation, values = split(choice, "dualad_tensorflow.Activation")
        activation = self.optioned(activation)
        arguments = activation.parameters[1:]
        held = thing if isinstance(thing, keras.Operation) else None
        attributes = {
            a: getattr(held, a, getattr(held, ALIASES.get(a, a), None)) for a in arguments
        }
        if isinstance(keywords := getattr(thing, "keywords", None), dict):
            attributes |= keywords
        learned = _learned(thing, activation, values)
        given = {**numbers(attributes, [a for a in arguments if a not in learned]), **values}
        given = {a: v for a, v in given.items() if activation.defaults.get(a) != v}
        if held is None and not given:
            return activation
        weights = {a: np.asarray(w.value) for a, w in learned.items()}
        options = {
            option: {a: getattr(w, option) for a, w in learned.items() if getattr(w, option)}
            for option in ("regularizer", "constraint")
        }
        return Activation(
            activation,
            {a: w.name for a, w in learned.items()},
            {**given, **weights},
            **{option: of for option, of in options.items() if of},
            **_settings(thing),
        )

    def parts(self, new: Any) -> tuple[dualad.Activation, dict[str, float], tuple[str, ...]]:
        """Of an activation or of a layer."""
        if isinstance(new, Activation):
            return new.activation, new.constants, new.learned
        return new, {}, ()

    def compared(self, thing: Any, new: Any) -> Probe:
        """On twins in double precision, with exact derivatives: to round them is what is asked."""
        arity = self.arity_of(new)
        if not isinstance(new, Activation):
            return compare(thing, exact(new), arity)
        rounded = new.activation
        new.activation = exact(rounded)
        try:
            return compare(thing, new, arity)
        finally:
            new.activation = rounded

    def measured(self, thing: Any, shape: tuple[int, ...], arity: int) -> int:
        """What a layer adds to the bytes kept between two linear layers, in a graph as of ``fit``.

        The second one keeps its result and the first does not: so it is all that the graph keeps
        between the passes, except the result.
        """
        one = twin(thing, self.dtype, shape)
        results = []

        def step(*given: Any) -> Any:
            xs = [-x for x in given]  # made by the step, as by a layer
            with tf.GradientTape() as tape:
                tape.watch(xs)
                y = one(*xs)
            results.append(y)
            return tape.gradient(y, [*xs, *getattr(one, "trainable_weights", ())])

        spec = tf.TensorSpec(shape, self.dtype)
        with tracing() as trace:
            traced = tf.function(step, autograph=False).get_concrete_function(*[spec] * arity)
        kept = trace.kept(traced.graph, results[-1:])
        numel = int(np.prod(shape))
        return round(sum(k.size or 0 for k in kept) * self.elements / numel)


def _learned(thing: Any, activation: dualad.Activation, values: Any) -> dict[str, Any]:
    """Which weight of a layer is which argument: the one of its name, the others in order.

    Raises
    ------
    Unusable
        The layer has something that an activation would lose.
    """
    if not isinstance(thing, keras.layers.Layer):
        return {}
    if thing._layers:
        raise Unusable(f"has a layer {thing._layers[0].name!r} within")
    if lost := [v for v in thing.variables if not any(v is w for w in thing.trainable_weights)]:
        raise Unusable(f"has a variable {lost[0].name!r} that is not trained")
    if not thing.built:
        raise Unusable("has not been called yet, so that it has no weights")
    arguments = [a for a in activation.parameters[1:] if a not in values]
    learned = {w.name: w for w in thing.trainable_weights if w.name in arguments}
    free = [a for a in arguments if a not in learned]
    for weight in thing.trainable_weights:
        if weight.name not in learned:
            if not free:
                raise Unusable(
                    f"has a weight {weight.name!r}, {activation.__name__} no such argument"
                )
            learned[free.pop(0)] = weight
    order = [id(w) for w in thing.trainable_weights]
    return dict(sorted(learned.items(), key=lambda item: order.index(id(item[1]))))


def _settings(thing: Any) -> dict[str, Any]:
    """What a layer takes over from the one whose place it takes."""
    if not isinstance(thing, keras.layers.Layer):
        return {"name": thing.name} if isinstance(thing, keras.Operation) else {}
    return {"name": thing.name, "dtype": thing.dtype_policy, "trainable": thing.trainable}
