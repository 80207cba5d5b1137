"""The ways to train with mish that are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from dualad.activations import mish, prelu

__all__ = ["COLUMNS", "REFERENCES", "Column"]


def composed_mish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.tanh(torch.log1p(torch.exp(x)))


def composed_prelu(x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    return torch.where(x > 0, x, slope * x)


REFERENCES: dict[str, Callable[..., Any]] = {"mish": composed_mish, "prelu": composed_prelu}
"""What is right: PyTorch's elementary functions, in double precision."""


@dataclass(frozen=True)
class Column:
    """A way to train with an activation.

    Parameters
    ----------
    name : str
        Its heading.
    options : dict or None
        The options of the activation; None for PyTorch's own.
    """

    name: str
    options: dict[str, Any] | None

    def function(self, name: str) -> Callable[..., Any]:
        """Mish or PReLU in this way."""
        if self.options is None:
            return {"mish": functional.mish, "prelu": functional.prelu}[name]
        return {"mish": mish, "prelu": prelu}[name].with_options(**self.options)


COLUMNS = {
    column.name: column
    for column in (
        Column("built-in", None),
        Column("input", {"keep": "input"}),
        Column("derivative", {"keep": "derivative"}),
        Column("order=2", {"order": 2}),
        Column("compiled", {"execution": "compiled"}),
    )
}
