"""The activations of the networks, composed of a framework's operations."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dualad as da

__all__ = ["Chain", "Function", "Spelling"]

Function = Callable[[Any], Any]
"""From a tensor to a tensor."""


@dataclass(frozen=True)
class Chain:
    """An activation that is a chain of operations.

    Parameters
    ----------
    name : str
        What the tables call it.
    composed, built_in : callable
        Of the framework's operations; the framework's own.
    ours : dualad.Activation
        The same in dualad.
    """

    name: str
    composed: Function
    built_in: Function
    ours: da.Activation


@dataclass(frozen=True)
class Spelling:
    """The formulas in a framework, under whose names its operations stand here."""

    exp: Function
    log: Function
    tanh: Function

    def mish(self, x: Any) -> Any:
        """``x tanh(log(1 + exp(x)))``, as the paper writes it."""
        return x * self.tanh(self.log(1 + self.exp(x)))

    def gelu_tanh(self, x: Any) -> Any:
        """GELU's tanh form with the cube as products, each of which keeps what it multiplies."""
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1.0 + self.tanh(inner))
