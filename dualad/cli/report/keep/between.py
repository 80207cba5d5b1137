"""What an activation between linear layers adds to what these keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

import dualad_torch

__all__ = ["kept_between"]

ROWS, WIDTH = 64, 256


class _Between(nn.Module):
    """A function of the results of linear layers, before one more of them."""

    def __init__(self, fn: Callable[..., Tensor], arrays: int) -> None:
        super().__init__()
        self.before = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(arrays))
        self.fn = fn
        self.after = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Any:
        """Apply one after the other."""
        return self.after(self.fn(*(layer(x) for layer in self.before)))


def kept_between(fn: Callable[..., Tensor], arrays: int) -> float:
    """The bytes for each element that a function adds.

    Parameters
    ----------
    fn : callable
        Element by element, of so many tensors.
    arrays : int
        How many.
    """
    x = torch.ones(ROWS, WIDTH)

    def total(fn: Callable[..., Tensor]) -> int:
        return dualad_torch.saved_bytes(_Between(fn, arrays), x).bytes

    # A sum keeps nothing: what is left is what the layers keep, the last one its input.
    return (total(fn) - total(lambda *tensors: sum(tensors[1:], tensors[0]))) / x.numel()
