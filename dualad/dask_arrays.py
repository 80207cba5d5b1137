"""Dask as a backend: its namespace stays lazy and chunked."""

from __future__ import annotations

from typing import Any

import array_api_compat.dask.array as standard
import dask.array

from .namespace import Adapter, Namespace
from .numpy_arrays import computing_dtype
from .special_functions import special_functions

__all__ = ["adapter"]


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Repeated, in chunks of Dask's usual size.

    Dask's own makes one chunk of what is repeated: the gradient of a sum would be an array in one
    piece, however large.
    """
    new = len(shape) - x.ndim
    lengths, chunks = (1,) * new + tuple(x.shape), ((1,),) * new + tuple(x.chunks)
    wanted = tuple(
        "auto" if old == 1 != length else chunk
        for old, length, chunk in zip(lengths, shape, chunks, strict=True)
    )
    pieces = dask.array.core.normalize_chunks(wanted, shape, dtype=x.dtype)
    return dask.array.broadcast_to(x, shape, chunks=pieces)


adapter = Adapter(
    Namespace(
        "dask.array",
        standard,
        native={**special_functions("dask"), "broadcast_to": broadcast_to},
        computing_dtype=computing_dtype,
    )
)
