"""A program as one kernel, made by XLA: a ``tf.function`` with ``jit_compile=True``.

In eager mode it takes the place of a chain of operations that each go through memory. In a graph it
is a function within the function, of which XLA makes one kernel even where nothing else is
compiled; inside a graph that XLA compiles it dissolves.

The arrays go in flat, so that a program is traced once, whatever the shapes; XLA itself makes
a kernel for each number of elements that it meets. Arguments that broadcast against each other go
in as they are, and a program is traced for each combination of ranks.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from dualad.compiler import CompilerWarning
from dualad.scalars import is_scalar

from .fusion import fused

__all__ = ["TensorFlowCompiler"]

Tensor = Any
"""TensorFlow ships no types."""

Kernel = Callable[..., list[Any] | None]


class TensorFlowCompiler:
    """XLA.

    Parameters
    ----------
    dialect : Namespace
        The functions that compiled programs call.
    """

    def __init__(self, dialect: Any) -> None:
        self.dialect = dialect
        self._works: bool | None = None
        self._lock = threading.RLock()

    def prefers(self, arrays: Sequence[Tensor]) -> bool:
        """Nowhere: for every new size XLA compiles anew, so its user has to want it."""
        return False

    def accepts(self, arrays: Sequence[Tensor]) -> bool:
        """Tensors with dimensions, where XLA works."""
        return any(a.shape.rank != 0 for a in arrays) and self._is_there()

    def run(
        self,
        executable: Any,
        arguments: Sequence[Any],
        dtype: Any,
        outputs: Sequence[Any] | None,
        inplace: bool,
    ) -> Sequence[Any] | None:
        """The outputs; None where XLA cannot compile the program."""
        wide = [a for a in arguments if not is_scalar(a) and a.shape.rank != 0]
        like = wide[0] if _of_one_shape(wide) else None
        if like is None and not _fitting(wide):
            return None  # what is wrong is said elsewhere, and better
        operands = [
            self.dialect.number(a, dtype)
            if is_scalar(a)
            else (tf.reshape(a, [-1]) if like is not None and a.shape.rank != 0 else a)
            for a in arguments
        ]
        key = (dtype, outputs, *((a.dtype, a.shape.rank) for a in operands))
        kernel = executable.kernels.get(key)
        if kernel is None:
            kernel = self._first(executable, key, operands, dtype, outputs)
        results = kernel(*operands)
        if results is None or like is None:
            return results  # type: ignore[no-any-return]
        return [_shaped(r, like) for r in results]

    def _first(
        self, executable: Any, key: Any, operands: Sequence[Tensor], dtype: Any, outputs: Any
    ) -> Kernel:
        """Build the kernel and try it; another thread that wants it waits."""
        with self._lock:
            if key not in executable.kernels:
                kernel = _kernel(executable, operands, dtype, outputs)
                try:
                    # In a graph it would fail only when that runs, and nobody could help it.
                    with tf.init_scope():
                        if tf.executing_eagerly():
                            kernel(*(tf.ones([2] * a.shape.rank, a.dtype) for a in operands))
                except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
                    _warn(executable.program.title, error)
                    kernel = _refused
                executable.kernels[key] = kernel
            return executable.kernels[key]  # type: ignore[no-any-return]

    def _is_there(self) -> bool:
        """Whether XLA compiles anything at all, tried once."""
        if self._works is None:
            with self._lock, tf.init_scope():
                try:
                    tf.function(tf.exp, jit_compile=True)(tf.zeros([2]))
                    self._works = True
                except tf.errors.OpError as error:
                    self._works = False
                    _warn("a program", error)
        return self._works


def _kernel(executable: Any, operands: Sequence[Tensor], dtype: Any, outputs: Any) -> Kernel:
    """The program as a function that XLA compiles; results that are numbers come back as such."""
    numbers: dict[int, float] = {}

    def traced(*operands: Tensor) -> list[Tensor]:
        results = fused(executable, operands, dtype, outputs)
        numbers.update((i, r) for i, r in enumerate(results) if is_scalar(r))
        return [r for r in results if not is_scalar(r)]

    signature = [tf.TensorSpec([None] * a.shape.rank, a.dtype) for a in operands]
    # Made at once, and outside of any graph: a call takes 45 microseconds instead of 180, and
    # TensorFlow does not take many programs for one that is traced again and again.
    with tf.init_scope():
        program = tf.function(traced, input_signature=signature, autograph=False, jit_compile=True)
        compiled = program.get_concrete_function()

    def kernel(*operands: Tensor) -> list[Any]:
        results = compiled(*operands)
        if not numbers:
            return results  # type: ignore[no-any-return]
        tensors, count = iter(results), len(results) + len(numbers)
        return [numbers[i] if i in numbers else next(tensors) for i in range(count)]

    return kernel


def _refused(*_: Tensor) -> None:
    """In the place of a kernel that there cannot be."""


def _of_one_shape(arrays: Sequence[Tensor]) -> bool:
    """Whether arrays are known to have the same shape."""
    first = arrays[0].shape
    return len(arrays) == 1 or (
        first.is_fully_defined() and all(a.shape == first for a in arrays[1:])
    )


def _fitting(arrays: Sequence[Tensor]) -> bool:
    """Whether arrays may broadcast against each other, as far as it is known."""
    shape = tf.TensorShape([])
    try:
        for a in arrays:
            if a.shape.rank is None:
                return False  # a kernel is made for a number of dimensions
            shape = tf.broadcast_static_shape(shape, a.shape)
    except ValueError:
        return False
    return True


def _shaped(result: Any, like: Tensor) -> Any:
    """A flat result in the shape of an argument; what has no dimension stays as it is."""
    if is_scalar(result) or result.shape.rank == 0 or like.shape.rank == 1:
        return result
    static = like.shape
    return tf.reshape(result, static if static.is_fully_defined() else tf.shape(like))


def _warn(title: str, error: Exception) -> None:
    lines = str(error).strip().splitlines()
    warnings.warn(
        f"{title} could not be compiled by XLA ({type(error).__name__}: "
        f"{lines[0] if lines else 'no reason given'}); dualad goes on without, as with "
        'execution="whole": slower, and no less exact',
        CompilerWarning,
        stacklevel=2,
    )
