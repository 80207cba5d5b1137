"""An activation as a module."""

from __future__ import annotations

from collections.abc import Iterable

import torch

import dualad

__all__ = ["Activation"]


class Activation(torch.nn.Module):
    """A ``torch.nn.Module`` that applies an activation.

    Parameters
    ----------
    activation : dualad.Activation
        What is applied.
    trainable : iterable of str, optional
        Arguments of the definition that become trainable parameters.
    **values : float
        Values for arguments of the definition, instead of their defaults: the initial value of a
        trainable one, a constant otherwise.

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
    >>> layer = dualad_torch.Activation(swish, trainable=["beta"])
    >>> layer
    Activation(swish(x, beta=1.0), trainable: beta)
    >>> [name for name, _ in layer.named_parameters()]
    ['beta']
    """

    def __init__(
        self, activation: dualad.Activation, trainable: Iterable[str] = (), **values: float
    ) -> None:
        super().__init__()
        if not isinstance(activation, dualad.Activation):
            raise TypeError(
                f"expected an activation made with dualad.activation, got {activation!r}"
            )
        trainable = tuple(trainable)
        for name in (*trainable, *values):
            if name not in activation.parameters:
                raise TypeError(
                    f"{activation.__name__} has no argument {name!r}; it has "
                    f"{', '.join(activation.parameters)}"
                )
        self.activation = activation
        self.trainable = trainable
        self.constants = {k: v for k, v in values.items() if k not in trainable}
        for name in trainable:
            initial = values.get(name, activation.defaults.get(name))
            if initial is None:
                raise TypeError(f"{activation.__name__}: {name!r} has no default; give its value")
            self.register_parameter(name, torch.nn.Parameter(torch.tensor(float(initial))))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Apply the activation to its array arguments."""
        parameters = {name: getattr(self, name) for name in self.trainable}
        return self.activation(  # type: ignore[no-any-return]
            *inputs, **self.constants, **parameters
        )

    def extra_repr(self) -> str:
        """What the module is made of."""
        constants = [f"{name}={value}" for name, value in self.constants.items()]
        trainable = [f"trainable: {', '.join(self.trainable)}"] if self.trainable else []
        return ", ".join([repr(self.activation)[len("<activation ") : -1], *constants, *trainable])
