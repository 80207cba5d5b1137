"""What the namespaces of the special kinds of tangent share: batches of directions, linear maps.

Each gives the core functions of its own; the other linear functions are written in these by the
rows of the array table, and what concerns no tangent is left to the namespace of the arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..arrays import ARRAY_TABLE, ArrayRow
from ..namespace import array_namespace, space_of
from ..protocols.operators import Number

__all__ = ["TangentNamespace", "array_row", "guarded_product"]


def guarded_product(derivative: Any, tangent: Any) -> Any:
    """A derivative that may be infinite times a tangent: zero times infinity is zero.

    Only where the product is NaN: a tangent whose value is zero may have a tangent of its own.
    """
    product = tangent * derivative if isinstance(tangent, Number) else derivative * tangent
    undecided = (product != product) & (tangent == 0.0)
    return space_of(product).where(undecided, 0.0, product)


def array_row(name: str) -> ArrayRow | None:
    """The row of an array function, with its extension or without."""
    return ARRAY_TABLE.get(name) or ARRAY_TABLE.get(f"linalg.{name}")


def elsewhere(name: str, *arguments: Any, **options: Any) -> Any:
    """A call that no tangent takes part in, in the namespace of its arrays."""
    first = arguments[0] if arguments else ()
    operands = [*first, *arguments[1:]] if isinstance(first, list | tuple) else arguments
    xp = space_of(*(a for a in operands if hasattr(a, "dtype")))
    row = array_row(name)
    return (getattr(xp, name) if row is None else row.of(xp))(*arguments, **options)


class TangentNamespace:
    """The functions of one special kind of tangent.

    Parameters
    ----------
    name : str
        As error messages call it.
    kind : type
        The tangents.
    functions : mapping of str to callable
        The core functions.
    other : callable
        ``other(name)``: what is called for a function that is neither there nor written in those.
    """

    space = staticmethod(array_namespace)

    def __init__(
        self,
        name: str,
        kind: type,
        functions: dict[str, Callable[..., Any]],
        other: Callable[[str], Callable[..., Any]],
    ) -> None:
        self.name = name
        self.kind = kind
        self.functions = functions
        self.other = other

    @property
    def linalg(self) -> TangentNamespace:
        """The functions of linear algebra, which are here too."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        row = array_row(name)
        if name in self.functions:
            own = self.functions[name]
        elif row is not None and row.written is not None and row.kind in ("linear", "bilinear"):
            own = partial(row.written, self)
        else:
            own = self.other(name)

        def function(*arguments: Any, **options: Any) -> Any:
            first = arguments[0]
            operands = first if isinstance(first, list | tuple) else arguments
            for a in operands:
                if isinstance(a, self.kind):
                    return own(*arguments, **options)
            return elsewhere(name, *arguments, **options)

        self.__dict__[name] = function
        return function

    def __repr__(self) -> str:
        return f"<dualad namespace of {self.name}>"
