"""The stages of the published networks: a framework's own network is built of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "EFFICIENTNET_B0",
    "EXPANSION",
    "MOBILENET_V2",
    "RESNET_50",
    "Bottlenecks",
    "InvertedResiduals",
    "strides",
]


class Bottlenecks(NamedTuple):
    """A stage of a ResNet; a bottleneck puts out `EXPANSION` times its width."""

    width: int
    blocks: int
    stride: int


class InvertedResiduals(NamedTuple):
    """A stage of inverted residuals, each `expansion` times as wide in the middle as its input."""

    expansion: int
    size: int
    channels: int
    blocks: int
    stride: int


def strides(stage: Bottlenecks | InvertedResiduals) -> Iterator[int]:
    """Of each block: the stage's own of the first."""
    for index in range(stage.blocks):
        yield stage.stride if index == 0 else 1


EXPANSION = 4

RESNET_50 = (
    Bottlenecks(64, 3, 1), Bottlenecks(128, 4, 2), Bottlenecks(256, 6, 2), Bottlenecks(512, 3, 2),
)  # fmt: skip
"""He et al. 2015, arXiv 1512.03385."""

MOBILENET_V2 = (
    InvertedResiduals(1, 3, 16, 1, 1),
    InvertedResiduals(6, 3, 24, 2, 2),
    InvertedResiduals(6, 3, 32, 3, 2),
    InvertedResiduals(6, 3, 64, 4, 2),
    InvertedResiduals(6, 3, 96, 3, 1),
    InvertedResiduals(6, 3, 160, 3, 2),
    InvertedResiduals(6, 3, 320, 1, 1),
)
"""Sandler et al. 2018, arXiv 1801.04381."""

EFFICIENTNET_B0 = (
    InvertedResiduals(1, 3, 16, 1, 1),
    InvertedResiduals(6, 3, 24, 2, 2),
    InvertedResiduals(6, 5, 40, 2, 2),
    InvertedResiduals(6, 3, 80, 3, 2),
    InvertedResiduals(6, 5, 112, 3, 1),
    InvertedResiduals(6, 5, 192, 4, 2),
    InvertedResiduals(6, 3, 320, 1, 1),
)
"""Tan and Le 2019, arXiv 1905.11946."""
