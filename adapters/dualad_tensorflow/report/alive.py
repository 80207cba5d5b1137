"""Which eager tensors are alive: a weak reference to each that is made, and where it lies."""

from __future__ import annotations

import ctypes
import gc
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

# There is no public way to see the operations that run.
from tensorflow.python.framework import op_callbacks

__all__ = ["Seen", "bytes_alive", "operations"]

Tensor = Any
"""TensorFlow ships no types."""


class Seen:
    """Weak references to the eager tensors that operations made, with the operations' names."""

    def __init__(self) -> None:
        self.tensors: list[tuple[weakref.ref[Any], str]] = []

    def __call__(
        self,
        op_type: Any,
        inputs: Any,
        attrs: Any,
        outputs: Any,
        op_name: Any = None,
        graph: Any = None,
    ) -> None:
        """Take note of an operation, as a callback of TensorFlow's."""
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        if graph is None:  # otherwise a tf.function is being traced: its tensors hold no memory
            self.tensors += [(weakref.ref(t), name) for t in outputs]

    def rename(self, name: str) -> None:
        """Say ``name`` made all tensors so far."""
        self.tensors = [(ref, name) for ref, _ in self.tensors]


@contextmanager
def operations() -> Iterator[Seen]:
    """Watch the operations that run."""
    seen = Seen()
    op_callbacks.add_op_callback(seen)
    try:
        yield seen
    finally:
        op_callbacks.remove_op_callback(seen)


def bytes_alive(seen: Seen, results: Any) -> dict[str, int]:
    """The bytes that are alive, by the operation that made them.

    Parameters
    ----------
    seen : Seen
        What was made.
    results : nested tensors
        What is held by somebody else.
    """
    gc.collect()
    alive = [(t, made_by) for ref, made_by in seen.tensors if (t := ref()) is not None]
    given = [t for t in tf.nest.flatten(results, expand_composites=True) if tf.is_tensor(t)]
    # Read eagerly, a variable gives its own buffer.
    apart = _Buffers([*given, *(t for t, made_by in alive if made_by == "ReadVariableOp")])
    counted, parts = _Buffers([]), dict[str, int]()
    for tensor, made_by in alive:
        if (new := counted.add(tensor, apart)) > 0:
            parts[made_by] = parts.get(made_by, 0) + new
    return parts


class _Buffers:
    """Address ranges, each byte counted once."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self.ranges: list[tuple[int, int]] = []
        for tensor in tensors:
            self.add(tensor)

    def add(self, tensor: Tensor, apart: _Buffers | None = None) -> int:
        """Take in a buffer; return how many of its bytes are neither here yet nor in ``apart``."""
        here = _address_range(tensor)
        new = [here]
        for start, stop in [*self.ranges, *(apart.ranges if apart else [])]:
            pieces = [p for a, b in new for p in ((a, min(b, start)), (max(a, stop), b))]
            new = [(a, b) for a, b in pieces if a < b]
        self.ranges.append(here)
        return sum(b - a for a, b in new)


_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _address_range(tensor: Tensor) -> tuple[int, int]:
    """Where a tensor lies in memory, on any device: the first field of its DLPack."""
    dtype = tensor.dtype
    if not (dtype.is_floating or dtype.is_integer or dtype.is_complex or dtype.is_bool):
        return 0, 0  # strings, resources, variants
    capsule = tf.experimental.dlpack.to_dlpack(tensor)
    start = ctypes.c_void_p.from_address(_capsule_pointer(capsule, b"dltensor")).value or 0
    return start, start + dtype.size * int(tf.size(tensor))
