"""The activations of the networks, each with every method."""

from __future__ import annotations

from functools import partial

import torch
from torch.nn import functional as F

from dualad.activations import gelu_tanh, mish
from dualad.cli.bench.pytorch.formulas import FORMULAS
from dualad.cli.bench.pytorch.methods import alternatives, available
from dualad.keep import Quantized

from ..chains import Chain, Function, Spelling

__all__ = ["GELU_NEW", "GELU_TANH", "MISH", "methods"]

SPELLING = Spelling(exp=torch.exp, log=torch.log, tanh=torch.tanh)
IN_PYTORCH = partial(F.gelu, approximate="tanh")

# Composed, the first keeps 24 bytes for each element in float32, the others 16.
GELU_TANH = Chain("gelu-tanh", SPELLING.gelu_tanh, IN_PYTORCH, gelu_tanh)
GELU_NEW = Chain("gelu_new", FORMULAS["gelu_tanh"].composed, IN_PYTORCH, gelu_tanh)
MISH = Chain("exp/log-mish", SPELLING.mish, F.mish, mish)


def methods(chain: Chain, device: str = "cpu") -> dict[str, Function]:
    """The methods for a chain, by name, in the order of the table.

    dualad is as it comes: in blocks where a tensor is large, whole where it is small.
    """
    found = alternatives(chain.composed, chain.built_in, dynamic=True)
    found["dualad"] = chain.ours
    kernels = chain.ours.with_options(execution="compiled")
    found["dualad compiled"] = kernels
    found["compiled, auto"] = kernels.with_options(keep="auto")
    found["compiled, 8 bits"] = kernels.with_options(keep=Quantized(8))
    found["compiled, 4 bits"] = kernels.with_options(keep=Quantized(4, "stochastic"))
    return available(found, device)
