"""Where a function is differentiated, and what it gives back: checked, lifted, filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays.manipulation import common_shape
from ..dual import CONSTANT, Dual, HyperDual, Tag, Tagged
from ..namespace import array_namespace, dtype_name, space_of
from ..protocols.operators import Number
from ..scalars import is_scalar
from .containers import mapped

__all__ = ["Argnums", "broadcasts", "cast", "chosen", "computing", "depends", "filled"]

Argnums = int | Sequence[int]


def differentiable(x: Any) -> Any:
    """``x`` as something that has a derivative: real and floating.

    Raises
    ------
    TypeError
        It is complex, boolean, or no array.
    """
    if isinstance(x, Number):
        return x
    if is_scalar(x):
        return float(x)  # it stays weak beside arrays
    xp = space_of(x)  # raises where there is none
    if "float" in dtype_name(x) or xp.isdtype(x.dtype, "real floating"):
        return x
    if xp.isdtype(x.dtype, "integral"):
        # A product with a weak number has the backend's default floating dtype.
        return x * 1.0
    raise TypeError(f"a derivative needs real floating-point numbers, got dtype {x.dtype}")


def computing(x: Any) -> tuple[Any, Any]:
    """A point in the dtype to compute in, and the dtype of the results if that is another.

    Half types are computed in single precision and rounded once.
    """
    if type(x) is float:
        return x, None
    x = differentiable(x)
    if isinstance(x, Number | np.float64 | float):
        return x, None
    xp = space_of(x)
    wide = xp.computing_dtype(x.dtype)
    return (x, None) if wide == x.dtype else (xp.astype(x, wide), x.dtype)


def narrowing(narrow: Sequence[Any]) -> Any:
    """The dtype of results: a half type if all points have it."""
    return narrow[0] if narrow and all(n == narrow[0] for n in narrow) else None


def cast(x: Any, dtype: Any) -> Any:
    """``x`` in another dtype; None means as it is."""
    if dtype is None or is_scalar(x) or x.dtype == dtype:
        return x
    return array_namespace(x).astype(x, dtype)


def chosen(argnums: Argnums, arguments: Sequence[Any]) -> tuple[int, ...]:
    """The positions of the arguments to differentiate by.

    Raises
    ------
    TypeError
        `argnums` is no integer and no sequence of them.
    ValueError
        There is no such argument, or one is named twice.
    """
    if type(argnums) is int and 0 <= argnums < len(arguments):
        return (argnums,)
    given: tuple[Any, ...] = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    if not given or not all(
        isinstance(i, int | np.integer) and not isinstance(i, bool) for i in given
    ):
        raise TypeError(f"argnums is an integer or a tuple of integers; got {argnums!r}")
    count = len(arguments)
    places = tuple(int(i) for i in given)
    if any(not -count <= i < count for i in places):
        raise ValueError(f"argnums={argnums!r}, but the function was given {count} argument(s)")
    places = tuple(i % count for i in places)
    if len(set(places)) < len(places):
        raise ValueError(f"argnums={argnums!r} names an argument twice")
    return places


def is_one(argnums: Argnums) -> bool:
    """Whether `argnums` names one argument, and the result is not a tuple."""
    return not isinstance(argnums, Sequence)


def separate(x: Any, seen: list[Any]) -> Any:
    """A result that shares its memory with nothing: not with an argument, not with another result.

    Parameters
    ----------
    x : array
        The result.
    seen : list of array
        What it must not share its memory with; the result joins them.
    """
    if type(x) is np.ndarray:
        shared = not x.flags.writeable or any(
            y is x or (type(y) is np.ndarray and np.may_share_memory(x, y)) for y in seen
        )
        x = x.copy() if shared else x
    elif hasattr(x, "_base") and (any(y is x for y in seen) or x._base is not None):
        x = x.clone()
    seen.append(x)
    return x


def replaced(arguments: Sequence[Any], places: Sequence[int], change: Callable[[Any], Any]) -> Any:
    """The arguments with the arrays of some of them changed."""
    changed = list(arguments)
    for i in places:
        changed[i] = mapped(change, arguments[i])
    return changed


def depends(y: Any, tag: Tag) -> bool:
    """Whether a result carries a derivative of this transform."""
    return isinstance(y, Dual | HyperDual) and y.tag is tag


def detached(tree: Any, tag: Tag) -> Any:
    """Auxiliary output, as values: what leaves a transform carries none of its tangents."""

    def value(x: Any) -> Any:
        return x.value if isinstance(x, Tagged) and x.tag is tag else x

    return mapped(value, tree)


def split(result: Any, has_aux: bool, tag: Tag) -> tuple[Any, Any]:
    """What a function gives, as output and auxiliary output; constants are arrays again.

    Raises
    ------
    TypeError
        With `has_aux` the function does not return a pair.
    """
    if not has_aux:
        return (result if isinstance(result, Dual) and result.tag is tag else plain(result)), None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(
            f"with has_aux=True the function returns (output, auxiliary), this one {kind(result)}"
        )
    return plain(result[0]), plain(detached(result[1], tag))


def plain(tree: Any) -> Any:
    """A result in which what was made from nothing is an array again."""
    return mapped(
        lambda x: x.value if isinstance(x, Dual) and x.tag is CONSTANT else x,
        tree,
    )


def filled(tangent: Any, y: Any) -> Any:
    """A tangent in full: of the shape and dtype of ``y``.

    Of a result that is not floating, integers or truth values, the derivative is zero in double
    precision.
    """
    plain = type(tangent) is np.ndarray is type(y)
    if plain and tangent.shape == y.shape and tangent.dtype == y.dtype:
        return tangent
    xp = array_namespace(y)
    if not is_real(y):
        y, tangent = xp.astype(y, xp.float64), None
    tangent = 0.0 if tangent is None else tangent
    if is_scalar(tangent):
        tangent = xp.zeros_like(y) + tangent
    elif shape(tangent) != shape(y):
        tangent = array_namespace(tangent).broadcast_to(tangent, shape(y))
    if isinstance(tangent, Number) or is_scalar(y) or tangent.dtype == y.dtype:
        return tangent
    return xp.astype(tangent, y.dtype)


def is_real(y: Any) -> bool:
    """Whether a result is floating, so that it can have a derivative."""
    while isinstance(y, Tagged):
        y = y.value
    if type(y) is np.float64 or not hasattr(type(y), "dtype"):
        return True
    name = dtype_name(y)
    return "int" not in name and "bool" not in name


def shape(x: Any) -> tuple[Any, ...]:
    """The shape; () for a number, and for a symbol, which has none.

    In a graph of TensorFlow an axis may be None, or all of them unknown; in Dask a length is NaN.
    """
    if not hasattr(type(x), "shape"):
        return ()
    if getattr(x.shape, "rank", 0) is None:
        return (None,)
    return tuple(None if n != n else n for n in x.shape)


def broadcasts(small: tuple[Any, ...], large: tuple[Any, ...]) -> bool:
    """Whether the one shape broadcasts to the other without enlarging it."""
    try:
        return common_shape([small, large]) == large
    except ValueError:
        return False


def is_result(y: Any) -> bool:
    """Whether a function can return this as one result: an array or a number."""
    return is_scalar(y) or (hasattr(type(y), "shape") and hasattr(type(y), "dtype"))


def kind(x: object) -> str:
    """What something is, for messages."""
    return type(x).__name__
