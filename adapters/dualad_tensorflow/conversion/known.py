"""The names that Keras' layers, operations and functions go by, and how a table shows them."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import keras

import dualad

from ..layer import Activation

__all__ = ["described", "keys_of", "names_of"]

NOT_SHOWN = ("name", "dtype", "trainable")


def names_of(thing: Any) -> list[str]:
    """The names that tell what something may be, its own class's first; none if it is ours."""
    if isinstance(thing, Activation | dualad.Activation):
        return []
    if isinstance(thing, keras.Operation):
        classes = type(thing).__mro__
        kinds = [c for c in classes if issubclass(c, keras.Operation)]
        return [c.__name__ for c in kinds if c not in keras.layers.Layer.__mro__]
    if isinstance(thing, functools.partial):
        return names_of(thing.func)
    # Methods belong to their object, classes are no functions.
    if isinstance(thing, type) or isinstance(getattr(thing, "__self__", None), keras.Operation):
        return []
    name = getattr(thing, "__name__", None)
    return [name] if callable(thing) and isinstance(name, str) else []


def keys_of(thing: Any) -> list[Any]:
    """What a mapping may know something by: itself, its class, or a name."""
    if isinstance(thing, keras.Operation):
        classes = type(thing).__mro__[:-1]
        return [k for c in classes for k in (c, f"{c.__module__}.{c.__qualname__}", c.__name__)]
    module, name = getattr(thing, "__module__", None), getattr(thing, "__name__", None)
    return [thing, f"{module}.{name}", name]


def described(thing: Any) -> str:
    """Something as a table shows it, in one line."""
    if isinstance(thing, keras.Operation):
        usual = inspect.signature(type(thing).__init__).parameters
        shown = [
            f"{name}={value!r}"
            for name, value in simple_config(thing).items()
            if name not in usual or usual[name].default != value
        ]
        return f"{type(thing).__name__}({', '.join(shown)})"
    if isinstance(thing, functools.partial):
        named = [f"{name}={value!r}" for name, value in thing.keywords.items()]
        return ", ".join([described(thing.func), *map(repr, thing.args), *named])
    return str(getattr(thing, "__name__", type(thing).__name__))


def simple_config(thing: Any) -> dict[str, Any]:
    """The numbers and words that a layer or an operation is made with."""
    try:
        config = thing.get_config()
    except Exception:  # a class that cannot say
        return {}
    return {
        name: value
        for name, value in config.items()
        if name not in NOT_SHOWN and type(value) in (bool, int, float, str)
    }
