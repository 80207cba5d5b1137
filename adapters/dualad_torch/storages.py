"""The memory behind tensors, in whatever they are wrapped or nested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

__all__ = ["storages", "tensors_in"]

COMPRESSED = {
    torch.sparse_csr: ("crow_indices", "col_indices", "values"),
    torch.sparse_bsr: ("crow_indices", "col_indices", "values"),
    torch.sparse_csc: ("ccol_indices", "row_indices", "values"),
    torch.sparse_bsc: ("ccol_indices", "row_indices", "values"),
}


def storages(tensor: torch.Tensor) -> Iterator[tuple[int, int]]:
    """A key and the bytes of each storage behind a tensor.

    Parameters
    ----------
    tensor : torch.Tensor
        Of any kind: sparse, nested, a DTensor or another wrapper, on the meta device, fake.

    Yields
    ------
    tuple of int
        The key is that of the storage object and not of the memory it points to, which is 0 on the
        meta device. It holds for as long as the tensor lives.
    """
    if is_traceable_wrapper_subclass(tensor):
        parts: list[Any] = [getattr(tensor, name) for name in tensor.__tensor_flatten__()[0]]
    elif tensor.layout == torch.sparse_coo:
        parts = [tensor._indices(), tensor._values()]
    elif tensor.layout in COMPRESSED:
        parts = [getattr(tensor, name)() for name in COMPRESSED[tensor.layout]]
    elif tensor.layout == torch.strided:
        storage = tensor.untyped_storage()
        yield storage._cdata, storage.nbytes()
        return
    else:  # opaque, as MKLDNN's: there is no storage to ask
        yield id(tensor), tensor.numel() * tensor.element_size()
        return
    for part in parts:
        if isinstance(part, torch.Tensor):
            yield from storages(part)


def tensors_in(
    thing: Any, attributes: bool = True, seen: set[int] | None = None
) -> Iterator[torch.Tensor]:
    """The tensors in nested containers and, if asked for, in the attributes of plain objects."""
    seen = set() if seen is None else seen
    if isinstance(thing, torch.Tensor):
        yield thing
        return
    if id(thing) in seen or isinstance(thing, type | str | bytes | torch.nn.Module):
        return
    seen.add(id(thing))
    inner: list[Any] = []
    if isinstance(thing, Mapping):
        inner += thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        inner += thing
    if attributes and not callable(thing):
        inner += getattr(thing, "__dict__", {}).values()
        slots = getattr(type(thing), "__slots__", ())
        inner += [getattr(thing, name, None) for name in slots]
    for part in inner:
        yield from tensors_in(part, attributes, seen)
