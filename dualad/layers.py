"""What the frameworks' layers have in common: which arguments they hold, and with what values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .definition import Activation

__all__ = ["layer_values"]


def layer_values(
    activation: Activation, learned: Sequence[str], values: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """What a framework's layer holds.

    Parameters
    ----------
    activation : Activation
        What the layer applies.
    learned : sequence of str
        Arguments that become trainable parameters.
    values : mapping of str to float
        Values of arguments, instead of their defaults.

    Returns
    -------
    tuple of dict
        The initial values of the learned arguments, and the constants.

    Raises
    ------
    TypeError
        `activation` is none, has no such argument, or a learned one has no value to begin with.
    """
    if not isinstance(activation, Activation):
        raise TypeError(f"expected an activation made with dualad.activation, got {activation!r}")
    for name in (*learned, *values):
        if name not in activation.parameters:
            raise TypeError(
                f"{activation.__name__} has no argument {name!r}; it has "
                f"{', '.join(activation.parameters)}"
            )
    given = {**activation.defaults, **values}
    for name in learned:
        if name not in given:
            raise TypeError(f"{activation.__name__}: {name!r} has no default; give its value")
    constants = {name: float(value) for name, value in values.items() if name not in learned}
    return {name: float(given[name]) for name in learned}, constants
