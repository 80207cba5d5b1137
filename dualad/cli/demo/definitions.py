"""The activations of the demo: each defined here once, for every framework."""

from dataclasses import dataclass
from typing import Any

import dualad as da


@da.activation
def mish(x: Any) -> Any:
    """Return x tanh(softplus(x)) (Misra, 2019), which both frameworks have built in."""
    return x * da.tanh(da.softplus(x))


@da.activation
def tanhexp(x: Any) -> Any:
    """Return x tanh(exp(x)) (Liu and Di, 2020), which neither framework has built in."""
    return x * da.tanh(da.exp(x))


@dataclass(frozen=True)
class Definition:
    """An activation with the names that the table and the picture give it."""

    name: str
    formula: str
    activation: da.Activation


DEFINITIONS = (
    Definition("mish", "x * da.tanh(da.softplus(x))", mish),
    Definition("tanhexp", "x * da.tanh(da.exp(x))", tanhexp),
)
