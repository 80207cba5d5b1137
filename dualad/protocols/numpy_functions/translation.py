"""One function of another library, in the functions of the standard."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

__all__ = ["Translation", "Translations", "as_array", "cast"]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Translation:
    """A function with the calling convention that it has in its library.

    Parameters
    ----------
    function : callable
        ``function(xp, *arguments, **options)``, in the functions of the namespace ``xp``.
    order : tuple of str
        The parameters by position, as the library has them.
    reordered : bool
        `function` has them otherwise, and takes them by name.
    known : frozenset of str
        The parameters that `function` honours.
    variadic : bool
        It takes any number of positional arguments.
    """

    function: Callable[..., Any]
    order: tuple[str, ...]
    reordered: bool
    known: frozenset[str]
    variadic: bool

    def bind(
        self, arguments: Sequence[Any], options: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], list[str]]:
        """The arguments of `function`, and the names of those that it does not know.

        An argument that says no more than its absence would is left out.
        """
        if not options and len(arguments) <= (1 if self.reordered else len(self.order)):
            return tuple(arguments), {}, []
        by_name = dict(options)
        positional = tuple(arguments)
        if len(arguments) > len(self.order) and not self.variadic:
            return (), {}, [f"{len(arguments)} arguments"]
        if self.reordered:
            by_name.update(zip(self.order, arguments, strict=False))
            positional = ()
        given = {
            name: value
            for name, value in by_name.items()
            if value is not np._NoValue and (name in self.known or not says_nothing(name, value))
        }
        return positional, given, [name for name in given if name not in self.known]


SILENT = {"where": True, "subok": True, "inplace": False, "casting": "same_kind", "order": "K"}
"""Values of options that mean what leaving them out means; None does for all of them."""


def says_nothing(name: str, value: Any) -> bool:
    """Whether an option has no effect, or is the library's own business."""
    if value is None or name.startswith("_"):
        return True
    return isinstance(value, bool | str) and value == SILENT.get(name)


class Translations(dict[str, Translation]):
    """Translations by the names that the functions have in their library.

    As a decorator, ``@translations("amax", "max", order="a axis out")``, it takes a function in.
    """

    def __call__(self, *names: str, order: str = "") -> Callable[[Function], Function]:
        """Take in the decorated function, whose library has its parameters in this order."""

        def take_in(function: Function) -> Function:
            parameters = list(inspect.signature(function).parameters.values())[1:]
            variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
            own = tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)
            translation = Translation(
                function,
                tuple(order.split()) or own,
                bool(order),
                frozenset(p.name for p in parameters if p.kind is not p.VAR_POSITIONAL),
                variadic,
            )
            self.update(dict.fromkeys(names, translation))
            return function

        return take_in


def as_array(xp: Any, x: Any) -> Any:
    """A list or a number as an array, anything else as it is."""
    return x if hasattr(x, "shape") else xp.asarray(x)


DTYPES = {bool: "bool", int: "int64", float: "float64"}
"""Python's types, where NumPy takes them for dtypes."""


def cast(xp: Any, x: Any, dtype: Any) -> Any:
    """In another dtype, which may be a name or a type of Python.

    Integers and truth values are steps: of them there is a plain array and no dual number.
    """
    if isinstance(dtype, str) or dtype in DTYPES:
        dtype = getattr(xp, dtype if isinstance(dtype, str) else DTYPES[dtype])
    return xp.astype(x, dtype)
