"""PyTorch as a backend."""

from __future__ import annotations

import array_api_compat.torch as standard

from dualad.namespace import Namespace

from .blocks import TorchBlocks
from .compiled import TorchCompiler
from .functions import NATIVE, PROGRAMS, computing_dtype, number, result_dtype

__all__ = ["namespace"]

namespace = Namespace(
    "torch",
    standard,
    native=NATIVE,
    programs=PROGRAMS,
    blocks=TorchBlocks(),
    compiler=TorchCompiler(),
    computing_dtype=computing_dtype,
    result_dtype=result_dtype,
    number=number,
)
