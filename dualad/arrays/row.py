"""The row of an array function: how a tangent goes through what is not element-wise.

A tangent is an array, a dual number, a batch of `Directions` or a recorded `Linear` map, so a rule
says ``xp.reshape(dx, shape)`` and never asks which. What only few kinds of tangent have of their
own is written out in the core functions that all of them have:

    sum reshape permute_dims broadcast_to getitem scatter concat cumulative_sum matmul solve

and the element-wise ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["ArrayRow", "Refusal"]


class Refusal(TypeError):
    """A function has no derivative here: the message says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class ArrayRow:
    """What is known about one array function.

    Parameters
    ----------
    name : str
        The name in the Array API standard, where the function is in it.
    kind : {"linear", "bilinear", "smooth", "follows", "constant", "composed", "refused"}
        ``"linear"``: the tangent goes through the same function. ``"bilinear"``: linear in each of
        two arrays. ``"smooth"``: `tangent` says it. ``"follows"``: elements are selected or put in
        order, and a tangent follows its value. ``"constant"``: integers or truth values, without
        tangent. ``"composed"``: `written` is run on the duals. ``"refused"``: there is no rule.
    arrays : int
        How many leading arguments are arrays; 0: the first one is a sequence of arrays; -1: all
        positional arguments are.
    tangent : callable, optional
        ``tangent(xp, result, arrays, tangents, *rest, **options)``; for ``"follows"`` it gives
        what selects: ``tangent(xp, array, *rest, **options)`` returns a function of a tangent.
    written : callable, optional
        ``written(xp, *arguments, **options)``: the function in terms of others.
    extension : str
        The namespace within the namespace: ``"linalg"``, or none.
    signature : str
        The arguments, for the documentation.
    summary : str
        What the function does, in one line.
    derivative : str
        The tangent of the result, for the documentation.
    """

    name: str
    kind: Literal["linear", "bilinear", "smooth", "follows", "constant", "composed", "refused"]
    arrays: int = 1
    tangent: Callable[..., Any] | None = None
    written: Callable[..., Any] | None = None
    extension: str = ""
    signature: str = "x"
    summary: str = ""
    derivative: str = ""

    @property
    def title(self) -> str:
        """The name with its extension."""
        return f"{self.extension}.{self.name}" if self.extension else self.name

    def of(self, xp: Any) -> Callable[..., Any]:
        """The function itself, in the namespace ``xp``."""
        home = getattr(xp, self.extension) if self.extension else xp
        return getattr(home, self.name)  # type: ignore[no-any-return]
