"""PyTorch's indexing, sorting and searching."""

from __future__ import annotations

from typing import Any

from ...arrays.manipulation import along, normal_axis
from ..numpy_functions.translation import Translations
from .statistics import Selected

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


@FUNCTIONS("index_select")
def index_select(xp: Any, input: Any, dim: int, index: Any) -> Any:
    """The elements at the indices along one axis."""
    return input[along(normal_axis(dim, input.ndim), index)]


@FUNCTIONS("select")
def select(xp: Any, input: Any, dim: int, index: int) -> Any:
    """One place along an axis."""
    return input[along(normal_axis(dim, input.ndim), index)]


@FUNCTIONS("narrow")
def narrow(xp: Any, input: Any, dim: int, start: int, length: int) -> Any:
    """Some places next to each other."""
    return input[along(normal_axis(dim, input.ndim), slice(start, start + length))]


@FUNCTIONS("take_along_dim")
def take_along_dim(xp: Any, input: Any, indices: Any, dim: int) -> Any:
    """The elements at the indices, others for each place."""
    return xp.take_along_axis(input, indices, axis=dim)


@FUNCTIONS("gather")
def gather(xp: Any, input: Any, dim: int, index: Any) -> Any:
    """The elements at the indices, others for each place; axes may be shorter."""
    axis = normal_axis(dim, input.ndim)
    key = tuple(slice(None) if i == axis else slice(0, n) for i, n in enumerate(index.shape))
    return xp.take_along_axis(input[key], index, axis=axis)


@FUNCTIONS("masked_select")
def masked_select(xp: Any, input: Any, mask: Any) -> Any:
    """What a mask selects, in one row."""
    return input[mask]


@FUNCTIONS("masked_fill")
def masked_fill(xp: Any, input: Any, mask: Any, value: Any) -> Any:
    """A value where the mask holds."""
    return xp.where(mask, value, input)


@FUNCTIONS("sort")
def sort(
    xp: Any, input: Any, dim: int = -1, descending: bool = False, *, stable: bool = True
) -> Selected:
    """In order along an axis, and the places; always stable."""
    places = xp.argsort(input, axis=dim, descending=descending, stable=True)
    return Selected(xp.take_along_axis(input, places, axis=dim), places)


@FUNCTIONS("argsort")
def argsort(
    xp: Any, input: Any, dim: int = -1, descending: bool = False, *, stable: bool = True
) -> Any:
    """The indices that sort along an axis; always stable."""
    return xp.argsort(input, axis=dim, descending=descending, stable=True)


@FUNCTIONS("topk")
def topk(
    xp: Any, input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Any:
    """The largest or smallest, in order."""
    axis = normal_axis(dim, input.ndim)
    places = xp.argsort(input, axis=axis, descending=largest, stable=True)
    places = places[along(axis, slice(0, k))]
    return Selected(xp.take_along_axis(input, places, axis=axis), places)


@FUNCTIONS("nonzero")
def nonzero(xp: Any, input: Any, *, as_tuple: bool = False) -> Any:
    """The places of what is not zero."""
    places = xp.nonzero(input)
    return places if as_tuple else xp.stack(list(places), axis=-1)


@FUNCTIONS("searchsorted")
def searchsorted(
    xp: Any, sorted_sequence: Any, input: Any, *, right: bool = False, side: str | None = None
) -> Any:
    """Where values would be inserted."""
    side = ("right" if right else "left") if side is None else side
    return xp.searchsorted(sorted_sequence, input, side=side)
