"""The names that modules and functions go by, and how a table shows them."""

from __future__ import annotations

import functools
from typing import Any

import torch

import dualad

from ..module import Activation

__all__ = ["described", "keys_of", "names_of"]


def names_of(thing: Any) -> list[str]:
    """The names that tell what a module or a function may be, its own class's first."""
    if isinstance(thing, Activation | dualad.Activation):
        return []
    if isinstance(thing, torch.nn.Module):
        return [c.__name__ for c in type(thing).__mro__ if issubclass(c, torch.nn.Module)][:-1]
    if isinstance(thing, functools.partial):
        return names_of(thing.func)
    # Methods belong to their object, classes are no functions; a compiled function has a name too.
    if isinstance(thing, type) or isinstance(getattr(thing, "__self__", None), torch.nn.Module):
        return []
    name = getattr(thing, "__name__", None)
    return [name] if callable(thing) and isinstance(name, str) else []


def keys_of(thing: Any) -> list[Any]:
    """What a mapping may know a module or a function by: itself, its class, or a name."""
    if isinstance(thing, torch.nn.Module):
        classes = type(thing).__mro__[:-1]
        return [k for c in classes for k in (c, f"{c.__module__}.{c.__qualname__}", c.__name__)]
    module, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
    return [thing, f"{module}.{name}", name]


def described(thing: Any) -> str:
    """A module or a function as a table shows it, in one line."""
    if isinstance(thing, torch.nn.Module):
        return f"{type(thing).__name__}({' '.join(thing.extra_repr().split())})"
    if isinstance(thing, functools.partial):
        named = [f"{name}={value!r}" for name, value in thing.keywords.items()]
        return f"{', '.join([described(thing.func), *map(repr, thing.args), *named])}"
    return str(getattr(thing, "__name__", type(thing).__name__))
