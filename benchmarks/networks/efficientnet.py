"""EfficientNet-B0 (Tan and Le 2019, arXiv 1905.11946), without dropout and dropped paths."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .convolution import convolution
from .place import Factory

__all__ = ["EfficientNetB0"]

STAGES = (
    (1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1), (6, 5, 192, 4, 2), (6, 3, 320, 1, 1),
)  # fmt: skip
"""Expansion, size of the kernel, channels, blocks and first stride of each stage."""

SQUEEZE, LAST = 4, 1280


class SqueezeAndExcite(nn.Module):
    """Scale each channel by what the means of all channels say."""

    def __init__(self, channels: int, squeezed: int, activation: Factory) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.activation = activation()
        self.excite = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.excite(self.activation(self.squeeze(means))))


class MBConv(nn.Module):
    """An inverted residual with squeeze-and-excite."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int, expansion: int, activation: Factory
    ) -> None:
        super().__init__()
        width = expansion * inputs
        widen = [convolution(inputs, width, 1, activation=activation)] if expansion > 1 else []
        self.layers = nn.Sequential(
            *widen,
            convolution(width, width, size, stride, groups=width, activation=activation),
            SqueezeAndExcite(width, inputs // SQUEEZE, activation),
            convolution(width, outputs, 1),
        )
        self.residual = inputs == outputs and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        return x + y if self.residual else y


class EfficientNetB0(nn.Module):
    """The network for images of 224 x 224; 5.289 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has SiLU.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [convolution(3, channels, 3, 2, activation=activation)]
        for expansion, size, outputs, count, first_stride in STAGES:
            for index in range(count):
                stride = first_stride if index == 0 else 1
                layers.append(MBConv(channels, outputs, size, stride, expansion, activation))
                channels = outputs
        layers.append(convolution(channels, LAST, 1, activation=activation))
        self.layers = nn.Sequential(*layers)
        self.read_out = nn.Linear(LAST, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 3, height, width)."""
        return self.read_out(self.layers(x).mean((2, 3)))
