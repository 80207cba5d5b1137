"""How Keras names an activation in a file, and finds it again.

The catalogue is registered: ``"dualad>mish"``. An activation of the user's is named by its module
and variable, and by the name under which it is registered with Keras, if it is. Nothing is imported
or run because a file names it, except dualad's own catalogue.
"""

from __future__ import annotations

from typing import Any

import keras

# keras.activations.get looks a string up nowhere else.
from keras.src.activations import ALL_OBJECTS_DICT

import dualad
from dualad import activations

__all__ = ["activation_named", "name_or_config", "register"]

PACKAGE = "dualad"


class Saved:
    """What Keras calls to load an activation that is another layer's, as of ``Dense``."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> dualad.Activation:
        """The activation that a configuration names.

        Looked for in this order: in ``custom_objects``, among what is registered with Keras, in its
        module if that is imported.

        Raises
        ------
        ValueError
            There is none.
        """
        qualname = str(config["qualname"])
        variable = qualname.rpartition(".")[2]
        for name in (variable, config.get("registered_name")):
            found = keras.saving.get_registered_object(name)
            if isinstance(found, dualad.Activation):
                return found.with_options(**config["options"])
        try:
            return dualad.Activation.from_config(config)
        except ValueError as error:
            raise ValueError(
                f"{error}, or pass custom_objects={{{variable!r}: ...}} to what loads it"
            ) from None

    def get_config(self) -> dict[str, Any]:
        """Only a class that has this can be registered; the activations have their own."""
        raise NotImplementedError


def register() -> None:
    """Make the catalogue known to Keras by name, and how any activation is loaded."""
    for name in activations.__all__:
        activation = getattr(activations, name)
        keras.saving.register_keras_serializable(PACKAGE, name)(activation)
        ALL_OBJECTS_DICT[keras.saving.get_registered_name(activation)] = activation
    # The same name for both: what is saved is the one, what loads it is the other.
    for kind in (dualad.Activation, Saved):
        keras.saving.register_keras_serializable(PACKAGE, "definition")(kind)


def activation_named(identifier: Any) -> Any:
    """The activation itself for a registered name or a configuration, as in ``keras.layers``.

    Raises
    ------
    ValueError
        No activation has that name.
    """
    if isinstance(identifier, dict):
        return keras.activations.get(identifier)
    if not isinstance(identifier, str):
        return identifier
    found = keras.saving.get_registered_object(identifier)
    if isinstance(found, dualad.Activation):
        return found
    ours = f"{PACKAGE}>{identifier}"
    remedy = (
        f'write "{ours}"'
        if isinstance(keras.saving.get_registered_object(ours), dualad.Activation)
        else "register it with keras.saving.register_keras_serializable, or pass it itself"
    )
    raise ValueError(f"no activation is registered as {identifier!r}; {remedy}")


def name_or_config(activation: dualad.Activation) -> Any:
    """What `activation_named` takes: a name of the catalogue, which is always found, or more."""
    name = activation.get_config().get("registered_name")
    if ALL_OBJECTS_DICT.get(name) is activation:
        return name
    return keras.activations.serialize(activation)
