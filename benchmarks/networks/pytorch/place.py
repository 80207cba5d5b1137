"""Where an activation stands in a network, and how another takes its place."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

__all__ = ["Factory", "Place"]

Factory = Callable[[], nn.Module]
"""Makes an activation; called for each place in a network that has one."""


class Place(nn.Module):
    """An activation that can be exchanged: so that all methods are measured with one network.

    It is a `Factory` of itself, ``Network(place.everywhere)``: one place then stands everywhere,
    and setting its function changes the network. Weights and memory are the same for all methods.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def everywhere(self) -> Place:
        """The same module at every place."""
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function that stands here now."""
        return self.function(x)
