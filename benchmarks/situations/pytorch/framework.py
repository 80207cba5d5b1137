"""PyTorch's situations, to which each theme adds its own."""

from __future__ import annotations

import torch
from torch.autograd.gradcheck import GradcheckError

import dualad_torch

from ..framework import Framework
from .columns import COLUMNS, REFERENCES

__all__ = ["FRAMEWORK", "situation"]

FRAMEWORK = Framework(
    "PyTorch",
    COLUMNS,
    REFERENCES,
    adapter=dualad_torch,
    reset=torch.compiler.reset,
    says_wrong=lambda e: isinstance(e, GradcheckError) and "mismatch" in str(e),
)

situation = FRAMEWORK.situation
