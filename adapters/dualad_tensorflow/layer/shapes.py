"""Shapes as Keras has them: lengths that may be unknown, one shape or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Shape", "broadcast", "each", "fits"]

Shape = tuple[int | None, ...]
"""None is a length that is not known yet, as that of the batch."""


def each(shapes: Any) -> list[Shape]:
    """The shapes in what Keras passes: one shape, or a nest of them; in a file they are lists."""
    if all(n is None or isinstance(n, int) for n in shapes):
        return [tuple(shapes)]
    return [shape for part in shapes for shape in each(part)]


def fits(shape: Shape, into: Shape) -> bool:
    """Whether an array of one shape can be repeated to fill the other."""
    lengths = zip(reversed(shape), reversed(into), strict=False)
    return len(shape) <= len(into) and all(n in (1, length) for n, length in lengths)


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape that arrays of these shapes have together.

    Raises
    ------
    ValueError
        They have none.
    """
    rank = max(map(len, shapes))
    aligned = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    together: list[int | None] = []
    for lengths in zip(*aligned, strict=True):
        known = {n for n in lengths if n not in (None, 1)}
        if len(known) > 1:
            raise ValueError(f"the shapes {', '.join(map(str, shapes))} do not broadcast")
        together.append(known.pop() if known else (None if None in lengths else 1))
    return tuple(together)
