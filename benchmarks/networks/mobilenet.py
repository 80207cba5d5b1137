"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), without dropout."""

from __future__ import annotations

from torch import Tensor, nn

from .convolution import convolution
from .place import Factory

__all__ = ["MobileNetV2"]

STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, channels, blocks and first stride of each stage."""

LAST = 1280


class InvertedResidual(nn.Module):
    """Wide in the middle; the narrow ends are linear."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, expansion: int, activation: Factory
    ) -> None:
        super().__init__()
        width = expansion * inputs
        widen = [convolution(inputs, width, 1, activation=activation)] if expansion > 1 else []
        self.convolutions = nn.Sequential(
            *widen,
            convolution(width, width, 3, stride, groups=width, activation=activation),
            convolution(width, outputs, 1),
        )
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y = self.convolutions(x)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """The network for images of 224 x 224; 3.505 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has ReLU6.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [convolution(3, channels, 3, 2, activation=activation)]
        for expansion, outputs, count, first_stride in STAGES:
            for index in range(count):
                stride = first_stride if index == 0 else 1
                layers.append(InvertedResidual(channels, outputs, stride, expansion, activation))
                channels = outputs
        layers.append(convolution(channels, LAST, 1, activation=activation))
        self.layers = nn.Sequential(*layers)
        self.read_out = nn.Linear(LAST, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 3, height, width)."""
        return self.read_out(self.layers(x).mean((2, 3)))
