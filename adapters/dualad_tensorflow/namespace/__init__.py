"""TensorFlow as a backend: the Array API standard 2025.12 over raw ``tf`` operations.

``tf.experimental.numpy`` will not do: it lacks standard names, and a bfloat16 tensor and a Python
float make a float64 there. Here every function of the standard and of its linear algebra is found
by its standard name, but for the Fourier transforms.

What differs from the standard:

- The arrays are TensorFlow's own tensors, with their methods and operators: there is no ``.T``,
  ``.mT``, ``.size``, ``.to_device`` or ``__array_namespace__``, ``x + y`` does not promote (the
  function ``add`` does), and nothing can be assigned to. ``x[mask]`` works; for ``x[indices]``
  there are ``take`` and ``getitem``.
- Dtypes are by default TensorFlow's: float32, int32, complex64; indices are int64. There are
  float16 and bfloat16, computed in single precision; together they make float32.
- More is promoted than the standard asks: of two kinds the higher one decides, so an int64 and a
  float32 tensor make float32. Functions for floating-point numbers take integers, as float32.
- NumPy's scalars are weak, as Python's are.
- A device is a name that ``tf.device`` takes.
- Subnormal numbers are flushed to zero by most operations.
- ``nextafter`` is for float32 and float64 only; ``sort`` and its like refuse complex numbers.
- Sorting is always stable; NaN is the largest number to it, and comes first in ``argmax`` and
  ``argmin``. ``unique_values`` and its like give sorted values.
- In a ``tf.function`` sizes may be unknown, the number of dimensions not (but for element-wise
  functions), and ``unstack`` needs the size. Under XLA ``maximum`` and ``minimum`` lose the NaN of
  the second operand, ``max`` and ``min`` any, and an index out of bounds is no error.
- In a ``tf.function``, under XLA or not, sums and products with numbers among them are reordered:
  ``(1 + x) - 1`` is x.
- ``empty`` is filled with zeros. ``logsumexp``, ``getitem`` and ``scatter`` are there too.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import tensorflow as tf

from dualad.fused import fusing
from dualad.namespace import Namespace

from ..compiled import TensorFlowCompiler
from . import (
    arithmetic,
    creation,
    decompositions,
    dtypes,
    elementary,
    indexing,
    manipulation,
    predicates,
    products,
    searching,
    statistical,
)
from .inspection import Info

__all__ = ["namespace"]

STANDARD: dict[str, Any] = {
    **dtypes.CONSTANTS,
    **dtypes.FUNCTIONS,
    **arithmetic.FUNCTIONS,
    **elementary.FUNCTIONS,
    **predicates.FUNCTIONS,
    **creation.FUNCTIONS,
    **manipulation.FUNCTIONS,
    **indexing.FUNCTIONS,
    **searching.FUNCTIONS,
    **statistical.FUNCTIONS,
    **products.FUNCTIONS,
    "linalg": SimpleNamespace(**products.LINALG, **decompositions.LINALG),
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "newaxis": None,
    "pi": math.pi,
}


def tensor_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """A commutative function whose first operand is a tensor: in a graph it decides the dtype."""

    def commuted(x: Any, y: Any) -> Any:
        return function(x, y) if tf.is_tensor(x) else function(y, x)

    return commuted


PROGRAMS: dict[str, Callable[..., Any]] = {
    # A program's tensors are all of one floating dtype. Python's operators take numbers on either
    # side.
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "pow": operator.pow,
    "negative": operator.neg,
    "abs": tf.abs,
    "sign": tf.sign,
    "round": tf.round,
    "square": tf.square,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": tensor_first(tf.equal),
    "not_equal": tensor_first(tf.not_equal),
    "logical_and": tf.logical_and,
    "logical_or": tf.logical_or,
    "logical_not": tf.logical_not,
    "maximum": tensor_first(tf.maximum),
    "minimum": tensor_first(tf.minimum),
    "zeros_like": tf.zeros_like,
    **elementary.RAW,
}
"""What recorded programs call, where less is to be looked at: a call costs microseconds."""

ABOUT: dict[str, Any] = {
    "__array_api_version__": "2025.12",
    "__array_namespace_info__": Info,
}


def _number(value: float, dtype: Any) -> Any:
    return tf.constant(value, dtype)


def exp(x: Any) -> Any:
    """A maximum that changes nothing: of a product of exponentials XLA would make another one."""
    return tf.maximum(tf.exp(x), 0.0)


FUSING = SimpleNamespace(
    exp=exp,
    where=tf.where,
    copysign=arithmetic.copysign,
    at_least=tf.maximum,
    at_most=tf.minimum,
)

FORMS = fusing(FUSING, lambda: dialect, lambda x: x.dtype == tf.float64, PROGRAMS)

dialect: Namespace = Namespace(
    "tensorflow, compiled",
    SimpleNamespace(**STANDARD),
    native=ABOUT,
    programs={
        **FORMS,
        # Zero at minus infinity, as in eager mode.
        "silu": lambda x: FORMS["silu"](tf.maximum(x, -2000.0)),
        # XLA's tanh and erf are quotients of polynomials, which cost less than an exponential.
        "tanh_exp": None,
        **PROGRAMS,
        "exp": exp,
    },
    computing_dtype=dtypes.computing_dtype,
    result_dtype=dtypes.result_dtype,
    number=_number,
)
"""What programs call that XLA compiles."""

namespace = Namespace(
    "tensorflow",
    SimpleNamespace(**STANDARD),
    native=ABOUT,
    programs=PROGRAMS,
    computing_dtype=dtypes.computing_dtype,
    result_dtype=dtypes.result_dtype,
    compiler=TensorFlowCompiler(dialect),
    number=_number,
)
