"""MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) as Keras has it."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
from keras import layers

from ..stages import MOBILENET_V2, InvertedResiduals, strides
from .convolution import convolution
from .place import Factory

__all__ = ["mobilenet_v2"]

normalized = partial(convolution, epsilon=1e-3, momentum=0.999)


def mobilenet_v2(
    activation: Factory, shape: tuple[int, ...] = (224, 224, 3), classes: int = 1000
) -> keras.Model:
    """The network, to its logits; 3.539 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the layers that stand where the paper has ReLU6.
    shape : tuple of int
        Of an image; height and width are even in every stage but the last.
    classes : int
        How many classes.
    """
    images = keras.Input(shape)
    x = activation()(normalized(images, 32, 3, 2))
    for stage in MOBILENET_V2:
        for stride in strides(stage):
            x = _inverted_residual(x, stage, stride, activation)
    x = activation()(normalized(x, 1280, 1))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(classes)(x), name="mobilenet_v2")


def _inverted_residual(x: Any, stage: InvertedResiduals, stride: int, activation: Factory) -> Any:
    """Wide in the middle; the narrow ends are linear."""
    inputs, y = x.shape[-1], x
    if stage.expansion > 1:
        y = activation()(normalized(y, stage.expansion * inputs, 1))
    y = activation()(normalized(y, None, stage.size, stride))
    y = normalized(y, stage.channels, 1)
    return layers.Add()([x, y]) if inputs == stage.channels and stride == 1 else y
