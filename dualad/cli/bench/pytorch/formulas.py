"""The activations as one composes them in PyTorch, and as it has them built in."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional as F

from ..formulas import Operations, formulas

__all__ = ["FORMULAS"]

FORMULAS = formulas(
    Operations(
        abs=torch.abs,
        erf=torch.erf,
        exp=torch.exp,
        log1p=torch.log1p,
        pow=torch.pow,
        relu=torch.relu,
        relu6=F.relu6,
        sigmoid=torch.sigmoid,
        softplus=F.softplus,
        tanh=torch.tanh,
    ),
    built_in={
        "silu": F.silu,
        "gelu_tanh": partial(F.gelu, approximate="tanh"),
        "gelu": F.gelu,
        "mish": F.mish,
        "hardswish": F.hardswish,
        "softplus": F.softplus,
    },
)
"""By the names of `dualad.activations`."""
