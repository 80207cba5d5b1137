"""Derivatives in few bits as tensors for autograd to keep: packed, with the ranges of runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from dualad.keep import Quantized
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
    packed : bool
        Whether several elements share a byte.
    """

    shape: Any
    stride: Any
    tensors: int
    packed: bool


def put_away(choice: Choice, slope: Any) -> tuple[tuple[torch.Tensor, ...], Place | None]:
    """What is kept of a derivative that was computed; with a place, if it is not as it was.

    Tensors of other kinds, as distributed ones, have neither rows to pack nor runs of their own:
    they are kept a byte an element.
    """
    code, runs = choice.code, choice.runs
    few = runs is not None or (code is not None and code.packed)
    if not (few and isinstance(slope, torch.Tensor)) or _is_special(slope) or not slope.numel():
        return ((slope,) if isinstance(slope, torch.Tensor) else ()), None
    axes = storage_order([slope]) if _is_dense(slope) else None
    flat = slope.reshape(-1) if axes is None else flattened(slope, axes)
    stride = None if axes is None else slope.stride()
    if code is not None:
        packed = pack(namespace, flat, code.bits)
        return (packed,), Place(slope.shape, stride, 1, True)
    assert runs is not None
    noise = torch.rand_like(flat) if runs.rounding == "stochastic" else None
    codes, *ranges = in_ranges(namespace, flat, runs.bits, noise)
    packs = runs.bits < 8
    kept = pack(namespace, codes, runs.bits) if packs else codes
    return (kept, *ranges), Place(slope.shape, stride, 3, packs)


def take_out(choice: Choice, tensors: Sequence[torch.Tensor], place: Place | None) -> torch.Tensor:
    """The derivative, in the code of the choice if it has one."""
    if place is None:
        return tensors[0]
    kept, *ranges = tensors
    if place.packed:
        bits = choice.code.bits if choice.code is not None else _bits(choice.runs)
        # Hooks that keep everything in another dtype bring it back in one.
        kept = unpack(namespace, kept.to(torch.uint8), bits, math.prod(place.shape))
    if ranges:
        kept = from_ranges(namespace, kept, *ranges)
    return kept.view(place.shape) if place.stride is None else _laid_out(kept, place)


def _bits(runs: Quantized | None) -> int:
    assert runs is not None
    return runs.bits


def _laid_out(flat: torch.Tensor, place: Place) -> torch.Tensor:
    return flat.as_strided(place.shape, place.stride)


def _is_special(slope: torch.Tensor) -> bool:
    """Whether it is not simply numbers in memory, nor stands for such in a trace."""
    return slope.layout is not torch.strided or is_traceable_wrapper_subclass(slope)


def _is_dense(slope: torch.Tensor) -> bool:
    """Whether its strides are those of memory; a trace has them, too, but may change them."""
    return not torch.compiler.is_compiling()
