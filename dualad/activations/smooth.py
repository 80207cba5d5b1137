"""Smooth, self-gated activations: x times something between 0 and 1."""

from __future__ import annotations

from typing import Any

from ..definition import activation
from ..functions import exp, softplus, tanh

__all__ = ["mish", "tanhexp"]


@activation
def mish(x: Any) -> Any:
    """``x tanh(softplus(x))`` (Misra 2019, arXiv 1908.08681)."""
    return x * tanh(softplus(x))


@activation
def tanhexp(x: Any) -> Any:
    """``x tanh(exp(x))`` (Liu and Di 2020, arXiv 2003.09855)."""
    return x * tanh(exp(x))
