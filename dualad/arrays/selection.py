"""Sorting, searching and sets: a tangent follows its value."""

from __future__ import annotations

from typing import Any, NamedTuple

from .row import ArrayRow

__all__ = ["ROWS"]


def sorted_places(xp: Any, x: Any, /, *, axis: int = -1, **options: Any) -> Any:
    """What puts a tangent in the order of its values."""
    places = xp.argsort(x, axis=axis, **options)
    return lambda tangent, of: of.take_along_axis(tangent, places, axis=axis)


def first_places(xp: Any, x: Any, /) -> Any:
    """What takes the tangents of the values that a set keeps: of equal ones the first."""
    places = xp.unique_all(x).indices
    return lambda tangent, of: of.take(of.reshape(tangent, (-1,)), places, axis=0)


class Counts(NamedTuple):
    """What ``unique_counts`` gives."""

    values: Any
    counts: Any


class Inverse(NamedTuple):
    """What ``unique_inverse`` gives."""

    values: Any
    inverse_indices: Any


def unique_values(xp: Any, x: Any, /) -> Any:
    """Each value once."""
    return xp.unique_all(x).values


def unique_counts(xp: Any, x: Any, /) -> Counts:
    """Each value once, and how often it is there."""
    found = xp.unique_all(x)
    return Counts(found.values, found.counts)


def unique_inverse(xp: Any, x: Any, /) -> Inverse:
    """Each value once, and where it went."""
    found = xp.unique_all(x)
    return Inverse(found.values, found.inverse_indices)


ROWS: tuple[ArrayRow, ...] = (
    ArrayRow(
        "sort",
        kind="follows",
        tangent=sorted_places,
        signature="x, axis=-1, descending=False, stable=True",
        summary="In order along an axis",
        derivative="the tangents in the order of their values",
    ),
    ArrayRow(
        "argsort",
        kind="constant",
        signature="x, axis=-1, descending=False, stable=True",
        summary="The indices that sort along an axis",
    ),
    ArrayRow(
        "argmax",
        kind="constant",
        signature="x, axis=None, keepdims=False",
        summary="The index of the largest element",
    ),
    ArrayRow(
        "argmin",
        kind="constant",
        signature="x, axis=None, keepdims=False",
        summary="The index of the smallest element",
    ),
    ArrayRow(
        "nonzero",
        kind="constant",
        summary="The indices of elements that are not zero",
    ),
    ArrayRow(
        "searchsorted",
        kind="constant",
        arrays=2,
        signature='sorted, values, side="left"',
        summary="Where values would be inserted",
    ),
    ArrayRow(
        "isin",
        kind="constant",
        arrays=2,
        signature="x, values",
        summary="Which elements are among the values",
    ),
    ArrayRow(
        "unique_values",
        kind="composed",
        written=unique_values,
        summary="Each value once",
        derivative="of equal values the first one's tangent",
    ),
    ArrayRow(
        "unique_counts",
        kind="composed",
        written=unique_counts,
        summary="Each value once, and how often it is there",
        derivative="as of unique_values",
    ),
    ArrayRow(
        "unique_inverse",
        kind="composed",
        written=unique_inverse,
        summary="Each value once, and where it went",
        derivative="as of unique_values",
    ),
    ArrayRow(
        "unique_all",
        kind="follows",
        tangent=first_places,
        summary="Each value once, where it was first, where it went, how often it is there",
        derivative="as of unique_values",
    ),
)
