"""EfficientNet-B0 (Tan and Le 2019, arXiv 1905.11946), without dropout and dropped paths."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..stages import EFFICIENTNET_B0
from .inverted_residual import InvertedResidualNetwork
from .place import Factory

__all__ = ["EfficientNetB0"]

SQUEEZE = 4


class SqueezeAndExcite(nn.Module):
    """Scale each channel by what the means of all channels say."""

    def __init__(self, channels: int, squeezed: int, activation: Factory) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.activation = activation()
        self.excite = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps of shape (n, channels, height, width)."""
        means = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.excite(self.activation(self.squeeze(means))))


class EfficientNetB0(InvertedResidualNetwork):
    """The network for images of 224 x 224; 5.289 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has SiLU.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        def attention(width: int, inputs: int) -> nn.Module:
            return SqueezeAndExcite(width, inputs // SQUEEZE, activation)

        super().__init__(EFFICIENTNET_B0, activation, classes, attention)
