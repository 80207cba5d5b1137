"""Python numbers: weak in every namespace, they take the dtype of the array they meet."""

from __future__ import annotations

__all__ = ["SCALARS", "is_scalar"]

SCALARS = frozenset((float, int, bool))
"""The types themselves, where a call of `is_scalar` would take longer than what it decides."""


def is_scalar(x: object) -> bool:
    """Whether ``x`` is a plain Python number, which is weak in every namespace."""
    return type(x) in SCALARS
