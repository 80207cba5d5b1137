"""The methods that arrays of NumPy have, on dual numbers.

``x.sum(0)`` is ``np.sum(x, 0)``: arguments have NumPy's order and meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..namespace import array_namespace
from .numpy_functions import FUNCTIONS
from .numpy_functions.translation import cast

__all__ = ["ArrayMethods"]


def _method(name: str) -> Callable[..., Any]:
    """The method that is NumPy's function of that name, the number its first argument."""
    translation = FUNCTIONS[name]

    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return self._call(f"x.{name}", translation, (self, *arguments), options)

    method.__name__ = name
    method.__doc__ = f"{translation.function.__doc__} As ``np.{name}``."
    return method


def _refused(name: str) -> Callable[..., Any]:
    """A method that would lose the tangent, or change the array in place."""

    def method(self: Any, *arguments: Any, **options: Any) -> None:
        self._refuse(f"x.{name}()")

    method.__name__ = name
    method.__doc__ = "It raises: it would lose the tangent, or assign in place."
    return method


class ArrayMethods:
    """Methods of arrays, for a number with a shape."""

    __slots__ = ()

    all = _method("all")
    any = _method("any")
    argmax = _method("argmax")
    argmin = _method("argmin")
    argsort = _method("argsort")
    clip = _method("clip")
    copy = _method("copy")
    cumprod = _method("cumprod")
    cumsum = _method("cumsum")
    diagonal = _method("diagonal")
    dot = _method("dot")
    flatten = _method("ravel")
    max = _method("max")
    mean = _method("mean")
    min = _method("min")
    nonzero = _method("nonzero")
    prod = _method("prod")
    ravel = _method("ravel")
    repeat = _method("repeat")
    round = _method("round")
    searchsorted = _method("searchsorted")
    squeeze = _method("squeeze")
    std = _method("std")
    sum = _method("sum")
    swapaxes = _method("swapaxes")
    take = _method("take")
    trace = _method("trace")
    var = _method("var")

    item = _refused("item")
    sort = _refused("sort")
    tobytes = _refused("tobytes")
    tolist = _refused("tolist")

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """Another shape, as a tuple or as several integers."""
        return FUNCTIONS["reshape"].function(
            array_namespace(self), self, _one_sequence(shape), order
        )

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order, as a tuple or as several integers; else reversed."""
        order = _one_sequence(axes)
        return FUNCTIONS["transpose"].function(array_namespace(self), self, order or None)

    def astype(self, dtype: Any) -> Any:
        """Another dtype; of integers and truth values there is no tangent."""
        return cast(array_namespace(self), self, dtype)

    def conj(self) -> Any:
        """The number itself: it is real."""
        return array_namespace(self).conj(self)

    conjugate = conj

    @property
    def real(self) -> Any:
        """The number itself."""
        return array_namespace(self).real(self)

    @property
    def imag(self) -> Any:
        """Zeros."""
        return array_namespace(self).imag(self)

    def fill(self, value: Any) -> None:
        """Assign one value to all elements."""
        setitem = array_namespace(self).setitem
        setitem(self, ..., value)


def _one_sequence(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    if len(given) == 1 and given[0] is None:
        return ()
    first = given[0] if len(given) == 1 else given
    return tuple(first) if isinstance(first, Sequence) else (first,)
