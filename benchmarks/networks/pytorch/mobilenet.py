"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), without dropout."""

from __future__ import annotations

from ..stages import MOBILENET_V2
from .inverted_residual import InvertedResidualNetwork
from .place import Factory

__all__ = ["MobileNetV2"]


class MobileNetV2(InvertedResidualNetwork):
    """The network for images of 224 x 224; 3.505 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has ReLU6.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        super().__init__(MOBILENET_V2, activation, classes)
