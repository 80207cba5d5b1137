"""The blocks of GPT-2 small (Radford et al. 2019), from embedded tokens to the last norm."""

from __future__ import annotations

from torch import Tensor, nn

from .place import Factory
from .transformer import Block

__all__ = ["GPT2Blocks"]

DEPTH, WIDTH, HEADS = 12, 768, 12


class GPT2Blocks(nn.Module):
    """The network without its embeddings; 85.056 M of its 124.440 M parameters, without dropout.

    Parameters
    ----------
    activation : callable
        Makes the modules that stand where GPT-2 has GELU in its tanh form.
    """

    def __init__(self, activation: Factory) -> None:
        super().__init__()
        blocks = [Block(WIDTH, HEADS, causal=True, activation=activation) for _ in range(DEPTH)]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """Embedded tokens of shape (n, tokens, 768), to the same."""
        return self.norm(self.blocks(x))
