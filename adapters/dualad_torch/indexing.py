"""Indices as NumPy takes them, where PyTorch takes no step backwards; sets with first places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

__all__ = ["FUNCTIONS"]


def _consumed(key: Any) -> int:
    """How many axes a part of a key is for."""
    if key is None or key is Ellipsis or isinstance(key, bool):
        return 0
    return int(key.ndim) if getattr(key, "dtype", None) in (torch.bool, bool) else 1


def _forwards(x: torch.Tensor, key: Any) -> tuple[torch.Tensor, Any]:
    """A tensor turned round along some axes, and the key without negative steps."""
    keys = list(key) if isinstance(key, tuple) else [key]
    turned, axis = [], 0
    for i, k in enumerate(keys):
        if k is Ellipsis:
            axis = x.ndim - sum(map(_consumed, keys[i + 1 :]))
            continue
        if isinstance(k, slice) and k.step is not None and k.step < 0:
            length = x.shape[axis]
            start, stop, step = k.indices(length)
            turned.append(axis)
            keys[i] = slice(length - 1 - start, length - 1 - stop, -step)
        axis += _consumed(k)
    return (x.flip(turned), tuple(keys)) if turned else (x, key)


def getitem(x: torch.Tensor, key: Any, /) -> torch.Tensor:
    """``x[key]``, with negative steps too."""
    x, key = _forwards(x, key)
    return x[key]


def scatter(x: torch.Tensor, key: Any, shape: Sequence[int], /) -> torch.Tensor:
    """Zeros of a shape with ``x`` added at a key, as often as a place is named there."""
    size = torch.Size(shape).numel()
    places = getitem(torch.arange(size, device=x.device).reshape(tuple(shape)), key)
    values = x.expand(places.shape).reshape(-1)
    zeros = torch.zeros(size, dtype=x.dtype, device=x.device)
    return zeros.index_add(0, places.reshape(-1), values).reshape(tuple(shape))


class UniqueAll(NamedTuple):
    """What ``unique_all`` gives."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


def unique_all(x: torch.Tensor, /) -> UniqueAll:
    """Each value once, where it was first, where it went, how often it is there."""
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    order = torch.argsort(inverse.reshape(-1), stable=True)
    return UniqueAll(values, order[torch.cumsum(counts, 0) - counts], inverse, counts)


FUNCTIONS: dict[str, Any] = {"getitem": getitem, "scatter": scatter, "unique_all": unique_all}
"""What dualad's derivatives of array functions are written in."""
