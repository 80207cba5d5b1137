"""The ways to train with mish in PyTorch that are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from ..framework import Column, with_options

__all__ = ["COLUMNS", "REFERENCES", "composed_mish"]


def composed_mish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.tanh(torch.log1p(torch.exp(x)))


def composed_prelu(x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, slope * x)


REFERENCES: dict[str, Callable[..., Any]] = {"mish": composed_mish, "prelu": composed_prelu}
"""What is right: PyTorch's elementary functions, in double precision."""

COLUMNS = (
    Column("built-in", {"mish": functional.mish, "prelu": functional.prelu}),
    with_options("input", keep="input"),
    with_options("derivative", keep="derivative"),
    with_options("order=2", order=2),
    with_options("compiled", execution="compiled"),
)
