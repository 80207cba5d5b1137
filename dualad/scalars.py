"""Python numbers: weak in every namespace, they take the dtype of the array they meet."""

from __future__ import annotations

__all__ = ["is_scalar"]


def is_scalar(x: object) -> bool:
    """Whether ``x`` is a plain Python number, which is weak in every namespace."""
    return type(x) in (float, int, bool)
