"""An activation as a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

import dualad
from dualad.layers import layer_values

__all__ = ["Activation"]


class Activation(torch.nn.Module):
    """A ``torch.nn.Module`` that applies an activation.

    Parameters
    ----------
    activation : dualad.Activation
        What is applied.
    learned : iterable of str, optional
        Arguments of the definition that become trainable parameters.
    values : mapping of str to float, optional
        Values for arguments of the definition, instead of their defaults: the initial value of a
        learned one, a constant otherwise.

    Raises
    ------
    TypeError
        `activation` is none, or has no such argument.

    Examples
    --------
    >>> import torch, dualad as da, dualad_torch
    >>> @da.activation
    ... def swish(x, beta=1.0):
    ...     return x * da.sigmoid(beta * x)
    >>> layer = dualad_torch.Activation(swish, learned=["beta"])
    >>> layer
    Activation(swish(x, beta=1.0), learned: beta)
    >>> [name for name, _ in layer.named_parameters()]
    ['beta']
    """

    def __init__(
        self,
        activation: dualad.Activation,
        learned: Iterable[str] = (),
        values: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.activation, self.learned = activation, tuple(learned)
        initial, self.constants = layer_values(activation, self.learned, values or {})
        for name, value in initial.items():
            if hasattr(self, name):
                raise TypeError(f"a module has a {name!r} of its own; rename the argument")
            self.register_parameter(name, torch.nn.Parameter(torch.tensor(value)))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Apply the activation to its array arguments."""
        learned = {name: getattr(self, name) for name in self.learned}
        return self.activation(  # type: ignore[no-any-return]
            *inputs, **self.constants, **learned
        )

    def extra_repr(self) -> str:
        """What the module is made of."""
        constants = [f"{name}={value}" for name, value in self.constants.items()]
        learned = [f"learned: {', '.join(self.learned)}"] if self.learned else []
        return ", ".join([self.activation.heading, *constants, *learned])
