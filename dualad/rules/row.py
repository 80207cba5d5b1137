"""The row: everything dualad knows about one primitive.

A rule is written with the functions of a namespace ``xp``, never with NumPy's or a framework's
own: on arrays it gives the derivative, on duals the derivative of the derivative, on symbols a
line of a program.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Row", "Rule", "nothing"]

Rule = Callable[..., Any]
"""``rule(xp, *arguments, result)``: a derivative, given the arguments and the primitive's value."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is known about one primitive.

    Parameters
    ----------
    name : str
        The name in the Array API standard, where the function is in it.
    first : tuple of Rule
        The partial derivative by each argument. Empty where `kind` or `tangent` says it all.
    second : tuple of tuple of Rule
        The second derivatives: ``second[i][j]`` by arguments ``i`` and ``j``, for ``j <= i``.
    kind : {"smooth", "linear", "zero", "predicate"}
        ``"linear"``: the tangent goes through the same function. ``"zero"``: the derivative is zero
        wherever there is one. ``"predicate"``: the result is boolean and carries no tangent.
    arity : int
        The number of arguments.
    tangent : callable, optional
        ``tangent(xp, arguments, result, tangents)`` where the sum of partial derivative times
        tangent is not the most exact way; an absent tangent is None.
    written : callable, optional
        ``written(xp, *arguments)``: the function in terms of others, for a backend without it.
    singular : bool
        The derivative is infinite somewhere inside the closed domain: there a tangent that is zero
        stays zero instead of becoming NaN.
    logical : bool
        The arguments are truth values.
    operator : str, optional
        The Python operator that means this function: ``"add"`` for ``__add__``, and, but for
        predicates, ``__radd__``.
    formula, derivative : str
        The mathematics, for the documentation.
    domain : tuple of float
        The closed interval of the first argument in which the function is real.
    kinks : tuple of float
        Where the first derivative jumps, by the first argument.
    probes : tuple of float
        Where a careless derivative goes wrong: the tests look there.
    ulp : tuple of float
        Within how many ulp the first and the second derivative are, over the whole domain.
    """

    name: str
    first: tuple[Rule, ...] = ()
    second: tuple[tuple[Rule, ...], ...] = ()
    kind: Literal["smooth", "linear", "zero", "predicate"] = "smooth"
    arity: int = 1
    tangent: Callable[..., Any] | None = None
    written: Callable[..., Any] | None = None
    singular: bool = False
    logical: bool = False
    operator: str | None = None
    formula: str = ""
    derivative: str = ""
    domain: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()
    probes: tuple[float, ...] = (0.0,)
    ulp: tuple[float, float] = (4.0, 16.0)


def nothing(xp: Any, *_: Any) -> float:
    """The constant zero."""
    return 0.0
