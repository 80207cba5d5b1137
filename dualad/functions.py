"""The public functions, made from the table: ``da.exp(x)`` on anything that has a namespace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .dual import Dual
from .dual.row_rules import apply
from .namespace import array_namespace
from .protocols.operators import Number
from .rules import ROWS, Row

__all__ = ["FUNCTIONS", "make"]

DOCSTRING = """{formula}, element-wise.

Parameters
----------
{parameters}

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


def make(row: Row) -> Callable[..., Any]:
    """The public function of a row."""
    name, arity = row.name, row.arity

    def function(*arguments: Any, **keywords: Any) -> Any:
        if arity == 1 and len(arguments) == 1 and type(arguments[0]) is Dual and not keywords:
            # No namespace to look for: a third of the time of a small call.
            return apply(row, arguments[0])
        if keywords or len(arguments) != arity:
            arguments = row.bind(arguments, keywords)
        if not row.neutral:
            return getattr(array_namespace(*arguments), name)(*arguments)
        given = [a for a in arguments if a is not None]
        # Numbers with a tangent and symbols know no absent argument; an array of integers would
        # become one of floats by an infinite number.
        if any(isinstance(a, Number) for a in given):
            arguments = row.filled(arguments)
        return getattr(array_namespace(*given), name)(*arguments)

    function.__name__ = function.__qualname__ = name
    function.__module__ = "dualad"  # where it is public, so that it can be pickled
    function.__signature__ = _signature(row)  # type: ignore[attr-defined]
    function.autograph_info__ = None  # type: ignore[attr-defined]  # as an activation has it
    notes = [f"Derivative: {row.derivative}." if row.derivative else "It has no derivative."]
    if row.kinks:
        notes.append(f"Kinks at {', '.join(f'{k:g}' for k in row.kinks)}.")
    function.__doc__ = DOCSTRING.format(
        name=row.name,
        arguments=", ".join([_example(row)] * arity),
        formula=row.formula,
        parameters=_parameters(row),
        notes=" ".join(notes),
    )
    return function


def _example(row: Row) -> str:
    """An argument inside the domain."""
    if row.integer:
        return "np.ones(3, int)"
    low, high = row.domain
    return "np.ones(3)" if low < 1.0 < high else "np.zeros(3)" if low < 0.0 else "np.full(3, 2.0)"


def _signature(row: Row) -> inspect.Signature:
    """By position what is required, by keyword too what is optional, as in the standard."""
    required = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY)
        for name in row.names[: row.required]
    ]
    optional = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
        for name in row.names[row.required :]
    ]
    return inspect.Signature(required + optional)


def _parameters(row: Row) -> str:
    """The parameters, for the docstring."""
    text = f"{', '.join(row.names[: row.required])} : array, Dual, HyperDual or number"
    text += "\n    Of any shape; several arguments broadcast."
    if row.neutral:
        text += f"\n{', '.join(row.names[row.required :])} : array, Dual, HyperDual, number or None"
        text += "\n    Optional; None is as if it were not given."
    return text


FUNCTIONS: dict[str, Callable[..., Any]] = {row.name: make(row) for row in ROWS}
"""Every public element-wise function by its name."""

if TYPE_CHECKING:
    # The functions are made from the table: type checkers learn here that they are there.
    def __getattr__(name: str) -> Callable[..., Any]: ...


# Last, for some of them have the names of Python's own functions.
globals().update(FUNCTIONS)
