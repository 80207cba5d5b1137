"""The activations of the benchmark as one writes them in PyTorch, and as it has them built in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["FORMULAS", "Formula"]

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Formula:
    """An activation in PyTorch.

    Parameters
    ----------
    composed : callable
        Of PyTorch's operations, as its paper or the best-known code with it writes it.
    built_in : callable, optional
        PyTorch's own kernel, where it has one.
    """

    composed: Function
    built_in: Function | None = None


def silu(x: Tensor) -> Tensor:
    """``x sigmoid(x)``."""
    return x * torch.sigmoid(x)


def gelu_tanh(x: Tensor) -> Tensor:
    """GELU in the form that GPT-2 is trained with (Hendrycks and Gimpel, arXiv 1606.08415)."""
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))
    return 0.5 * x * (1.0 + torch.tanh(inner))


def gelu(x: Tensor) -> Tensor:
    """``x Φ(x)``."""
    return 0.5 * x * (1.0 + torch.erf(x / math.sqrt(2.0)))


def mish(x: Tensor) -> Tensor:
    """``x tanh(softplus(x))``."""
    return x * torch.tanh(F.softplus(x))


def tanhexp(x: Tensor) -> Tensor:
    """``x tanh(exp(x))``."""
    return x * torch.tanh(torch.exp(x))


def serf(x: Tensor) -> Tensor:
    """``x erf(softplus(x))``."""
    return x * torch.erf(F.softplus(x))


def hardswish(x: Tensor) -> Tensor:
    """``x relu6(x + 3) / 6``."""
    return x * F.relu6(x + 3.0) / 6.0


def softplus(x: Tensor) -> Tensor:
    """``log(1 + exp(x))``, in the form that does not overflow."""
    return torch.relu(x) + torch.log1p(torch.exp(-torch.abs(x)))


FORMULAS = {
    "silu": Formula(silu, F.silu),
    "gelu_tanh": Formula(gelu_tanh, partial(F.gelu, approximate="tanh")),
    "gelu": Formula(gelu, F.gelu),
    "mish": Formula(mish, F.mish),
    "tanhexp": Formula(tanhexp),
    "serf": Formula(serf),
    "hardswish": Formula(hardswish, F.hardswish),
    "softplus": Formula(softplus, F.softplus),
}
"""By the names of `dualad.activations`."""
