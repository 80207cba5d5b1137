"""PyTorch's changes of shape, joining, splitting and repetition."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from ...arrays.manipulation import along, normal_axis
from ..numpy_functions import shapes
from ..numpy_functions.translation import Translations, as_array

__all__ = ["FUNCTIONS"]

FUNCTIONS = Translations()


def sequence(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """``f(x, 2, 3)`` and ``f(x, (2, 3))`` alike."""
    return tuple(given[0]) if len(given) == 1 and isinstance(given[0], Sequence) else given


@FUNCTIONS("reshape")
def reshape(xp: Any, input: Any, shape: Any) -> Any:
    """Another shape."""
    return xp.reshape(input, tuple(shape))


@FUNCTIONS("flatten")
def flatten(xp: Any, input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Several axes as one."""
    ndim = len(input.shape)
    if ndim == 0:
        return xp.reshape(input, (1,))
    start, end = normal_axis(start_dim, ndim), normal_axis(end_dim, ndim)
    shape = tuple(input.shape)
    length = math.prod(shape[start : end + 1])
    return xp.reshape(input, (*shape[:start], length, *shape[end + 1 :]))


@FUNCTIONS("ravel")
def ravel(xp: Any, input: Any) -> Any:
    """All elements in one row."""
    return xp.reshape(input, (-1,))


@FUNCTIONS("permute")
def permute(xp: Any, input: Any, dims: Any) -> Any:
    """The axes in another order."""
    return xp.permute_dims(input, tuple(dims))


@FUNCTIONS("transpose", "swapaxes", "swapdims")
def transpose(xp: Any, input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged."""
    return shapes.swapaxes(xp, input, dim0, dim1)


@FUNCTIONS("t")
def t(xp: Any, input: Any) -> Any:
    """A matrix transposed; a vector as it is."""
    return input if len(input.shape) < 2 else shapes.transpose(xp, input)


@FUNCTIONS("movedim", "moveaxis")
def movedim(xp: Any, input: Any, source: Any, destination: Any) -> Any:
    """Axes moved."""
    return xp.moveaxis(input, source, destination)


@FUNCTIONS("unsqueeze")
def unsqueeze(xp: Any, input: Any, dim: int) -> Any:
    """A new axis of length one."""
    return xp.expand_dims(input, axis=dim)


@FUNCTIONS("squeeze")
def squeeze(xp: Any, input: Any, dim: Any = None) -> Any:
    """Without axes of length one; a longer one stays."""
    ndim = len(input.shape)
    dims = range(ndim) if dim is None else dim if isinstance(dim, Sequence) else (dim,)
    axes = tuple(a for a in (normal_axis(d, ndim) for d in dims) if input.shape[a] == 1)
    return xp.squeeze(input, axis=axes) if axes else input


@FUNCTIONS("cat", "concat", "concatenate")
def cat(xp: Any, tensors: Any, dim: int = 0) -> Any:
    """Joined along an axis."""
    return xp.concat(list(tensors), axis=dim)


@FUNCTIONS("stack")
def stack(xp: Any, tensors: Any, dim: int = 0) -> Any:
    """Joined along a new axis."""
    return xp.stack(list(tensors), axis=dim)


@FUNCTIONS("hstack")
def hstack(xp: Any, tensors: Any) -> Any:
    """Side by side."""
    return shapes.hstack(xp, tensors)


@FUNCTIONS("vstack", "row_stack")
def vstack(xp: Any, tensors: Any) -> Any:
    """One above the other."""
    return shapes.vstack(xp, tensors)


@FUNCTIONS("column_stack")
def column_stack(xp: Any, tensors: Any) -> Any:
    """Vectors as the columns of a matrix."""
    return shapes.column_stack(xp, tensors)


@FUNCTIONS("split")
def split(xp: Any, tensor: Any, split_size_or_sections: Any, dim: int = 0) -> Any:
    """Parts of one length, or of the lengths given."""
    axis = normal_axis(dim, tensor.ndim)
    length = tensor.shape[axis]
    if isinstance(split_size_or_sections, int):
        cuts = [*range(0, length, split_size_or_sections), length]
    else:
        cuts = [0]
        for size in split_size_or_sections:
            cuts.append(cuts[-1] + size)
        if cuts[-1] != length:
            raise ValueError(f"torch.split: {split_size_or_sections} do not add up to {length}")
    return tuple(tensor[along(axis, slice(a, b))] for a, b in itertools.pairwise(cuts))


@FUNCTIONS("chunk")
def chunk(xp: Any, input: Any, chunks: int, dim: int = 0) -> Any:
    """So many parts, the last one shorter."""
    return split(xp, input, max(1, -(-input.shape[dim] // chunks)), dim)


@FUNCTIONS("unbind")
def unbind(xp: Any, input: Any, dim: int = 0) -> Any:
    """Taken apart along an axis."""
    return xp.unstack(input, axis=dim)


@FUNCTIONS("broadcast_to")
def broadcast_to(xp: Any, input: Any, size: Any) -> Any:
    """Repeated to a larger shape."""
    return xp.broadcast_to(input, tuple(size))


@FUNCTIONS("broadcast_tensors")
def broadcast_tensors(xp: Any, *tensors: Any) -> Any:
    """All in their common shape."""
    return tuple(xp.broadcast_arrays(*(as_array(xp, a) for a in sequence(tensors))))


@FUNCTIONS("meshgrid")
def meshgrid(xp: Any, *tensors: Any, indexing: str | None = None) -> Any:
    """The coordinates of a grid; PyTorch's first axis is that of the first array."""
    return tuple(xp.meshgrid(*sequence(tensors), indexing=indexing or "ij"))


@FUNCTIONS("flip")
def flip(xp: Any, input: Any, dims: Any) -> Any:
    """In reverse order."""
    return xp.flip(input, axis=tuple(dims) if isinstance(dims, Sequence) else dims)


@FUNCTIONS("roll")
def roll(xp: Any, input: Any, shifts: Any, dims: Any = None) -> Any:
    """Shifted around."""
    return xp.roll(input, shifts, axis=dims)


@FUNCTIONS("tile")
def tile(xp: Any, input: Any, dims: Any) -> Any:
    """Copies side by side."""
    return xp.tile(input, tuple(dims))


@FUNCTIONS("repeat_interleave")
def repeat_interleave(xp: Any, input: Any, repeats: int, dim: int | None = None) -> Any:
    """Each element several times."""
    return xp.repeat(input, repeats, axis=dim)


@FUNCTIONS("diff")
def diff(xp: Any, input: Any, n: int = 1, dim: int = -1) -> Any:
    """Differences of neighbours."""
    return xp.diff(input, n=n, axis=dim)
