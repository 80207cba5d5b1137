"""The public array functions, made from the array table: ``da.sum(x)``, ``da.linalg.inv(x)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arrays import ARRAY_ROWS, ArrayRow
from .namespace import array_namespace
from .protocols.operators import Number

__all__ = ["EXTENSION", "FUNCTIONS"]

INTERNAL = frozenset(("getitem", "scatter", "euclidean_norm", "magnitude", "running_exponents"))
"""What is written as indexing, and its transpose; what translations and rules are made of."""

DOCSTRING = """{summary}.

``{title}({signature})``, as in the Array API standard.

Parameters
----------
{parameters}
    Of any backend, all of one.
*rest, **options
    As the standard has them.

Returns
-------
array, Dual or HyperDual
    {result}

Raises
------
TypeError
    An argument is no array, arrays of two libraries are mixed{refusal}.

Notes
-----
{derivative}
"""

NOTES = {
    "linear": "The tangent goes through the same function.",
    "bilinear": "Derivative: the function of dx and y plus the function of x and dy.",
    "constant": "It has no derivative: a tangent ends here.",
    "refused": "It has no derivative rule: it takes dual numbers without tangent only.",
}


def _make(row: ArrayRow) -> Callable[..., Any]:
    def function(*arguments: Any, **options: Any) -> Any:
        if row.arrays == 0:
            operands = arguments[0]
        else:
            operands = arguments if row.arrays < 0 else arguments[: row.arrays]
        if not operands:
            raise TypeError(f"da.{row.title} takes arrays; got none")
        if row.arrays == 1 and isinstance(operands[0], list | tuple):
            arguments = (_stacked(operands[0]), *arguments[1:])
            operands = arguments[:1]
        return row.of(array_namespace(*operands))(*arguments, **options)

    function.__name__ = row.name
    function.__qualname__ = row.title
    # Where it is public, so that it can be pickled.
    function.__module__ = f"dualad.{row.extension}" if row.extension else "dualad"
    function.autograph_info__ = None  # type: ignore[attr-defined]  # as an activation has it
    names = row.signature.replace("*", "").split(", ")
    function.__doc__ = DOCSTRING.format(
        summary=row.summary,
        title=row.title,
        signature=row.signature,
        parameters=f"{', '.join(names[: max(row.arrays, 1)])} : "
        + ("sequence of array" if row.arrays == 0 else "array, Dual or HyperDual"),
        result="Integers or truth values."
        if row.kind == "constant"
        else "As the backend gives it.",
        refusal=", or an argument has a tangent" if row.kind == "refused" else "",
        derivative=NOTES.get(row.kind) or f"Derivative: {row.derivative}.",
    )
    return function


def _stacked(numbers: Any) -> Any:
    """A list of dual numbers as one array of them; of anything else NumPy's array must be made."""
    if any(isinstance(n, Number) for n in numbers):
        return FUNCTIONS["stack"](numbers)
    return numbers


FUNCTIONS: dict[str, Callable[..., Any]] = {
    row.name: _make(row) for row in ARRAY_ROWS if not row.extension and row.name not in INTERNAL
}
"""Every public array function by its name."""

EXTENSION: dict[str, Callable[..., Any]] = {
    row.name: _make(row) for row in ARRAY_ROWS if row.extension == "linalg"
}
"""Those of linear algebra, which stand in ``da.linalg``."""
