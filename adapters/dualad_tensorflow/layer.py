"""An activation as a Keras layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import keras

import dualad
from dualad.layers import layer_values

__all__ = ["Activation"]


@keras.saving.register_keras_serializable(package="dualad")
class Activation(keras.layers.Layer):  # type: ignore[misc]
    """A ``keras.layers.Layer`` that applies an activation.

    Parameters
    ----------
    activation : dualad.Activation
        What is applied.
    learned : iterable of str, optional
        Arguments of the definition that become trainable weights.
    values : mapping of str to float, optional
        Values for arguments of the definition, instead of their defaults: the initial value of a
        learned one, a constant otherwise.
    **options
        As for any layer: name, dtype, ...

    Raises
    ------
    TypeError
        `activation` is none, or has no such argument.

    Notes
    -----
    A saved model names the activation by module and variable. It comes back in a process that has
    that module imported; nothing is imported for a file, except dualad's own catalogue.

    Examples
    --------
    >>> import dualad_tensorflow
    >>> from dualad.activations import mish
    >>> layer = dualad_tensorflow.Activation(mish)
    >>> layer.get_config()["activation"]["qualname"]
    'mish'
    """

    def __init__(
        self,
        activation: dualad.Activation,
        learned: Iterable[str] = (),
        values: Mapping[str, float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.activation, self.learned = activation, tuple(learned)
        self.initial, self.constants = layer_values(activation, self.learned, values or {})
        self.supports_masking = True
        for name, value in self.initial.items():
            if hasattr(self, name):
                raise TypeError(f"a layer has a {name!r} of its own; rename the argument")
            initializer = keras.initializers.Constant(value)
            setattr(self, name, self.add_weight(shape=(), initializer=initializer, name=name))

    def call(self, *inputs: Any) -> Any:
        """Apply the activation to its array arguments."""
        learned = {name: getattr(self, name) for name in self.learned}
        return self.activation(*inputs, **self.constants, **learned)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made of, for saving."""
        return {
            **super().get_config(),
            "activation": self.activation.get_config(),
            "learned": list(self.learned),
            "values": {**self.constants, **self.initial},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Activation:
        """The layer that a configuration describes."""
        activation = dualad.Activation.from_config(config["activation"])
        return cls(**{**config, "activation": activation})


# An activation that is another layer's, as in Dense(8, activation=mish), is saved by name too.
keras.saving.register_keras_serializable("dualad", "definition")(dualad.Activation)
