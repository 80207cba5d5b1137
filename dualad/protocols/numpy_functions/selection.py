"""NumPy's indexing, sorting, searching and sets."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.manipulation import along, normal_axis
from .translation import Translations, as_array

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


def indices_of(xp: Any, x: Any) -> Any:
    """Indices as an index takes them: lists become arrays of the backend."""
    return xp.asarray(x, dtype=xp.int64) if isinstance(x, list | tuple) else x


@FUNCTIONS("take", order="a indices axis out mode")
def take(xp: Any, a: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements at the indices."""
    if axis is None:
        a, axis = xp.reshape(a, (-1,)), 0
    return a[along(normal_axis(axis, a.ndim), indices_of(xp, indices))]


@FUNCTIONS("take_along_axis")
def take_along_axis(xp: Any, arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements at the indices, others for each place."""
    if axis is None:
        arr, axis = xp.reshape(arr, (-1,)), 0
    return xp.take_along_axis(arr, indices_of(xp, indices), axis=axis)


@FUNCTIONS("compress", order="condition a axis out")
def compress(xp: Any, condition: Any, a: Any, axis: int | None = None) -> Any:
    """What fulfils a condition along an axis."""
    return take(xp, a, np.flatnonzero(np.asarray(condition)).tolist(), axis)


@FUNCTIONS("extract")
def extract(xp: Any, condition: Any, arr: Any) -> Any:
    """What fulfils a condition, of all elements."""
    return compress(xp, np.ravel(np.asarray(condition)), arr)


@FUNCTIONS("where")
def where(xp: Any, condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """One or the other; of the condition alone the places where it holds."""
    if x is None and y is None:
        return xp.nonzero(condition)
    return xp.where(condition, x, y)


@FUNCTIONS("select")
def select(xp: Any, condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The first choice whose condition holds."""
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        chosen = xp.where(condition, choice, chosen)
    return chosen


@FUNCTIONS("nonzero")
def nonzero(xp: Any, a: Any) -> Any:
    """The places of what is not zero."""
    return xp.nonzero(a)


@FUNCTIONS("flatnonzero")
def flatnonzero(xp: Any, a: Any) -> Any:
    """The places of what is not zero, of all elements in one row."""
    return xp.nonzero(xp.reshape(a, (-1,)))[0]


@FUNCTIONS("argwhere")
def argwhere(xp: Any, a: Any) -> Any:
    """The places of what is not zero, a row for each."""
    return xp.stack(list(xp.nonzero(a)), axis=-1)


@FUNCTIONS("sort", order="a axis kind order")
def sort(xp: Any, a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """In order along an axis; always stable."""
    if axis is None:
        a, axis = xp.reshape(a, (-1,)), -1
    return xp.sort(a, axis=axis)


@FUNCTIONS("argsort", order="a axis kind order")
def argsort(xp: Any, a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """The indices that sort along an axis; always stable."""
    if axis is None:
        a, axis = xp.reshape(a, (-1,)), -1
    return xp.argsort(a, axis=axis)


@FUNCTIONS("argmax", order="a axis out")
def argmax(xp: Any, a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the largest element."""
    return xp.argmax(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("argmin", order="a axis out")
def argmin(xp: Any, a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The index of the smallest element."""
    return xp.argmin(a, axis=axis, keepdims=keepdims)


@FUNCTIONS("searchsorted")
def searchsorted(xp: Any, a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Where values would be inserted."""
    a = as_array(xp, a)
    a = a if sorter is None else a[indices_of(xp, sorter)]
    return xp.searchsorted(a, as_array(xp, v), side=side)


@FUNCTIONS("isin")
def isin(
    xp: Any,
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
) -> Any:
    """Which elements are among others."""
    found = xp.isin(as_array(xp, element), as_array(xp, test_elements))
    return ~found if invert else found


@FUNCTIONS("unique")
def unique(
    xp: Any,
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
) -> Any:
    """Each value once, and what is known of its places."""
    found = xp.unique_all(ar)
    wanted = (True, return_index, return_inverse, return_counts)
    given = tuple(part for part, want in zip(found, wanted, strict=True) if want)
    return given[0] if len(given) == 1 else given


@FUNCTIONS("unique_values")
def unique_values(xp: Any, x: Any) -> Any:
    """Each value once, by the name of the standard."""
    return xp.unique_values(x)


@FUNCTIONS("unique_counts")
def unique_counts(xp: Any, x: Any) -> Any:
    """Each value once and how often, by the name of the standard."""
    return xp.unique_counts(x)


@FUNCTIONS("unique_inverse")
def unique_inverse(xp: Any, x: Any) -> Any:
    """Each value once and where it went, by the name of the standard."""
    return xp.unique_inverse(x)


@FUNCTIONS("unique_all")
def unique_all(xp: Any, x: Any) -> Any:
    """Each value once and its places, by the name of the standard."""
    return xp.unique_all(x)


@FUNCTIONS("interp")
def interp(xp: Any, x: Any, xp_: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Linear between given points; constant beyond them."""
    x, places, values = as_array(xp, x), as_array(xp, xp_), as_array(xp, fp)
    last = places.shape[0] - 1
    index = xp.searchsorted(places, x, side="right") - 1
    index = xp.clip(index, 0, max(last - 1, 0))
    slope = (values[index + 1] - values[index]) / (places[index + 1] - places[index])
    inner = slope * (x - places[index]) + values[index]
    inner = xp.where(x < places[0], values[0] if left is None else left, inner)
    inner = xp.where(x == places[last], values[last], inner)
    return xp.where(x > places[last], values[last] if right is None else right, inner)
