"""ViT-S/16 (Dosovitskiy et al. 2020, arXiv 2010.11929; its size: Touvron et al., 2012.12877)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .place import Factory
from .transformer import Block

__all__ = ["ViTSmall"]

DEPTH, WIDTH, HEADS, PATCH, SIDE = 12, 384, 6, 16, 224


class ViTSmall(nn.Module):
    """The network for images of 224 x 224; 22.051 M parameters with 1,000 classes.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where the paper has GELU.
    classes : int
        How many classes.
    """

    def __init__(self, activation: Factory, classes: int = 1000) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.class_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        tokens = (SIDE // PATCH) ** 2 + 1
        self.positions = nn.Parameter(0.02 * torch.randn(1, tokens, WIDTH))
        blocks = [Block(WIDTH, HEADS, causal=False, activation=activation) for _ in range(DEPTH)]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(WIDTH)
        self.read_out = nn.Linear(WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of images of shape (n, 3, 224, 224)."""
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), patches], dim=1)
        return self.read_out(self.norm(self.blocks(tokens + self.positions))[:, 0])
