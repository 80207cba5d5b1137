"""Numbers of mpmath that functions written for arrays can compute with.

A `Precise` number has the operators, NumPy's protocols and a namespace, like a dual number; behind
every function stands the outside truth, never a rule of the table. So a user's function, unchanged,
computes to thousands of bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from mpmath import mp

from ..namespace import Adapter, register
from ..protocols.operators import Number
from .truths import TRUTHS

__all__ = ["Precise", "on_precise_numbers"]

COMPARISONS: dict[str, Callable[..., bool]] = {
    "equal": lambda x, y: bool(x == y),
    "not_equal": lambda x, y: bool(x != y),
    "less": lambda x, y: bool(x < y),
    "less_equal": lambda x, y: bool(x <= y),
    "greater": lambda x, y: bool(x > y),
    "greater_equal": lambda x, y: bool(x >= y),
    "isnan": lambda x: bool(mp.isnan(x)),
    "isinf": lambda x: bool(mp.isinf(x)),
    "isfinite": lambda x: bool(mp.isfinite(x)),
    "signbit": lambda x: bool(x < 0),
}


class Precise(Number):
    """A real number of mpmath in the place of an array.

    Parameters
    ----------
    value : mpf or number
        Taken as it is, whatever precision is set.

    Examples
    --------
    >>> import dualad as da
    >>> from dualad.testing.precise import Precise
    >>> da.tanh(Precise(20.0)) * 2
    Precise(2.0)
    """

    __slots__ = ("_mpf_",)

    shape: tuple[int, ...] = ()
    ndim = 0
    dtype = np.dtype(np.float64)

    def __init__(self, value: Any) -> None:
        self._mpf_ = mp.mpf(value)._mpf_

    @property
    def value(self) -> Any:
        """The number of mpmath."""
        return mp.make_mpf(self._mpf_)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"Precise({mp.nstr(self.value, 15)})"

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return PRECISE

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{what} on a Precise number would round it to double precision")


def mp_number(x: Any) -> Any:
    """``x`` as a number of mpmath; truth values stay what they are."""
    if isinstance(x, Precise):
        return x.value
    if isinstance(x, bool | np.bool_):
        return bool(x)
    return mp.mpf(x.item() if isinstance(x, np.generic | np.ndarray) else x)


class PreciseNamespace:
    """The functions of the table on numbers of mpmath."""

    name = "mpmath numbers"

    def __getattr__(self, name: str) -> Any:
        if name in COMPARISONS:
            function: Any = self._comparison(COMPARISONS[name])
        elif name in TRUTHS:
            function = self._function(TRUTHS[name])
        else:
            raise AttributeError(f"dualad.testing knows no truth for {name!r}")
        self.__dict__[name] = function
        return function

    @staticmethod
    def _function(truth: Callable[..., Any]) -> Callable[..., Precise]:
        return lambda *arguments: Precise(truth(*map(mp_number, arguments)))

    @staticmethod
    def _comparison(comparison: Callable[..., bool]) -> Callable[..., bool]:
        return lambda *arguments: comparison(*map(mp_number, arguments))

    def __repr__(self) -> str:
        return "<dualad namespace of mpmath numbers>"


PRECISE = PreciseNamespace()
register(Precise, Adapter(PRECISE, level=1))


def on_precise_numbers(f: Callable[..., Any], constants: tuple[Any, ...]) -> Callable[..., Any]:
    """``f(x, *constants)`` as a function from mpmath numbers to mpmath numbers.

    Raises
    ------
    TypeError
        When called: the result is no single real number.
    """

    def function(x: Any) -> Any:
        y = f(Precise(x), *constants)
        if isinstance(y, Precise | float | int | np.generic):
            return mp_number(y)
        raise TypeError(f"on mpmath numbers the function returns a {type(y).__name__}")

    return function
