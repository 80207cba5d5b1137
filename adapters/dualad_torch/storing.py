"""Derivatives in few bits as tensors for autograd to keep: packed, with the ranges of runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from dualad.keep.choice import Choice
from dualad.keep.packing import pack, unpack
from dualad.keep.ranges import from_ranges, in_ranges

from .blocks import flattened, storage_order
from .namespace import namespace

__all__ = ["Place", "put_away", "take_out"]


class Place(NamedTuple):
    """How a derivative lies in memory, to be laid there again.

    Parameters
    ----------
    shape, stride : tuple of int
        The derivative's; without a stride it is in the order of its elements.
    tensors : int
        How many tensors it became.
    bits : int
        Of each element; less than 8 are packed.
    """

    shape: Any
    stride: Any
    tensors: int
    bits: int


def put_away(choice: Choice, slope: Any) -> tuple[tuple[torch.Tensor, ...], Place | None]:
    """What is kept of a derivative that was computed; with a place, if it is not as it was.

    Tensors of other kinds, as distributed ones, have neither rows to pack nor runs of their own:
    their codes are kept a byte an element, a derivative without bounds as it is.
    """
    code, runs = choice.code, choice.runs
    few = runs is not None or (code is not None and code.packed)
    if not (few and isinstance(slope, torch.Tensor)) or _is_special(slope) or not slope.numel():
        return ((slope,) if isinstance(slope, torch.Tensor) else ()), None
    # The strides are those of memory; a trace has some, too, but what compiles it may change them.
    axes = None if torch.compiler.is_compiling() else storage_order([slope])
    flat = slope.reshape(-1) if axes is None else flattened(slope, axes)
    stride = None if axes is None else slope.stride()
    if code is not None:
        packed = pack(namespace, flat, code.bits)
        return (packed,), Place(slope.shape, stride, 1, code.bits)
    assert runs is not None
    noise = torch.rand_like(flat) if runs.rounding == "stochastic" else None
    codes, *ranges = in_ranges(namespace, flat, runs.bits, noise)
    kept = pack(namespace, codes, runs.bits) if runs.bits < 8 else codes
    return (kept, *ranges), Place(slope.shape, stride, 3, runs.bits)


def take_out(tensors: Sequence[torch.Tensor], place: Place | None) -> torch.Tensor:
    """The derivative as it was put away, in its code if it has one."""
    if place is None:
        return tensors[0]
    kept, *ranges = tensors
    if place.bits < 8:
        # Hooks that keep everything in another dtype bring it back in one.
        kept = unpack(namespace, kept.to(torch.uint8), place.bits, math.prod(place.shape))
    if ranges:
        kept = from_ranges(namespace, kept, *ranges)
    if place.stride is None:
        return kept.view(place.shape)
    return kept.as_strided(place.shape, place.stride)


def _is_special(slope: torch.Tensor) -> bool:
    """Whether it is not simply numbers in memory, nor stands for such in a trace."""
    return slope.layout is not torch.strided or is_traceable_wrapper_subclass(slope)
