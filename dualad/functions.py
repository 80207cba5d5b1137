"""The public functions, made from the table: ``da.exp(x)`` on anything that has a namespace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .namespace import array_namespace
from .rules import ROWS, Row

PARAMETERS = {1: "x", 2: "x, y", 3: "condition, x, y"}

DOCSTRING = """{formula}, element-wise.

Parameters
----------
{parameters} : array, Dual, HyperDual or number
    Of any shape; several arguments broadcast.

Returns
-------
array, Dual or HyperDual
    Of the broadcast shape, in the dtype that the backend gives.

Raises
------
TypeError
    An argument is no array, or arrays of two libraries are mixed.

Notes
-----
{notes}

Examples
--------
>>> import numpy as np
>>> import dualad as da
>>> da.{name}({arguments}).shape
(3,)
"""


def _make(row: Row) -> Callable[..., Any]:
    name = row.name

    def function(*arguments: Any) -> Any:
        if len(arguments) != row.arity:
            raise TypeError(f"da.{name} takes {row.arity} argument(s), got {len(arguments)}")
        return getattr(array_namespace(*arguments), name)(*arguments)

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    kind = inspect.Parameter.POSITIONAL_ONLY
    names = PARAMETERS[row.arity].split(", ")
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(n, kind) for n in names]
    )
    notes = [f"Derivative: {row.derivative}." if row.derivative else "It has no derivative."]
    if row.kinks:
        notes.append(f"Kinks at {', '.join(f'{k:g}' for k in row.kinks)}.")
    function.__doc__ = DOCSTRING.format(
        name=row.name,
        arguments=", ".join(["np.ones(3)"] * row.arity),
        formula=row.formula,
        parameters=PARAMETERS[row.arity],
        notes=" ".join(notes),
    )
    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {row.name: _make(row) for row in ROWS}
"""Every public element-wise function by its name."""

if TYPE_CHECKING:
    # The functions are made from the table: type checkers learn here that they are there.
    def __getattr__(name: str) -> Callable[..., Any]: ...


globals().update(FUNCTIONS)
__all__ = ["FUNCTIONS", *FUNCTIONS]
