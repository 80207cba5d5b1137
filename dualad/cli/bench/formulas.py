"""The activations of the benchmarks, composed of a framework's operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Formula", "Function", "Operations", "formulas"]

Function = Callable[[Any], Any]
"""From a tensor to a tensor."""


@dataclass(frozen=True)
class Formula:
    """An activation in a framework.

    Parameters
    ----------
    composed : callable
        Of the framework's operations, as its paper or the best-known code with it writes it.
    built_in : callable, optional
        The framework's own, where it has one.
    """

    composed: Function
    built_in: Function | None = None


@dataclass(frozen=True)
class Operations:
    """What the formulas are composed of, under the framework's own names for it."""

    abs: Function
    erf: Function
    exp: Function
    log1p: Function
    pow: Callable[[Any, float], Any]
    relu: Function
    relu6: Function
    sigmoid: Function
    softplus: Function
    tanh: Function


def formulas(do: Operations, built_in: Mapping[str, Function]) -> dict[str, Formula]:
    """The activations in a framework, by the names of `dualad.activations`.

    Parameters
    ----------
    do : Operations
        The framework's, of which the activations are composed.
    built_in : mapping of str to callable
        Those that the framework has itself.
    """

    def silu(x: Any) -> Any:
        """``x sigmoid(x)``."""
        return x * do.sigmoid(x)

    def gelu_tanh(x: Any) -> Any:
        """GELU in the form that GPT-2 is trained with (Hendrycks and Gimpel, 1606.08415)."""
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * do.pow(x, 3.0))
        return 0.5 * x * (1.0 + do.tanh(inner))

    def gelu(x: Any) -> Any:
        """``x Φ(x)``."""
        return 0.5 * x * (1.0 + do.erf(x / math.sqrt(2.0)))

    def mish(x: Any) -> Any:
        """``x tanh(softplus(x))``."""
        return x * do.tanh(do.softplus(x))

    def tanhexp(x: Any) -> Any:
        """``x tanh(exp(x))``."""
        return x * do.tanh(do.exp(x))

    def serf(x: Any) -> Any:
        """``x erf(softplus(x))``."""
        return x * do.erf(do.softplus(x))

    def hardswish(x: Any) -> Any:
        """``x relu6(x + 3) / 6``."""
        return x * do.relu6(x + 3.0) / 6.0

    def softplus(x: Any) -> Any:
        """``log(1 + exp(x))``, in the form that does not overflow."""
        return do.relu(x) + do.log1p(do.exp(-do.abs(x)))

    composed = (silu, gelu_tanh, gelu, mish, tanhexp, serf, hardswish, softplus)
    return {fn.__name__: Formula(fn, built_in.get(fn.__name__)) for fn in composed}
