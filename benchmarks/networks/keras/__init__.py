"""Networks in plain Keras."""

from .mobilenet import mobilenet_v2
from .report import main
from .resnet import resnet_50

__all__ = ["main", "mobilenet_v2", "resnet_50"]
