"""A convolution and its normalization: what the convolutional networks are made of."""

from __future__ import annotations

from torch import nn

from .place import Factory

__all__ = ["convolution"]


def convolution(
    inputs: int,
    outputs: int,
    size: int,
    stride: int = 1,
    groups: int = 1,
    activation: Factory | None = None,
) -> nn.Sequential:
    """A convolution without bias, batch normalization, and an activation if there is one."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if activation is not None:
        layers.append(activation())
    return nn.Sequential(*layers)
