"""ResNet-50 (He et al. 2015, arXiv 1512.03385) as Keras has it: convolutions with a bias."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
from keras import layers

from ..stages import EXPANSION, RESNET_50, strides
from .convolution import convolution
from .place import Factory

__all__ = ["resnet_50"]

normalized = partial(convolution, bias=True, epsilon=1.001e-5)


def resnet_50(
    activation: Factory, shape: tuple[int, ...] = (224, 224, 3), classes: int = 1000
) -> keras.Model:
    """The network, to its logits; 25.637 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the layers that stand where the paper has ReLU.
    shape : tuple of int
        Of an image.
    classes : int
        How many classes.
    """
    images = keras.Input(shape)
    x = normalized(layers.ZeroPadding2D(3)(images), 64, 7, 2, padding="valid")
    x = layers.ZeroPadding2D(1)(activation()(x))
    x = layers.MaxPooling2D(3, 2)(x)
    for stage in RESNET_50:
        for index, stride in enumerate(strides(stage)):
            x = _bottleneck(x, stage.width, stride, widen=index == 0, activation=activation)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(classes)(x), name="resnet_50")


def _bottleneck(x: Any, width: int, stride: int, widen: bool, activation: Factory) -> Any:
    """Three convolutions beside a short cut."""
    short_cut = normalized(x, EXPANSION * width, 1, stride) if widen else x
    x = activation()(normalized(x, width, 1, stride))
    x = activation()(normalized(x, width, 3))
    x = normalized(x, EXPANSION * width, 1)
    return activation()(layers.Add()([short_cut, x]))
