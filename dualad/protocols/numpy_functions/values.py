"""NumPy's element-wise functions that are no universal functions, its predicates and its makers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...arrays.manipulation import normal_axis
from .translation import Translations, as_array, cast

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


@FUNCTIONS("clip", order="a a_min a_max out")
def clip(
    xp: Any, a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    """Between two bounds, either of which may be absent."""
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    return xp.clip(a, -math.inf if low is None else low, math.inf if high is None else high)


@FUNCTIONS("round", "around", "round_", order="a decimals out")
def round_(xp: Any, a: Any, decimals: int = 0) -> Any:
    """Rounded to a number of decimals."""
    if decimals == 0:
        return xp.round(a)
    power = 10.0 ** abs(decimals)
    return xp.round(a * power) / power if decimals > 0 else xp.round(a / power) * power


@FUNCTIONS("fix")
def fix(xp: Any, x: Any) -> Any:
    """Without the fraction."""
    return xp.trunc(x)


@FUNCTIONS("sinc")
def sinc(xp: Any, x: Any) -> Any:
    """``sin(πx) / (πx)``."""
    return xp.sinc(x)


@FUNCTIONS("real")
def real(xp: Any, val: Any) -> Any:
    """The real part."""
    return xp.real(val)


@FUNCTIONS("imag")
def imag(xp: Any, val: Any) -> Any:
    """The imaginary part, zero."""
    return xp.imag(val)


@FUNCTIONS("nan_to_num")
def nan_to_num(
    xp: Any,
    x: Any,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """Numbers in place of NaN and infinities."""
    if not copy:
        raise TypeError(
            "np.nan_to_num: copy=False would assign in place; write x = np.nan_to_num(x)"
        )
    x = as_array(xp, x)
    largest = float(xp.finfo(x.dtype).max)
    x = xp.where(xp.isnan(x), nan, x)
    x = xp.where(x == math.inf, largest if posinf is None else posinf, x)
    return xp.where(x == -math.inf, -largest if neginf is None else neginf, x)


@FUNCTIONS("diff")
def diff(
    xp: Any, a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Any:
    """Differences of neighbours."""
    ends = (end_of(xp, a, prepend, axis), end_of(xp, a, append, axis))
    parts = [part for part in (ends[0], a, ends[1]) if part is not None]
    joined = xp.concat(parts, axis=axis) if len(parts) > 1 else a
    return xp.diff(joined, n=n, axis=axis)


def end_of(xp: Any, a: Any, end: Any, axis: int) -> Any:
    """What is put before or behind an array: a number stands for one place of each row."""
    if end is None or getattr(end, "shape", ()) != ():
        return end
    axis = normal_axis(axis, a.ndim)
    return xp.broadcast_to(
        as_array(xp, end), tuple(1 if i == axis else n for i, n in enumerate(a.shape))
    )


@FUNCTIONS("ediff1d")
def ediff1d(xp: Any, ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours of all elements in one row."""
    ends = [None if e is None else xp.reshape(as_array(xp, e), (-1,)) for e in (to_begin, to_end)]
    middle = xp.diff(xp.reshape(ary, (-1,)))
    parts = [part for part in (ends[0], middle, ends[1]) if part is not None]
    return xp.concat(parts) if len(parts) > 1 else middle


@FUNCTIONS("polyval")
def polyval(xp: Any, p: Any, x: Any) -> Any:
    """A polynomial by its coefficients, the highest power first."""
    result = xp.zeros_like(x)
    for i in range(len(p)):
        result = result * x + p[i]
    return result


@FUNCTIONS("isclose")
def isclose(
    xp: Any, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether values are close."""
    a, b = as_array(xp, a), as_array(xp, b)
    close = (abs(a - b) <= atol + rtol * abs(b)) & xp.isfinite(b) | (a == b)
    return close | (xp.isnan(a) & xp.isnan(b)) if equal_nan else close


@FUNCTIONS("allclose")
def allclose(
    xp: Any, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all values are close."""
    return bool(isclose(xp, a, b, rtol, atol, equal_nan).all())


@FUNCTIONS("array_equal")
def array_equal(xp: Any, a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether shapes and values are equal."""
    a1, a2 = as_array(xp, a1), as_array(xp, a2)
    if tuple(a1.shape) != tuple(a2.shape):
        return False
    equal = a1 == a2
    return bool((equal | (xp.isnan(a1) & xp.isnan(a2)) if equal_nan else equal).all())


@FUNCTIONS("isposinf", order="x out")
def isposinf(xp: Any, x: Any) -> Any:
    """Whether values are plus infinity."""
    return x == math.inf


@FUNCTIONS("isneginf", order="x out")
def isneginf(xp: Any, x: Any) -> Any:
    """Whether values are minus infinity."""
    return x == -math.inf


@FUNCTIONS("iscomplexobj")
def iscomplexobj(xp: Any, x: Any) -> bool:
    """False: dual numbers are real."""
    return False


@FUNCTIONS("isrealobj")
def isrealobj(xp: Any, x: Any) -> bool:
    """True: dual numbers are real."""
    return True


@FUNCTIONS("shape")
def shape(xp: Any, a: Any) -> tuple[int, ...]:
    """The shape."""
    return tuple(a.shape)


@FUNCTIONS("ndim")
def ndim(xp: Any, a: Any) -> int:
    """The number of axes."""
    return len(a.shape)


@FUNCTIONS("size")
def size(xp: Any, a: Any, axis: int | None = None) -> int:
    """The number of elements, or the length of one axis."""
    return int(math.prod(a.shape) if axis is None else a.shape[axis])


@FUNCTIONS("copy")
def copy(xp: Any, a: Any, order: str = "K", subok: bool = False) -> Any:
    """A copy, to which can be assigned."""
    return xp.asarray(a, copy=True)


@FUNCTIONS("astype")
def astype(xp: Any, x: Any, dtype: Any, /) -> Any:
    """Another dtype; of integers and truth values a plain array, without a tangent."""
    return cast(xp, x, dtype)


@FUNCTIONS("result_type")
def result_type(xp: Any, *arrays_and_dtypes: Any) -> Any:
    """The dtype that arrays have together."""
    return xp.result_type(*arrays_and_dtypes)


@FUNCTIONS("can_cast")
def can_cast(xp: Any, from_: Any, to: Any) -> bool:
    """Whether a dtype fits into another."""
    return bool(xp.can_cast(from_, to))


@FUNCTIONS("zeros_like")
def zeros_like(xp: Any, a: Any, dtype: Any = None) -> Any:
    """Zeros in the shape of another array."""
    made = xp.zeros_like(a)
    return made if dtype is None else cast(xp, made, dtype)


@FUNCTIONS("full_like")
def full_like(xp: Any, a: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value in the shape of another array."""
    made = xp.full_like(a, fill_value)
    return made if dtype is None else cast(xp, made, dtype)


def made_like(name: str) -> Callable[..., Any]:
    """The translation of ``ones_like`` or ``empty_like``."""

    def function(xp: Any, a: Any, dtype: Any = None) -> Any:
        return getattr(xp, name)(a, dtype=dtype)

    return function


for _name in ("ones_like", "empty_like"):
    FUNCTIONS(_name)(made_like(_name))
