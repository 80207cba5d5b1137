"""The weights that an activation's learned arguments become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

import dualad
from dualad.layers import layer_values
from dualad.scalars import is_scalar

from .shapes import Shape, fits

__all__ = ["Weight", "weights_and_constants"]


@dataclass(frozen=True)
class Weight:
    """A learned argument, before it has a shape.

    Parameters
    ----------
    argument : str
        Its name in the definition.
    name : str
        Its name in the layer.
    value : number or array, optional
        What it begins with; without one the initializer makes it.
    shared_axes : tuple of int, optional
        The axes of the input along which it is the same, besides the batch. Without it the shape is
        that of the value.
    initializer, regularizer, constraint : optional
        Keras' objects.
    """

    argument: str
    name: str
    value: Any = None
    shared_axes: tuple[int, ...] | None = None
    initializer: Any = None
    regularizer: Any = None
    constraint: Any = None

    def options(self, inputs: Shape) -> dict[str, Any]:
        """What Keras' ``add_weight`` takes, for inputs of that shape.

        Raises
        ------
        ValueError
            The weight has no shape there, or its value has another.
        """
        value = np.asarray(self.value) if self.initializer is None else None
        if self.shared_axes is not None:
            shape = self._shape(inputs)
        else:
            shape = () if value is None else value.shape
        if value is not None and not fits(value.shape, shape):
            raise ValueError(
                f"the value of {self.argument!r} has the shape {value.shape}; for inputs of shape "
                f"{inputs} and shared_axes={list(self.shared_axes or ())} it is {shape}"
            )
        return {
            "name": self.name,
            "shape": shape,
            # A number is weak beside the inputs, so it need not be rounded to their dtype.
            "autocast": shape != (),
            "initializer": self.initializer or keras.initializers.Constant(self.value),
            "regularizer": self.regularizer,
            "constraint": self.constraint,
        }

    def _shape(self, inputs: Shape) -> tuple[int, ...]:
        """The shape of the input without the batch, of length 1 along the shared axes."""
        rank = len(inputs)
        for axis in self.shared_axes or ():
            if not -rank < axis < rank or axis == 0:
                raise ValueError(
                    f"shared_axes of {self.argument!r}: {axis} is no axis of inputs of shape "
                    f"{inputs}; axis 0 is the batch, which is always shared"
                )
        shared = {axis % rank for axis in self.shared_axes or ()}
        shape = []
        for axis in range(1, rank):
            length = 1 if axis in shared else inputs[axis]
            if length is None:
                raise ValueError(
                    f"{self.argument!r} has no shape: axis {axis} of the inputs {inputs} has no "
                    f"fixed length; put {axis} into shared_axes"
                )
            shape.append(length)
        return tuple(shape)


def weights_and_constants(
    activation: dualad.Activation,
    learned: Mapping[str, str],
    values: Mapping[str, Any],
    **options: Any,
) -> tuple[tuple[Weight, ...], dict[str, float]]:
    """The weights of a layer, and the arguments that are constants.

    Parameters
    ----------
    activation : dualad.Activation
        What the layer applies.
    learned : mapping of str to str
        The weights' names by argument.
    values : mapping of str to float or array
        Initial values, and constants.
    **options
        The other fields of `Weight`: each one thing for all learned arguments, or a mapping.

    Raises
    ------
    TypeError
        See `layer_values`; or an option is for an argument that is not learned.
    """
    of = {name: _by_argument(name, given, learned) for name, given in options.items()}
    values = {
        name: value if is_scalar(value) else keras.ops.convert_to_numpy(value)
        for name, value in values.items()
    }
    names = learned if isinstance(learned, str) else list(learned)
    initial, constants = layer_values(
        activation, names, values, arrays=True, initialized=of["initializer"]
    )
    weights = tuple(
        Weight(
            argument,
            name,
            initial.get(argument),
            **{option: given[argument] for option, given in of.items() if argument in given},
        )
        for argument, name in learned.items()
    )
    return weights, constants


READ = {
    "shared_axes": lambda axes: (axes,) if isinstance(axes, int) else tuple(axes),
    "initializer": keras.initializers.get,
    "regularizer": keras.regularizers.get,
    "constraint": keras.constraints.get,
}


def _by_argument(option: str, given: Any, learned: Sequence[str] | Mapping[str, str]) -> Any:
    """An option by argument, read; Keras' own configurations are mappings, too."""
    if not isinstance(given, Mapping) or "class_name" in given:
        given = dict.fromkeys(learned, given)
    for argument in given:
        if argument not in learned:
            raise TypeError(
                f"{option} is given for {argument!r}, which is not learned; learned: "
                f"{', '.join(learned) or 'nothing'}"
            )
    return {argument: READ[option](one) for argument, one in given.items() if one is not None}
