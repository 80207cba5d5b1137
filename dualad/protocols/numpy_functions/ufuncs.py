"""NumPy's and SciPy's universal functions: their names in the table, and those written out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...rules import ROWS
from .translation import as_array, cast

__all__ = ["REDUCTIONS", "SCANS", "outer", "ufunc_translation"]

STANDARD_NAMES = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "conjugate": "conj",
    "expit": "sigmoid",
    "fabs": "abs",
    "gammaln": "lgamma",
    "invert": "bitwise_invert",
    "left_shift": "bitwise_left_shift",
    "log_expit": "log_sigmoid",
    "power": "pow",
    "psi": "digamma",
    "right_shift": "bitwise_right_shift",
    "rint": "round",
    "true_divide": "divide",
}
"""NumPy's and SciPy's names for functions that the table calls otherwise."""

PRODUCTS = ("matmul", "vecdot")
"""Universal functions that are not element-wise, under the names of the standard."""

REDUCTIONS = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}
"""What ``np.add.reduce`` is, by the name of the universal function."""

SCANS = {"add": "cumsum", "multiply": "cumprod"}
"""What ``np.add.accumulate`` is."""

LN2 = math.log(2.0)


def isnan_or(xp: Any, x: Any, y: Any) -> Any:
    """``y`` where ``x`` is NaN."""
    return xp.where(xp.isnan(x), y, x)


def float_power(xp: Any, x: Any, y: Any) -> Any:
    """A power in double precision at least."""
    x, y = as_array(xp, x), as_array(xp, y)
    return xp.pow(cast(xp, x, xp.float64), cast(xp, y, xp.float64))


def heaviside(xp: Any, x: Any, h: Any) -> Any:
    """0, ``h`` at zero, 1; NaN stays."""
    step = xp.where(x == 0.0, h, xp.where(x > 0.0, xp.zeros_like(x) + 1.0, 0.0))
    return xp.where(xp.isnan(x), x, step)


def logit(xp: Any, p: Any) -> Any:
    """``log(p / (1 - p))``; around one half, where it vanishes, as an area function."""
    near = 2.0 * xp.clip(p, 0.25, 1.0) - 1.0
    small = xp.where(p < 0.25, p, 0.25)
    inner = xp.where(p < 0.25, xp.log(small) - xp.log1p(-small), 2.0 * xp.atanh(near))
    return xp.where((p < 0.0) | (p > 1.0), math.nan, inner)


def modf(xp: Any, x: Any) -> Any:
    """Fraction and integer; an infinite number has no fraction."""
    finite = xp.where(xp.isinf(x), 0.0, x)
    return finite - xp.trunc(finite), xp.trunc(x)


def matvec(xp: Any, x: Any, y: Any) -> Any:
    """Matrices times vectors."""
    return xp.matmul(x, xp.expand_dims(y, axis=-1))[..., 0]


def vecmat(xp: Any, x: Any, y: Any) -> Any:
    """Vectors times matrices."""
    return xp.matmul(xp.expand_dims(x, axis=-2), y)[..., 0, :]


WRITTEN: dict[str, Callable[..., Any]] = {
    "deg2rad": lambda xp, x: x * (math.pi / 180.0),
    "degrees": lambda xp, x: x * (180.0 / math.pi),
    "divmod": lambda xp, x, y: (xp.floor_divide(x, y), xp.remainder(x, y)),
    "exp10": lambda xp, x: xp.pow(10.0, x),
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "float_power": float_power,
    "fmax": lambda xp, x, y: xp.maximum(isnan_or(xp, x, y), isnan_or(xp, y, x)),
    "fmin": lambda xp, x, y: xp.minimum(isnan_or(xp, x, y), isnan_or(xp, y, x)),
    "fmod": lambda xp, x, y: xp.copysign(xp.remainder(xp.abs(x), xp.abs(y)), x),
    "heaviside": heaviside,
    "logaddexp2": lambda xp, x, y: xp.logaddexp(x * LN2, y * LN2) * (1.0 / LN2),
    "logit": logit,
    "matvec": matvec,
    "modf": modf,
    "rad2deg": lambda xp, x: x * (180.0 / math.pi),
    "radians": lambda xp, x: x * (math.pi / 180.0),
    "vecmat": vecmat,
}
"""Universal functions that are in no table, in functions that are."""


# Not the whole table: a user's primitive may have the name of another library's function.
BUILT_IN = frozenset(row.name for row in ROWS)


def ufunc_translation(name: str) -> Callable[..., Any] | None:
    """``function(xp, *arguments)`` for a universal function of this name, if there is one."""
    if name not in _found:
        standard = STANDARD_NAMES.get(name, name)
        if standard not in BUILT_IN and standard not in PRODUCTS:
            return None
        _found[name] = lambda xp, *arguments: getattr(xp, standard)(*arguments)
    return _found[name]


# This is on the way of every product of an array and a tangent.
_found = dict(WRITTEN)


def outer(xp: Any, function: Callable[..., Any], x: Any, y: Any) -> Any:
    """``np.multiply.outer``: the function of every pair."""
    x, y = as_array(xp, x), as_array(xp, y)
    return function(xp, xp.reshape(x, (*x.shape, *(1,) * len(y.shape))), y)
