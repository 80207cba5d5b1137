"""PyTorch's own functions, where it has one for an activation with the numbers of `Case`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["BUILT_IN"]


def _prelu(x: Tensor) -> Tensor:
    return F.prelu(x, torch.full((1,), 0.25))


BUILT_IN: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "celu": ("F.celu", F.celu),
    "elu": ("F.elu", F.elu),
    "gelu": ("F.gelu", F.gelu),
    "gelu_tanh": ("F.gelu, tanh", partial(F.gelu, approximate="tanh")),
    "hardshrink": ("F.hardshrink", F.hardshrink),
    "hardsigmoid": ("F.hardsigmoid", F.hardsigmoid),
    "hardswish": ("F.hardswish", F.hardswish),
    "hardtanh": ("F.hardtanh", F.hardtanh),
    "leaky_relu": ("F.leaky_relu", F.leaky_relu),
    "log_sigmoid": ("F.logsigmoid", F.logsigmoid),
    "mish": ("F.mish", F.mish),
    "prelu": ("F.prelu", _prelu),
    "relu": ("F.relu", F.relu),
    "relu6": ("F.relu6", F.relu6),
    "selu": ("F.selu", F.selu),
    "sigmoid": ("torch.sigmoid", torch.sigmoid),
    "silu": ("F.silu", F.silu),
    "softplus": ("F.softplus", F.softplus),
    "softshrink": ("F.softshrink", F.softshrink),
    "softsign": ("F.softsign", F.softsign),
    "swish": ("F.silu", F.silu),
    "tanh": ("torch.tanh", torch.tanh),
    "tanhshrink": ("F.tanhshrink", F.tanhshrink),
    "threshold": ("F.threshold", partial(F.threshold, threshold=1.0, value=0.0)),
}
"""By the names of `dualad.activations`: how it is called, and the function."""
