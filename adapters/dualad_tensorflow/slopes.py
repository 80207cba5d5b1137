"""What a tape keeps of a derivative, and how a cotangent is multiplied with it.

=============  =========================================================
`Computed`     a number, or f' as it was computed
`Coded`        f' in a code: in a half type, or packed, with the ranges of runs
`FromOutput`   y, of which f' is a function
=============  =========================================================
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import tensorflow as tf

from dualad.keep.choice import Choice
from dualad.keep.codes import Code
from dualad.keep.packing import pack, unpack
from dualad.keep.ranges import RUN, from_ranges, in_ranges
from dualad.linearize import Executable, Output
from dualad.program import record
from dualad.scalars import is_scalar

from .evaluation import Target, evaluate, run
from .fusion import for_xla
from .namespace import namespace

if TYPE_CHECKING:
    from dualad.definition import Activation

__all__ = ["Coded", "Computed", "FromOutput", "Slope", "coded"]

Tensor = Any
"""TensorFlow ships no types."""


class Computed(NamedTuple):
    """A derivative as it was computed.

    Parameters
    ----------
    slope : tensor or number
        It.
    """

    slope: Any

    def value(self, like: Tensor) -> Any:
        """The derivative."""
        return self.slope

    def product(self, cotangent: Tensor) -> Tensor:
        """The cotangent times the derivative."""
        return cotangent * self.slope


class Coded(NamedTuple):
    """A derivative that was written down.

    Parameters
    ----------
    choice : Choice
        How.
    tensors : tuple of tensor
        What is kept: the codes, and for runs their first levels and their steps.
    place : Target, optional
        The shape of the derivative, if the codes are flat.
    bits : int
        Of each number; with less than 8 several share a byte.
    execution : str
        As the activation's.
    """

    choice: Choice
    tensors: tuple[Tensor, ...]
    place: Target | None
    bits: int
    execution: str

    def value(self, like: Tensor) -> Tensor:
        """The derivative, in the dtype of its cotangent."""
        kept, code = self._taken_out(), self.choice.code
        if code is None:
            return tf.cast(kept, like.dtype)
        (slope,) = self._run(_reading(code), (kept,), like)
        return slope

    def product(self, cotangent: Tensor) -> Tensor:
        """The cotangent times the derivative."""
        kept, code = self._taken_out(), self.choice.code
        if code is None:
            return tf.cast(tf.cast(cotangent, kept.dtype) * kept, cotangent.dtype)
        (product,) = self._run(_multiplication(code), (cotangent, kept), cotangent)
        return product

    def _run(self, executable: Executable, values: Sequence[Any], like: Tensor) -> Sequence[Any]:
        return run(executable, values, like.dtype, self.execution, (Output(like.dtype),))

    def _taken_out(self) -> Tensor:
        """What `coded` wrote down: in the code, or the levels of runs."""
        kept, *ranges = map(tf.stop_gradient, self.tensors)
        if self.place is None:
            return kept
        known = self.place.static.num_elements()
        size = tf.reduce_prod(tf.cast(self.place.shape, tf.int64)) if known is None else known
        whole = size + -size % (RUN if ranges else 8) if known is None else known
        if self.bits < 8:
            kept = unpack(namespace, kept, self.bits, whole)
        if ranges:
            kept = from_ranges(namespace, kept, *ranges)
        return tf.reshape(kept[:size] if known is None else kept, self.place.shape)


class FromOutput(NamedTuple):
    """A derivative as a function of y.

    Parameters
    ----------
    inverse : Activation
        The function.
    values : tuple of tensor or number
        y and the numbers behind it.
    """

    inverse: Activation
    values: tuple[Any, ...]

    def value(self, like: Tensor) -> Tensor:
        """The derivative."""
        return evaluate(self.inverse, ((),), self._arguments())[0]

    def product(self, cotangent: Tensor) -> Tensor:
        """The cotangent times the derivative, in one pass."""
        executable, execution = (
            self.inverse.recording.weighted("tensorflow"),
            self.inverse.options.execution,
        )
        (product,) = run(executable, (*self._arguments(), cotangent), cotangent.dtype, execution)
        return product

    def _arguments(self) -> tuple[Any, ...]:
        y, *numbers = self.values
        return (tf.stop_gradient(y), *numbers)


Slope = Computed | Coded | FromOutput


def coded(choice: Choice, slope: Any, execution: str) -> Slope:
    """What is kept of a derivative that was computed for a choice.

    A number is none of the tape's business, and stays what it is. What XLA compiles has a byte for
    each element: XLA for the CPU keeps no codes, but computes them anew where they are read, and
    packed ones many times over.
    """
    code, runs = choice.code, choice.runs
    empty = not is_scalar(slope) and slope.shape.num_elements() == 0
    if is_scalar(slope) or (code is None and (runs is None or empty)):
        return Computed(slope)
    if code is not None and (empty or for_xla() or not code.packed):
        return Coded(choice, (slope,), None, 8, execution)
    place, flat = Target.of(slope), tf.reshape(slope, [-1])
    if code is not None:
        packed = pack(namespace, _filled(flat, 8), code.bits)
        return Coded(choice, (packed,), place, code.bits, execution)
    assert runs is not None
    flat = _filled(flat, RUN)
    stochastic = runs.rounding == "stochastic"
    noise = tf.random.uniform(tf.shape(flat), dtype=flat.dtype) if stochastic else None
    codes, *ranges = in_ranges(namespace, flat, runs.bits, noise)
    bits = 8 if for_xla() else runs.bits
    kept = pack(namespace, codes, bits) if bits < 8 else codes
    return Coded(choice, (kept, *ranges), place, bits, execution)


def _filled(flat: Tensor, multiple: int) -> Tensor:
    """With zeros behind it, where a graph does not know the size: up to a multiple."""
    if flat.shape.is_fully_defined():
        return flat
    return tf.pad(flat, [[0, -tf.shape(flat)[0] % multiple]])


@functools.lru_cache(maxsize=1024)
def _multiplication(code: Code) -> Executable:
    """The product of a cotangent and a derivative in a code."""

    def pull_back(cotangent: Any, kept: Any) -> Any:
        return cotangent * code.decode(kept)

    return Executable(record("pull_back", pull_back, ("cotangent", "kept")), namespace)


@functools.lru_cache(maxsize=1024)
def _reading(code: Code) -> Executable:
    """The derivative by itself."""
    return Executable(record("decode", code.decode, ("kept",)), namespace)
