"""An activation as a module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

import dualad
from dualad.layers import layer_values
from dualad.scalars import is_scalar

from .distributed import sharded_as

__all__ = ["Activation"]


class Activation(torch.nn.Module):
    """A ``torch.nn.Module`` that applies an activation.

    Parameters
    ----------
    activation : dualad.Activation
        What is applied.
    learned : iterable of str, or mapping of str to str, optional
        Arguments of the definition that become trainable parameters; a mapping says under which
        name each of them stands in the module and its ``state_dict``.
    values : mapping of str to float or array, optional
        Values for arguments of the definition, instead of their defaults: the initial value of a
        learned one, a constant otherwise. A learned one may be an array that broadcasts with the
        input: of shape (C, 1, 1) it is one number per channel of images. A
        ``torch.nn.Parameter`` is not copied but used itself.
    inplace : bool
        As in ``torch.nn``: the result overwrites the input. Short for
        ``activation.with_options(inplace=True)``.
    device, dtype : optional
        Of the learned arguments, as in ``torch.nn``.

    Raises
    ------
    TypeError
        `activation` is none, has no such argument, or a value is no number where it must be one.

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
    >>> from dualad.activations import prelu
    >>> dualad_torch.Activation(prelu, ["weight"], {"weight": torch.full((8, 1, 1), 0.25)})
    Activation(prelu(x, weight=0.25), learned: weight (8, 1, 1))
    """

    def __init__(
        self,
        activation: dualad.Activation,
        learned: Iterable[str] | Mapping[str, str] = (),
        values: Mapping[str, Any] | None = None,
        *,
        inplace: bool = False,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        names = learned if isinstance(learned, Mapping | str) else {n: n for n in learned}
        initial, constants = layer_values(activation, names, values or {}, arrays=True)  # type: ignore[arg-type]
        self.activation = activation.with_options(inplace=True) if inplace else activation
        self.constants = constants
        self._initial = {argument: _copied(value) for argument, value in initial.items()}
        self.learned = tuple(initial)
        self.parameter_names = {argument: names[argument] for argument in initial}  # type: ignore[index]
        for argument, name in self.parameter_names.items():
            if hasattr(self, name):
                raise TypeError(f"a module has a {name!r} of its own; rename the argument")
            self.register_parameter(name, _parameter(initial[argument], device, dtype))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Apply the activation to its array arguments."""
        learned = {a: getattr(self, name) for a, name in self.parameter_names.items()}
        return self.activation(  # type: ignore[no-any-return]
            *inputs, **self.constants, **learned
        )

    def reset_parameters(self) -> None:
        """Give the learned arguments their initial values again.

        After ``to_empty()`` a module that was made on the meta device has numbers only by this.

        Examples
        --------
        >>> import dualad_torch
        >>> from dualad.activations import swish
        >>> layer = dualad_torch.Activation(swish, learned=["beta"], device="meta")
        >>> layer.to_empty(device="cpu").reset_parameters()
        >>> layer.beta.item()
        1.0
        """
        with torch.no_grad():
            for argument, name in self.parameter_names.items():
                parameter, value = getattr(self, name), self._initial[argument]
                if is_scalar(value):
                    parameter.fill_(value)
                else:
                    parameter.copy_(sharded_as(value, parameter))

    def extra_repr(self) -> str:
        """What the module is made of."""
        constants = [f"{name}={value}" for name, value in self.constants.items()]
        learned = [self._described(argument) for argument in self.learned]
        parts = [self.activation.heading, *constants]
        return ", ".join([*parts, f"learned: {', '.join(learned)}"] if learned else parts)

    def _described(self, argument: str) -> str:
        """A learned argument, with its name here and its shape where they say something."""
        name = self.parameter_names[argument]
        shape = tuple(getattr(self, name).shape)
        alias = f" as {name}" if name != argument else ""
        return f"{argument}{alias} {shape}" if shape else f"{argument}{alias}"


def _copied(value: Any) -> Any:
    """An initial value that nobody else can change."""
    return value if is_scalar(value) else torch.as_tensor(value).detach().clone()


def _parameter(value: Any, device: Any, dtype: torch.dtype | None) -> torch.nn.Parameter:
    """A parameter of that value: itself, or a copy in a floating dtype."""
    if isinstance(value, torch.nn.Parameter) and device is None and dtype is None:
        return value
    if isinstance(value, torch.Tensor):
        data = value.detach().to(device=device, dtype=dtype, copy=True)
        if not data.is_floating_point():
            data = data.to(torch.get_default_dtype())
    else:  # lists and arrays of doubles as any number: of the dtype of the model
        data = torch.tensor(value, device=device, dtype=dtype or torch.get_default_dtype())
    return torch.nn.Parameter(data)
