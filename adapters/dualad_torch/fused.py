"""The functions that programs call where Inductor makes a kernel of them."""

from __future__ import annotations

from types import SimpleNamespace

import array_api_compat.torch as standard
import torch

from dualad.fused import fusing
from dualad.namespace import Namespace

from .corrected import CORRECTED
from .functions import NATIVE, PROGRAMS

__all__ = ["dialect"]

FUNCTIONS = SimpleNamespace(
    exp=torch.exp,
    where=torch.where,
    copysign=torch.copysign,
    at_least=torch.clamp_min,
    at_most=torch.clamp_max,
)

dialect: Namespace = Namespace(
    "torch, compiled",
    standard,
    native={**NATIVE, **CORRECTED},
    programs={
        **PROGRAMS,
        "erfc": None,
        **fusing(
            FUNCTIONS,
            lambda: dialect,
            lambda x: x.dtype == torch.float64,
            {**NATIVE, **PROGRAMS},
        ),
    },
)
