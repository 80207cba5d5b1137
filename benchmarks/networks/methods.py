"""The activations of the networks, each with every method."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

import dualad as da
from dualad.activations import gelu_tanh, mish
from dualad.cli.bench import torch_formulas
from dualad.cli.bench.torch_methods import alternatives, available

__all__ = ["COMPOSED", "GELU_NEW", "GELU_TANH", "MISH", "Chain", "methods"]

Function = Callable[[Tensor], Tensor]

COMPOSED = "composed"


@dataclass(frozen=True)
class Chain:
    """An activation that is a chain of operations.

    Parameters
    ----------
    name : str
        What the tables call it.
    composed, built_in : callable
        Of PyTorch's operations; PyTorch's own kernel.
    ours : dualad.Activation
        The same in dualad.
    """

    name: str
    composed: Function
    built_in: Function
    ours: da.Activation


def mish_exp_log(x: Tensor) -> Tensor:
    """``x tanh(log(1 + exp(x)))``, as the paper writes it."""
    return x * torch.tanh(torch.log(1 + torch.exp(x)))


def gelu_tanh_products(x: Tensor) -> Tensor:
    """GELU's tanh form with the cube as products, each of which keeps what it multiplies."""
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)
    return 0.5 * x * (1.0 + torch.tanh(inner))


IN_PYTORCH = partial(F.gelu, approximate="tanh")

# Composed, the first keeps 24 bytes for each element in float32, the others 16.
GELU_TANH = Chain("gelu-tanh", gelu_tanh_products, IN_PYTORCH, gelu_tanh)
GELU_NEW = Chain("gelu_new", torch_formulas.gelu_tanh, IN_PYTORCH, gelu_tanh)
MISH = Chain("exp/log-mish", mish_exp_log, F.mish, mish)


def methods(chain: Chain, device: str = "cpu") -> dict[str, Function]:
    """The methods for a chain, by name, in the order of the table.

    dualad is as it comes: in blocks where a tensor is large, whole where it is small.
    """
    found = alternatives(chain.composed, chain.built_in, dynamic=True)
    found["dualad"] = chain.ours
    found["dualad compiled"] = chain.ours.with_options(execution="compiled")
    return available(found, device)
