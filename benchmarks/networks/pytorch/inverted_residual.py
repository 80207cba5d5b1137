"""Networks of inverted residuals: MobileNetV2 and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import Tensor, nn

from ..stages import InvertedResiduals, strides
from .convolution import convolution
from .place import Factory

__all__ = ["InvertedResidual", "InvertedResidualNetwork"]

FIRST, LAST = 32, 1280
"""Channels of the first convolution, and of the last."""

Attention = Callable[[int, int], nn.Module]
"""Makes what follows the depthwise convolution, of its width and the channels of the block."""


class InvertedResidual(nn.Module):
    """Wide in the middle, where each channel is convolved alone; the narrow ends are linear."""

    def __init__(
        self,
        inputs: int,
        stage: InvertedResiduals,
        stride: int,
        activation: Factory,
        attention: Attention | None = None,
    ) -> None:
        super().__init__()
        width, outputs = stage.expansion * inputs, stage.channels
        layers: list[nn.Module] = []
        if stage.expansion > 1:
            layers.append(convolution(inputs, width, 1, activation=activation))
        layers.append(
            convolution(width, width, stage.size, stride, groups=width, activation=activation)
        )
        if attention is not None:
            layers.append(attention(width, inputs))
        layers.append(convolution(width, outputs, 1))
        self.layers = nn.Sequential(*layers)
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps of shape (n, channels, height, width)."""
        y = self.layers(x)
        return x + y if self.residual else y


class InvertedResidualNetwork(nn.Module):
    """A convolution, stages of inverted residuals, a convolution, a read-out.

    Parameters
    ----------
    stages : iterable of InvertedResiduals
        As they are published.
    activation : callable
        Makes the activations.
    classes : int
        How many classes.
    attention : callable, optional
        Makes what stands between the convolutions of a block.
    """

    def __init__(
        self,
        stages: Iterable[InvertedResiduals],
        activation: Factory,
        classes: int,
        attention: Attention | None = None,
    ) -> None:
        super().__init__()
        channels = FIRST
        layers: list[nn.Module] = [convolution(3, channels, 3, 2, activation=activation)]
        for stage in stages:
            for stride in strides(stage):
                layers.append(InvertedResidual(channels, stage, stride, activation, attention))
                channels = stage.channels
        layers.append(convolution(channels, LAST, 1, activation=activation))
        self.layers = nn.Sequential(*layers)
        self.read_out = nn.Linear(LAST, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 3, height, width)."""
        return self.read_out(self.layers(x).mean((2, 3)))
