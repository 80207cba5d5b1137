"""An activation as a Keras layer."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import keras

import dualad
from dualad.keep import keep_form
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
            initializer = keras.initializers.Constant(value)
            setattr(self, name, self.add_weight(shape=(), initializer=initializer, name=name))

    def call(self, *inputs: Any) -> Any:
        """Apply the activation to its array arguments."""
        learned = {name: getattr(self, name) for name in self.learned}
        return self.activation(*inputs, **self.constants, **learned)

    def get_config(self) -> dict[str, Any]:
        """What the layer is made of, for saving."""
        activation = self.activation
        options = {**asdict(activation.options), "keep": str(activation.keep)}
        return {
            **super().get_config(),
            "activation": {
                "module": activation.__module__,
                "qualname": activation.__qualname__,
                "options": options,
            },
            "learned": list(self.learned),
            "values": {**self.constants, **self.initial},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Activation:
        """The layer that a configuration describes."""
        return cls(**{**config, "activation": _find(**config["activation"])})


def _find(module: str, qualname: str, options: dict[str, Any]) -> dualad.Activation:
    """The activation of a saved layer, in a module that is already imported or dualad's own."""
    if module == "dualad.activations" or module.startswith("dualad.activations."):
        importlib.import_module(module)
    found: Any = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, dualad.Activation):
        raise ValueError(
            f"the saved layer applies {qualname} of module {module!r}, which is not there: define "
            "or import the activation under that name before loading the model"
        )
    keep_form(options["keep"])
    return found if asdict(found.options) == options else found.with_options(**options)
