"""The block of a transformer that normalizes first, as ViT and GPT-2 do."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .place import Factory

__all__ = ["Block"]

EXPANSION = 4


class Block(nn.Module):
    """Attention and a multilayer perceptron, each added to its input.

    Parameters
    ----------
    width, heads : int
        The width of a token, and among how many heads it is shared out.
    causal : bool
        Whether a token sees only those before it.
    activation : callable
        Makes the module between the two layers of the perceptron.
    """

    def __init__(self, width: int, heads: int, causal: bool, activation: Factory) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.before_attention, self.before_perceptron = nn.LayerNorm(width), nn.LayerNorm(width)
        self.projections, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(
            nn.Linear(width, EXPANSION * width), activation(), nn.Linear(EXPANSION * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of shape (n, tokens, width), to the same."""
        x = x + self.attention(self.before_attention(x))
        return x + self.perceptron(self.before_perceptron(x))

    def attention(self, x: Tensor) -> Tensor:
        """What each token takes from the others."""
        split = self.projections(x).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self.merge(y.transpose(1, 2).flatten(2))
