"""Networks in plain PyTorch."""

from .efficientnet import EfficientNetB0
from .gpt2 import GPT2Blocks
from .mobilenet import MobileNetV2
from .report import main
from .resnet import ResNet50
from .vit import ViTSmall

__all__ = ["EfficientNetB0", "GPT2Blocks", "MobileNetV2", "ResNet50", "ViTSmall", "main"]
