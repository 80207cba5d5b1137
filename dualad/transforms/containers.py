"""Nested containers of arrays: tuples, lists and dicts, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["leaves", "mapped", "paired"]


def leaves(tree: Any) -> Iterator[Any]:
    """The arrays in a container, in order; an array alone is its own only leaf."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, tuple | list):
        yield tree
        return
    for branch in tree:
        yield from leaves(branch)


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """The same container with every array changed."""
    if isinstance(tree, dict):
        return {key: mapped(change, branch) for key, branch in tree.items()}
    if isinstance(tree, tuple | list):
        branches = [mapped(change, branch) for branch in tree]
        return type(tree)._make(branches) if hasattr(tree, "_make") else type(tree)(branches)
    return change(tree)


def paired(what: str, tree: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """The leaves of two containers of the same structure, in pairs.

    Raises
    ------
    ValueError
        The structures differ; `what` says of what the second one is.
    """
    if isinstance(tree, dict):
        if not isinstance(other, dict) or other.keys() != tree.keys():
            raise ValueError(f"{what} is no dict with the keys {list(tree)}, got {_said(other)}")
        for key in tree:
            yield from paired(what, tree[key], other[key])
    elif isinstance(tree, tuple | list):
        if not isinstance(other, tuple | list) or len(other) != len(tree):
            raise ValueError(
                f"{what} is no {type(tree).__name__} of {len(tree)}, got {_said(other)}"
            )
        for a, b in zip(tree, other, strict=True):
            yield from paired(what, a, b)
    else:
        yield tree, other


def _said(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"a dict with the keys {list(tree)}"
    kind = type(tree).__name__
    return f"a {kind} of {len(tree)}" if isinstance(tree, tuple | list) else f"a {kind}"
