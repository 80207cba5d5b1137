"""A small transformer that tells the next character."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..networks.pytorch.place import Factory
from ..networks.pytorch.transformer import Block

__all__ = ["CONTEXT", "CharacterTransformer"]

DEPTH, WIDTH, HEADS, CONTEXT = 2, 64, 4, 64


class CharacterTransformer(nn.Module):
    """Two blocks of width 64 over at most 64 characters, without dropout.

    Parameters
    ----------
    characters : int
        How many different ones there are.
    activation : callable
        Makes the module between the two layers of a block's perceptron.
    """

    def __init__(self, characters: int, activation: Factory) -> None:
        super().__init__()
        self.meanings = nn.Embedding(characters, WIDTH)
        self.positions = nn.Embedding(CONTEXT, WIDTH)
        blocks = [Block(WIDTH, HEADS, causal=True, activation=activation) for _ in range(DEPTH)]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(WIDTH)
        for embedding in (self.meanings, self.positions):
            # With PyTorch's 1 as with GPT-2's 0.02 it learns little beyond pairs in 400 steps.
            nn.init.normal_(embedding.weight, std=0.1)
        self.read_out = nn.Linear(WIDTH, characters)

    def forward(self, x: Tensor) -> Tensor:
        """The logits (n, length, characters) of what follows each character of (n, length)."""
        places = torch.arange(x.shape[1], device=x.device)
        return self.read_out(self.norm(self.blocks(self.meanings(x) + self.positions(places))))
