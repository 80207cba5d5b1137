"""What the frameworks' layers have in common: which arguments they hold, and with what values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .definition import Activation
from .scalars import is_scalar

__all__ = ["layer_values"]


def layer_values(
    activation: Activation,
    learned: Sequence[str],
    values: Mapping[str, Any],
    *,
    arrays: bool = False,
    initialized: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, float]]:
    """What a framework's layer holds.

    Parameters
    ----------
    activation : Activation
        What the layer applies.
    learned : sequence of str
        Arguments that become trainable parameters.
    values : mapping of str to float or array
        Values of arguments, instead of their defaults.
    arrays : bool
        Whether the layer takes arrays as values of learned arguments, as they are.
    initialized : collection of str
        Learned arguments that have no initial value here: the framework's initializer makes it.

    Returns
    -------
    tuple of dict
        The initial values of the learned arguments, and the constants.

    Raises
    ------
    TypeError
        `activation` is none, has no such argument, a learned one has no value to begin with, or a
        value is an array where there can be none.
    """
    if not isinstance(activation, Activation):
        raise TypeError(f"expected an activation made with dualad.activation, got {activation!r}")
    if isinstance(learned, str):
        raise TypeError(f"learned is a list of names, got {learned!r}; write [{learned!r}]")
    for name in (*learned, *values):
        if name not in activation.parameters:
            raise TypeError(
                f"{activation.__name__} has no argument {name!r}; it has "
                f"{', '.join(activation.parameters)}"
            )
    given = {**activation.defaults, **values}
    for name in learned:
        if name in initialized and name in values:
            raise TypeError(
                f"{activation.__name__}: {name!r} has a value and an initializer; give one of them"
            )
        if name not in given and name not in initialized:
            raise TypeError(f"{activation.__name__}: {name!r} has no default; give its value")
    constants = {
        name: _number(activation, name, value, "put it into learned as well to hold an array")
        for name, value in values.items()
        if name not in learned
    }
    initial = {
        name: given[name]
        if arrays and not is_scalar(given[name])
        else _number(activation, name, given[name], "this layer takes no arrays")
        for name in learned
        if name not in initialized
    }
    return initial, constants


def _number(activation: Activation, name: str, value: Any, otherwise: str) -> float:
    """A value that has to be one number; an array of one element is."""
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"{activation.__name__}: the value of {name!r} is a number, got "
            f"{type(value).__name__}; {otherwise}"
        ) from None
