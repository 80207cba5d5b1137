"""The row: everything dualad knows about one primitive.

A rule is written with the functions of a namespace ``xp``, never with NumPy's or a framework's
own: on arrays it gives the derivative, on duals the derivative of the derivative, on symbols a
line of a program.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Row", "Rule", "inside", "nothing"]

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
    kind : {"smooth", "zero", "predicate"}
        ``"zero"``: the derivative is zero wherever there is one. ``"predicate"``: the result is
        boolean and carries no tangent.
    arity : int
        The number of arguments.
    parameters : tuple of str
        Their names in documentation and, for the optional ones, in calls by keyword.
    neutral : tuple of float
        One for each of the last arguments, which are optional: the number that has the effect of
        an argument that is not given.
    tangent : callable, optional
        ``tangent(xp, arguments, result, tangents)`` where the sum of partial derivative times
        tangent is not the most exact way; an absent tangent is None.
    written : callable, optional
        ``written(xp, *arguments)``: the function in terms of others, for a backend without it.
    opaque : bool
        `written` runs on arrays only, not on symbols: a program calls it as it is.
    singular : bool or callable
        The derivative is infinite, or undefined, where the value is finite: there a tangent that is
        zero stays zero instead of becoming NaN. Not so where the value is infinite too, as that of
        a logarithm at zero: nothing that is computed of it has a derivative.
    logical : bool
        The arguments are truth values.
    integer : bool
        The arguments are integers or truth values, and nothing else.
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
        Within how many ulp the first and the second derivative are, over the whole domain; infinite
        where terms cancel at a zero, and the error is measured against the larger of them.
    reason : str
        Why it is not more exact, for the documentation.
    """

    name: str
    first: tuple[Rule, ...] = ()
    second: tuple[tuple[Rule, ...], ...] = ()
    kind: Literal["smooth", "zero", "predicate"] = "smooth"
    arity: int = 1
    parameters: tuple[str, ...] = ()
    neutral: tuple[float, ...] = ()
    tangent: Callable[..., Any] | None = None
    written: Callable[..., Any] | None = None
    opaque: bool = False
    singular: bool | Callable[..., bool] = False
    logical: bool = False
    integer: bool = False
    operator: str | None = None
    formula: str = ""
    derivative: str = ""
    domain: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()
    probes: tuple[float, ...] = (0.0,)
    ulp: tuple[float, float] = (4.0, 16.0)
    reason: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return self.parameters or ("x", "y")[: self.arity]

    @property
    def required(self) -> int:
        """How many arguments have to be given."""
        return self.arity - len(self.neutral)

    def bind(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, None for an optional one that is not given.

        Raises
        ------
        TypeError
            They are too few or too many, or a keyword is unknown or given twice.
        """
        optional = self.names[self.required :]
        if not self.required <= len(arguments) <= self.arity:
            least = f"{self.required} to " if optional else ""
            raise TypeError(
                f"da.{self.name} takes {least}{self.arity} argument(s), got {len(arguments)}"
            )
        by_keyword = dict.fromkeys(self.names[len(arguments) :])
        for keyword, value in keywords.items():
            if keyword not in optional:
                names = f": {', '.join(optional)}" if optional else ""
                raise TypeError(
                    f"da.{self.name} has no keyword {keyword!r}; by keyword it takes "
                    f"{'only' if optional else 'nothing'}{names}"
                )
            if keyword not in by_keyword:
                raise TypeError(f"da.{self.name} got {keyword!r} by position and by keyword")
            by_keyword[keyword] = value
        return (*arguments, *by_keyword.values())

    def filled(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """Arguments from `bind`, with the neutral number for each that is not given."""
        numbers = (None,) * self.required + self.neutral
        return tuple(n if a is None else a for a, n in zip(arguments, numbers, strict=True))


def nothing(xp: Any, *_: Any) -> float:
    """The constant zero."""
    return 0.0


def inside(xp: Any, x: Any, allowed: Any) -> Any:
    """``x`` where it is allowed and NaN elsewhere, and with it all that is computed from it.

    The derivative of a function outside its domain: a formula such as 1 / x does not know it.
    """
    # Not a constant there: the next derivative is to be NaN too.
    return xp.where(allowed, x, math.nan * x)
