"""Which activations a class or a function may be, by its name.

A name is a guess and no more: what it suggests is compared with the original, value and gradient,
before anything is replaced. So names may be recognised generously, and no package is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import activations
from ..definition import Activation

__all__ = ["Candidate", "Choice", "checked", "known", "looked_up"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """An activation that something may be, with values that its name implies."""

    activation: Activation
    values: Mapping[str, float] = field(default_factory=dict)


Choice = Activation | Callable[[Any], Any]
"""What a mapping says: an activation, or a function from the original to one."""

GELU = (
    Candidate(activations.gelu),
    Candidate(activations.gelu_tanh),
    Candidate(activations.swish, {"beta": 1.702}),  # Hendrycks and Gimpel's quick approximation
)
SWISH = (Candidate(activations.silu), Candidate(activations.swish))
LEAKY = Candidate(activations.leaky_relu)
SLOPES = (0.2, 0.3)  # Keras' function and its layer, where PyTorch has 0.01
FAMILIES = ("gelu", "gelu_tanh", "leaky_relu", "relu", "silu", "swish", "swiglu", "geglu", "reglu")

KNOWN: dict[str, tuple[Candidate, ...]] = {
    "gelu": GELU,
    "silu": SWISH,
    "swish": SWISH,
    "relu": (Candidate(activations.relu), Candidate(activations.relu6), LEAKY),
    "leakyrelu": (
        LEAKY,
        *(Candidate(activations.leaky_relu, {"negative_slope": s}) for s in SLOPES),
    ),
    "hswish": (Candidate(activations.hardswish),),
    "hsilu": (Candidate(activations.hardswish),),
    "hardsilu": (Candidate(activations.hardswish),),
    "hsigmoid": (Candidate(activations.hardsigmoid),),
    "lrelu": (LEAKY,),
    **{
        name.replace("_", ""): (Candidate(getattr(activations, name)),)
        for name in activations.__all__
        if name not in FAMILIES
    },
}

# HardSwishJitAutoFn, MemoryEfficientMish, NewGELUActivation, gelu_pytorch_tanh, SwishMe, ...
AFFIX = (
    "accurate|act|activation|approx|approximate|approximation|auto|basic|beta|custom|efficient|"
    "erf|exact|fast|fn|func|function|h|hand|impl|implementation|jit|keras|layer|learnable|learned|"
    "me|mem|memory|mod|module|my|naive|native|new|op|own|parametric|plain|python|pytorch|quick|"
    "simple|tanh|tensorflow|tf|torch|trainable|v|with|written|[0-9]"
)
NAME = re.compile(rf"(?:{AFFIX})*?({'|'.join(sorted(KNOWN, key=len, reverse=True))})(?:{AFFIX})*")


def known(names: Iterable[str]) -> tuple[Candidate, ...]:
    """What something may be, by its names: the first that is known."""
    for name in names:
        found = NAME.fullmatch(name.lower().replace("_", ""))
        if found:
            return KNOWN[found[1]]
    return ()


def looked_up(keys: Iterable[Any], mapping: Mapping[Any, Choice]) -> Choice | None:
    """What a user's mapping says: the first of the keys that it has and that can be one."""
    for key in keys:
        try:
            if key in mapping:
                return mapping[key]
        except TypeError:  # not hashable
            continue
    return None


def checked(mapping: Mapping[Any, Any] | None, layers: type) -> Mapping[Any, Choice]:
    """A user's mapping, if it is one.

    Parameters
    ----------
    mapping : mapping, optional
        From what is to be replaced to what takes its place.
    layers : type
        The framework's own kind of layer, which no mapping leads to.

    Raises
    ------
    TypeError
        A key or a value is of no use.
    """
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping):
        raise TypeError(
            "mapping: a dict from a class, a function or a name to an activation is wanted, got "
            f"{type(mapping).__name__}"
        )
    for key, choice in mapping.items():
        if not (isinstance(key, str) or callable(key)):
            raise TypeError(f"mapping: a key is a class, a function or a name, got {key!r}")
        if isinstance(choice, (type, layers)) or not callable(choice):
            name = key if isinstance(key, str) else getattr(key, "__name__", repr(key))
            raise TypeError(
                f"mapping: {name} maps to a dualad activation or to a function from the "
                f"original to one, got {choice!r}"
            )
    return mapping
