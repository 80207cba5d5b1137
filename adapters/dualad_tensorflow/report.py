"""How many bytes a function keeps alive for the backward pass."""

from __future__ import annotations

import ctypes
import gc
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

# There is no public way to see the operations that run.
from tensorflow.python.framework import op_callbacks

from dualad.report import Report

__all__ = ["saved_bytes"]

Tensor = Any
"""TensorFlow ships no types."""

EAGER = "eager tensors that the tape keeps alive"
GRAPH = "extra outputs of the tf.function's forward pass that the tape keeps alive"


def saved_bytes(fn: Callable[..., Any], *inputs: Any) -> Report:
    """Count what ``fn(*inputs)`` keeps for its backward pass.

    TensorFlow's CPU allocator gives no statistics, so the tensors themselves are watched: a weak
    reference to each that is made while `fn` runs under a tape tells which of them the tape keeps.

    Parameters
    ----------
    fn : callable
        Eager code, a ``tf.function`` or a Keras layer. Called once, under a tape.
    *inputs : tensor, array or variable
        Its arguments. An input counts if the tape keeps it alive.

    Returns
    -------
    Report
        The bytes of all tensors that are kept, each buffer counted once; variables and the results
        themselves, which live anyway, are left out. By the operation that made the tensor.

    Raises
    ------
    RuntimeError
        Called while a ``tf.function`` is traced.

    Examples
    --------
    >>> import tensorflow as tf, dualad_tensorflow
    >>> from dualad.activations import mish
    >>> x = tf.zeros([1000])
    >>> dualad_tensorflow.saved_bytes(mish, x).bytes
    4000
    >>> dualad_tensorflow.saved_bytes(lambda x: x * tf.tanh(tf.math.softplus(x)), x).bytes
    8000
    """
    if not tf.executing_eagerly():
        raise RuntimeError(
            "saved_bytes is called inside a tf.function; call it outside, with that function as fn"
        )
    with tf.GradientTape() as tape, _operations() as seen:
        copies = [x if isinstance(x, tf.Variable) else tf.identity(x) for x in inputs]
        seen.rename("input")
        tape.watch(copies)
        results = fn(*copies)
        del copies  # from here on only the tape, and the results, hold anything
    gc.collect()
    alive = [(t, made_by) for ref, made_by in seen.tensors if (t := ref()) is not None]
    given = [t for t in tf.nest.flatten(results, expand_composites=True) if tf.is_tensor(t)]
    # Read eagerly, a variable gives its own buffer.
    apart = _Buffers([*given, *(t for t, made_by in alive if made_by == "ReadVariableOp")])
    counted, parts = _Buffers([]), dict[str, int]()
    for tensor, made_by in alive:
        if (new := counted.add(tensor, apart)) > 0:
            parts[made_by] = parts.get(made_by, 0) + new
    traced = any(made_by.startswith("__forward_") for _, made_by in seen.tensors)
    return Report(sum(parts.values()), GRAPH if traced else EAGER, parts)


class _Seen:
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
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        if graph is None:  # otherwise a tf.function is being traced: its tensors hold no memory
            self.tensors += [(weakref.ref(t), name) for t in outputs]

    def rename(self, name: str) -> None:
        """Say ``name`` made all tensors so far."""
        self.tensors = [(ref, name) for ref, _ in self.tensors]


@contextmanager
def _operations() -> Iterator[_Seen]:
    seen = _Seen()
    op_callbacks.add_op_callback(seen)
    try:
        yield seen
    finally:
        op_callbacks.remove_op_callback(seen)


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
