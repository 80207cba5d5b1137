"""An activation's arguments and results: checked defaults, floating numbers, full shapes."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .scalars import is_scalar

__all__ = ["beside_tensors", "bound", "default_values", "floating", "full"]


def default_values(
    definition: Callable[..., Any], signature: inspect.Signature
) -> dict[str, float]:
    """The default values, checked: an activation has plain arguments, defaults are numbers."""
    name = getattr(definition, "__name__", repr(definition))
    defaults = {}
    for parameter in signature.parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise TypeError(
                f"{name}: {parameter} is no plain argument; an activation takes a fixed number of "
                "arrays, in order"
            )
        if parameter.default is not parameter.empty:
            if not is_scalar(parameter.default):
                raise TypeError(
                    f"{name}: the default of {parameter.name} is a number, got "
                    f"{parameter.default!r}"
                )
            defaults[parameter.name] = parameter.default
    if not signature.parameters:
        raise TypeError(f"{name}: an activation has at least one argument")
    return defaults


def beside_tensors(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with NumPy's scalars as the numbers they are."""
    return tuple(v.item() if isinstance(v, np.generic) else v for v in values)


def floating(xp: Any, value: Any) -> Any:
    """An argument as floating point: integers in the default dtype, numbers as they are."""
    if is_scalar(value) or "float" in str(value.dtype):
        return value
    if xp.isdtype(value.dtype, ("integral", "bool")):
        return value * 1.0
    raise TypeError(f"an activation takes real numbers, got an array of dtype {value.dtype}")


def full(xp: Any, result: Any, values: tuple[Any, ...]) -> Any:
    """A result in the broadcast shape of the arguments, and never one of them itself."""
    arrays = [v for v in values if not is_scalar(v)]
    shape = np.broadcast_shapes(*(tuple(a.shape) for a in arrays))
    if is_scalar(result):
        return functools.reduce(operator.add, map(xp.zeros_like, arrays)) + result
    if tuple(result.shape) == shape and not any(result is a for a in arrays):
        return result
    return xp.broadcast_to(result, shape) * 1.0


def bound(
    name: str,
    parameters: Sequence[str],
    defaults: Mapping[str, Any],
    arguments: Sequence[Any],
    named: Mapping[str, Any],
) -> tuple[Any, ...]:
    """All arguments of a call in the order of the parameters, defaults filled in.

    Raises
    ------
    TypeError
        An argument is missing, or there is one too many.
    """
    values = list(arguments)
    if len(values) > len(parameters):
        raise TypeError(f"{name} takes {len(parameters)} argument(s), got {len(values)}")
    for parameter in parameters[len(values) :]:
        if parameter in named:
            values.append(named[parameter])
        elif parameter in defaults:
            values.append(defaults[parameter])
        else:
            raise TypeError(f"{name} misses the argument {parameter!r}")
    for given in named:
        if given not in parameters[len(arguments) :]:
            raise TypeError(f"{name} got an unexpected or repeated argument {given!r}")
    return tuple(values)
