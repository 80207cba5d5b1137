"""ResNet-50 (He et al. 2015, arXiv 1512.03385), its strides in the 3 x 3 convolutions."""

from __future__ import annotations

from torch import Tensor, nn

from ..stages import EXPANSION, RESNET_50, strides
from .convolution import convolution
from .place import Factory

__all__ = ["Bottleneck", "ResNet50"]


class Bottleneck(nn.Module):
    """Three convolutions beside a short cut."""

    def __init__(self, inputs: int, width: int, stride: int, activation: Factory) -> None:
        super().__init__()
        outputs = EXPANSION * width
        self.convolutions = nn.Sequential(
            convolution(inputs, width, 1, activation=activation),
            convolution(width, width, 3, stride, activation=activation),
            convolution(width, outputs, 1),
        )
        same = inputs == outputs and stride == 1
        self.short_cut = nn.Identity() if same else convolution(inputs, outputs, 1, stride)
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps of shape (n, channels, height, width)."""
        return self.activation(self.convolutions(x) + self.short_cut(x))


class ResNet50(nn.Module):
    """The network for images of 224 x 224; 25.557 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has ReLU.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        super().__init__()
        channels = 64
        self.stem = convolution(3, channels, 7, 2, activation=activation)
        self.pool = nn.MaxPool2d(3, 2, 1)
        blocks = []
        for stage in RESNET_50:
            for stride in strides(stage):
                blocks.append(Bottleneck(channels, stage.width, stride, activation))
                channels = EXPANSION * stage.width
        self.blocks = nn.Sequential(*blocks)
        self.read_out = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 3, height, width)."""
        x = self.blocks(self.pool(self.stem(x)))
        return self.read_out(x.mean((2, 3)))
