"""Places: elements taken from an array, and put back into zeros."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .manipulation import along, normal_axis
from .row import ArrayRow

__all__ = ["ROWS", "distinct", "has_arrays", "places_of"]


def getitem(xp: Any, x: Any, key: Any) -> Any:
    """``x[key]``."""
    try:
        return operator.getitem(x, key)
    except IndexError:
        if not has_arrays(key):
            raise
        # The standard has no arrays beside slices in a key, NumPy says which elements those are.
        places = places_of(key, x.shape)
        indices = xp.asarray(places.reshape(-1), device=x.device)
        return xp.reshape(xp.take(xp.reshape(x, (-1,)), indices, axis=0), places.shape)


def has_arrays(key: Any) -> bool:
    """Whether a key has indices or masks in it, and not numbers and slices only."""
    keys = key if isinstance(key, tuple) else (key,)
    return any(hasattr(k, "shape") or isinstance(k, list) for k in keys)


def places_of(key: Any, shape: tuple[int, ...]) -> Any:
    """The places of the elements at a key, counted in row-major order."""
    keys = key if isinstance(key, tuple) else (key,)
    plain = tuple(np.asarray(k) if hasattr(k, "shape") else k for k in keys)
    return np.arange(math.prod(shape)).reshape(shape)[plain]


def distinct(key: Any, shape: tuple[int, ...]) -> tuple[Any, Any, tuple[int, ...]] | None:
    """An assignment in which a place comes several times, as one in which each comes once.

    The last element that is assigned to a place stays there.

    Parameters
    ----------
    key : index
        Where it is assigned.
    shape : tuple of int
        The shape of the target.

    Returns
    -------
    tuple or None
        The key of the places, in a row; which elements stay there, counted in row-major order; the
        shape of all elements. None if no place comes twice.
    """
    keys = key if isinstance(key, tuple) else (key,)
    # Of numbers, slices and masks the places are distinct.
    if not any(is_index_array(k) for k in keys):
        return None
    places = places_of(key, shape)
    flat, counted = places.reshape(-1), np.arange(places.size)
    last = np.empty(math.prod(shape), int)
    last[flat] = counted
    stays = np.flatnonzero(last[flat] == counted)
    if stays.size == places.size:
        return None
    return np.unravel_index(flat[stays], shape), stays, places.shape


def is_index_array(key: Any) -> bool:
    """Whether a part of a key is several indices."""
    if isinstance(key, list):
        return np.asarray(key).dtype != bool
    return hasattr(key, "shape") and "bool" not in str(key.dtype)


def scatter(xp: Any, x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape with ``x`` added at a key: the transpose of ``getitem``."""
    zeros = xp.zeros(shape, dtype=x.dtype)
    if hasattr(zeros, "at"):  # JAX's way: its arrays cannot be assigned to
        return zeros.at[key].add(x)
    if not has_arrays(key):
        # A new axis is one to read, not one to write to.
        places = tuple(k for k in (key if isinstance(key, tuple) else (key,)) if k is not None)
        zeros[places] = xp.reshape(x, np.empty(shape, bool)[places].shape)
        return zeros
    # The same place may come several times: a matrix of ones and zeros adds up what meets there.
    size = math.prod(shape)
    places = places_of(key, shape).reshape(-1)
    meets = xp.asarray((places[:, None] == np.arange(size)).astype(float), dtype=x.dtype)
    return xp.reshape(xp.matmul(xp.reshape(x, (-1,)), meets), shape)


def take(xp: Any, x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The elements at the indices along one axis."""
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"take: an array of shape {x.shape} needs an axis")
        axis = 0
    return x[along(normal_axis(axis, x.ndim), indices)]


def take_along_axis(xp: Any, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """The elements at the indices along one axis, other indices for each place."""
    axis = normal_axis(axis, x.ndim)
    space = xp.space(indices)
    key: list[Any] = []
    for i, length in enumerate(x.shape):
        places = space.arange(length)
        key.append(space.reshape(places, tuple(length if j == i else 1 for j in range(x.ndim))))
    key[axis] = indices
    return x[tuple(key)]


ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "take",
        kind="linear",
        written=take,
        signature="x, indices, axis=None",
        summary="The elements at the indices along one axis",
    ),
    ArrayRow(
        "take_along_axis",
        kind="linear",
        written=take_along_axis,
        signature="x, indices, axis=-1",
        summary="The elements at the indices, others for each place",
    ),
    ArrayRow("getitem", kind="linear", written=getitem, signature="x, key", summary="x[key]"),
    ArrayRow(
        "scatter",
        kind="linear",
        written=scatter,
        signature="x, key, shape",
        summary="Zeros of a shape with x added at a key: the transpose of getitem",
    ),
)
"""How elements are taken."""
