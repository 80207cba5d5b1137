"""Which activations a class or a function may be, by its name.

A name is a guess and no more: what it suggests is compared with the module, value and gradient,
before anything is replaced. So names may be recognised generously, and no package is imported.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

import dualad
from dualad import activations

from ..module import Activation

__all__ = ["Candidate", "Choice", "candidates", "chosen", "described"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """An activation that a module may be, with values that its name implies."""

    activation: dualad.Activation
    values: Mapping[str, float] = field(default_factory=dict)


Choice = dualad.Activation | Callable[[Any], Any]
"""What a mapping says: an activation, or a function from the module to one."""

GELU = (
    Candidate(activations.gelu),
    Candidate(activations.gelu_tanh),
    Candidate(activations.swish, {"beta": 1.702}),  # Hendrycks and Gimpel's quick approximation
)
SWISH = (Candidate(activations.silu), Candidate(activations.swish))

KNOWN: dict[str, tuple[Candidate, ...]] = {
    "gelu": GELU,
    "silu": SWISH,
    "swish": SWISH,
    "hswish": (Candidate(activations.hardswish),),
    "hsigmoid": (Candidate(activations.hardsigmoid),),
    "lrelu": (Candidate(activations.leaky_relu),),
    **{
        name.replace("_", ""): (Candidate(getattr(activations, name)),)
        for name in activations.__all__
        if name not in ("gelu", "gelu_tanh", "silu", "swish", "swiglu", "geglu", "reglu")
    },
}

# HardSwishJitAutoFn, MemoryEfficientMish, NewGELUActivation, gelu_pytorch_tanh, SwishMe, ...
AFFIX = (
    "accurate|act|activation|approx|approximate|approximation|auto|basic|beta|custom|efficient|"
    "erf|exact|fast|fn|func|function|h|hand|impl|implementation|jit|layer|learnable|learned|me|"
    "mem|memory|mod|module|my|naive|native|new|op|own|parametric|plain|python|pytorch|quick|"
    "simple|tanh|torch|trainable|v|with|written|[0-9]"
)
NAME = re.compile(rf"(?:{AFFIX})*?({'|'.join(sorted(KNOWN, key=len, reverse=True))})(?:{AFFIX})*")


def candidates(thing: Any) -> tuple[Candidate, ...]:
    """What a module or a function may be, by its name or that of a class it derives from."""
    for name in _names(thing):
        found = NAME.fullmatch(name.lower().replace("_", ""))
        if found:
            return KNOWN[found[1]]
    return ()


def chosen(thing: Any, mapping: Mapping[Any, Choice]) -> Choice | None:
    """What a user's mapping says for a module or a function: by itself, its class, or a name."""
    if isinstance(thing, torch.nn.Module):
        classes = type(thing).__mro__[:-1]
        keys: list[Any] = [
            k for c in classes for k in (c, f"{c.__module__}.{c.__qualname__}", c.__name__)
        ]
    else:
        module, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
        keys = [thing, f"{module}.{name}", name] if _hashable(thing) else [name]
    return next((mapping[key] for key in keys if key in mapping), None)


def described(thing: Any) -> str:
    """A module or a function as a table shows it, in one line."""
    if isinstance(thing, torch.nn.Module):
        return f"{type(thing).__name__}({' '.join(thing.extra_repr().split())})"
    if isinstance(thing, functools.partial):
        named = [f"{name}={value!r}" for name, value in thing.keywords.items()]
        return f"{', '.join([described(thing.func), *map(repr, thing.args), *named])}"
    return str(getattr(thing, "__name__", type(thing).__name__))


def _names(thing: Any) -> list[str]:
    if isinstance(thing, Activation | dualad.Activation):
        return []
    if isinstance(thing, torch.nn.Module):
        return [c.__name__ for c in type(thing).__mro__ if issubclass(c, torch.nn.Module)][:-1]
    if isinstance(thing, functools.partial):
        return _names(thing.func)
    # Methods belong to their object, classes are no functions; a compiled function has a name too.
    if isinstance(thing, type) or isinstance(getattr(thing, "__self__", None), torch.nn.Module):
        return []
    name = getattr(thing, "__name__", None)
    return [name] if callable(thing) and isinstance(name, str) else []


def _hashable(thing: Any) -> bool:
    try:
        hash(thing)
    except TypeError:
        return False
    return True
