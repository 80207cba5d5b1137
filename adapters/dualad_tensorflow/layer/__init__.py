"""An activation as a Keras layer."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np

import dualad

from .serialization import activation_named, name_or_config
from .shapes import broadcast, each
from .weights import weights_and_constants

__all__ = ["Activation"]

Tensor = Any
"""A tensor of Keras' backend, or a symbol of a model."""


@keras.saving.register_keras_serializable(package="dualad")
class Activation(keras.layers.Layer):  # type: ignore[misc]
    """A ``keras.layers.Layer`` that applies an activation.

    Parameters
    ----------
    activation : dualad.Activation or str
        What is applied; or the name under which it is registered, as ``"dualad>mish"``.
    learned : iterable of str, or mapping of str to str, optional
        Arguments of the definition that become trainable weights; a mapping says under which name
        each of them stands in the layer.
    values : mapping of str to float or array, optional
        Values for arguments of the definition, instead of their defaults: the initial value of a
        learned one, a constant otherwise. A learned one may be an array that broadcasts with the
        inputs: of shape (C,) it is one number per channel.
    shared_axes : int, list of int, or mapping of str to these, optional
        As in ``keras.layers.PReLU``: a learned argument gets the shape of the input without the
        batch, with length 1 along these axes. ``[1, 2]`` is one number per channel of images,
        ``[]`` one per element. Without it a learned argument is one number, or as its value is.
    initializer, regularizer, constraint : optional
        Of the weights, as for any layer. Each is one for all learned arguments, or a mapping by
        argument. An initializer stands in the place of a value.
    **options
        As for any layer: name, dtype, ...

    Raises
    ------
    TypeError
        `activation` is none, has no such argument, or a value is no number where it must be one.
    ValueError
        No activation is registered under that name; or, when the layer is built, a weight has no
        shape for these inputs.

    Notes
    -----
    A definition of several inputs is called with these in a list, ``layer([gate, up])``, or one
    after the other.

    The result has the compute dtype of the layer; half types are computed in single precision and
    rounded once.

    A saved model names the activation. Of the catalogue it is always found; one of the user's in
    ``custom_objects``, among what is registered with Keras, or in its module if that is imported.
    Nothing is imported for a file, except dualad's own catalogue.

    Examples
    --------
    >>> import keras, dualad as da, dualad_tensorflow
    >>> from dualad.activations import mish, prelu
    >>> dualad_tensorflow.Activation(mish).get_config()["activation"]
    'dualad>mish'
    >>> @da.activation
    ... def swish(x, beta=1.0):
    ...     return x * da.sigmoid(beta * x)
    >>> layer = dualad_tensorflow.Activation(swish, learned=["beta"], constraint="non_neg")
    >>> [(w.name, float(w)) for w in layer.trainable_weights]
    [('beta', 1.0)]
    >>> per_channel = dualad_tensorflow.Activation(prelu, ["weight"], shared_axes=[1, 2])
    >>> images = per_channel(keras.ops.ones((2, 8, 8, 3)))
    >>> tuple(per_channel.weight.shape)
    (1, 1, 3)
    """

    def __init__(
        self,
        activation: dualad.Activation | str,
        learned: Iterable[str] | Mapping[str, str] = (),
        values: Mapping[str, Any] | None = None,
        *,
        shared_axes: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.activation = activation_named(activation)
        names = learned if isinstance(learned, Mapping | str) else {n: n for n in learned}
        self.learned_weights, self.constants = weights_and_constants(
            self.activation,
            names,  # type: ignore[arg-type]
            values or {},
            shared_axes=shared_axes,
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
        )
        self.learned = tuple(weight.argument for weight in self.learned_weights)
        held = {*self.constants, *self.learned}
        self.inputs_named = tuple(p for p in self.activation.parameters if p not in held)
        self.supports_masking = True
        if all(weight.shared_axes is None for weight in self.learned_weights):
            self.build(None)  # nothing waits for the shape of the inputs

    def build(self, inputs_shape: Any, others_shape: Any = ()) -> None:
        """Make the weights."""
        if self.built:
            return
        shapes = [] if inputs_shape is None else each((inputs_shape, *others_shape))
        whole = broadcast(shapes) if shapes else ()
        for weight in self.learned_weights:
            if hasattr(self, weight.name):
                raise TypeError(
                    f"the layer has another {weight.name!r}; write "
                    f"learned={{{weight.argument!r}: ...}} with a name of your choice"
                )
            setattr(self, weight.name, self.add_weight(**weight.options(whole)))
        if len(shapes) == 1:
            shared = [w.shared_axes for w in self.learned_weights if w.shared_axes is not None]
            everywhere = {axis % len(whole) for axis in set.intersection(*map(set, shared))}
            fixed = set(range(1, len(whole))) - everywhere
            axes = {axis: whole[axis] for axis in fixed}
            self.input_spec = keras.InputSpec(ndim=len(whole), axes=axes)

    def call(self, inputs: Tensor, *others: Tensor) -> Tensor:
        """Apply the activation to its array arguments."""
        arguments = {name: self._floating(x) for name, x in self._named(inputs, others).items()}
        # Its value, which an autocasting policy may have in the compute dtype.
        learned = {
            weight.argument: getattr(self, weight.name).value for weight in self.learned_weights
        }
        result = self.activation(**arguments, **self.constants, **learned)
        return keras.ops.cast(result, self.compute_dtype)

    def compute_output_spec(self, inputs: Tensor, *others: Tensor) -> Tensor:
        """The symbol of the result, with nothing computed."""
        shapes = [x.shape for x in self._named(inputs, others).values()]
        return keras.KerasTensor(self.compute_output_shape(shapes), dtype=self.compute_dtype)

    def compute_output_shape(self, inputs_shape: Any, others_shape: Any = ()) -> Any:
        """The shape that inputs and weights have together."""
        weights = [
            getattr(self, weight.name).shape for weight in self.learned_weights if self.built
        ]
        return broadcast([*each((inputs_shape, *others_shape)), *weights])

    def compute_mask(self, inputs: Tensor, previous_mask: Any = None) -> Any:
        """The mask of the input; of several, what any of them shows, as in ``Multiply``."""
        if not isinstance(previous_mask, list | tuple):
            return previous_mask
        if any(mask is None for mask in previous_mask):
            return None
        return functools.reduce(keras.ops.logical_or, previous_mask)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made of, for saving."""
        config = {
            **super().get_config(),
            "activation": name_or_config(self.activation),
            "learned": {weight.argument: weight.name for weight in self.learned_weights},
            "values": dict(self.constants),
        }
        for weight in self.learned_weights:
            if weight.initializer is None:
                config["values"][weight.argument] = np.asarray(weight.value).tolist()
            if weight.shared_axes is not None:
                config.setdefault("shared_axes", {})[weight.argument] = list(weight.shared_axes)
            for option in ("initializer", "regularizer", "constraint"):
                if (given := getattr(weight, option)) is not None:
                    saved = keras.saving.serialize_keras_object(given)
                    config.setdefault(option, {})[weight.argument] = saved
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Activation:
        """The layer that a configuration describes."""
        # Looked up here, for Keras buries the errors of a constructor under its own.
        activation = activation_named(config["activation"])
        return super().from_config({**config, "activation": activation})  # type: ignore[no-any-return]

    def _named(self, inputs: Tensor, others: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """The inputs by the arguments that they are."""
        given = [*inputs, *others] if isinstance(inputs, list | tuple) else [inputs, *others]
        needed = [n for n in self.inputs_named if n not in self.activation.defaults]
        if not len(needed) <= len(given) <= len(self.inputs_named):
            raise TypeError(
                f"{self.activation.__name__} takes {', '.join(self.inputs_named)} here, got "
                f"{len(given)} input(s)"
            )
        return dict(zip(self.inputs_named, given, strict=False))

    def _floating(self, x: Tensor) -> Tensor:
        """An input as floating point: Keras leaves integers as they are."""
        dtype = keras.backend.standardize_dtype(x.dtype)
        whole = keras.backend.is_int_dtype(dtype) or dtype == "bool"
        return keras.ops.cast(x, self.compute_dtype) if whole else x
