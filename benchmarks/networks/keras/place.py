"""Where an activation stands in a network, and how another takes its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from ..chains import Function

__all__ = ["Factory", "Place"]

Factory = Callable[[], keras.layers.Layer]
"""Makes an activation; called for each place in a network that has one."""


class Place(keras.layers.Layer):
    """An activation that can be exchanged: so that all methods are measured with one network.

    It is a `Factory` of itself, ``resnet_50(place.everywhere)``: one place then stands everywhere,
    and setting its function changes the network, in eager mode and in what is traced from then on.
    """

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function

    def everywhere(self) -> Place:
        """The same layer at every place."""
        return self

    def call(self, x: Any) -> Any:
        """Apply the function that stands here now."""
        return self.function(x)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The same; no function is asked when the network is built."""
        return input_shape
