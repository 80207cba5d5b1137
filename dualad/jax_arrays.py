"""JAX as a backend: an activation whose derivatives JAX takes from here.

JAX would differentiate the recorded calls, and be wrong where these have kinks that the function
has not: softplus is ``max(x, 0) + log1p(exp(-|x|))``, and JAX's slope of that is 0 at 0.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as standard

from .arguments import floating, full
from .namespace import Adapter, Namespace
from .scalars import is_scalar
from .special_functions import special_functions

if TYPE_CHECKING:
    from .definition import Activation
    from .program import Path

__all__ = ["adapter"]


def computing_dtype(dtype: Any) -> Any:
    """Half types are computed in single precision and rounded once."""
    return standard.dtype("float32") if dtype in ("float16", "bfloat16") else dtype


namespace = Namespace(
    "jax.numpy",
    standard,
    native=special_functions("jax"),
    computing_dtype=computing_dtype,
)


def apply(activation: Activation, arguments: tuple[Any, ...], path: Path = ()) -> Any:
    """Evaluate an activation, or a derivative, so that JAX knows the next one.

    What JAX keeps for the backward pass is what the rule multiplies tangents with: the slopes.
    """
    values = [a if is_scalar(a) else floating(namespace, a) for a in arguments]
    places = [i for i, a in enumerate(values) if not is_scalar(a)]

    def with_arrays(arrays: Sequence[Any]) -> tuple[Any, ...]:
        given = dict(zip(places, arrays, strict=True))
        return tuple(given.get(i, a) for i, a in enumerate(values))

    @jax.custom_jvp
    def evaluated(*arrays: Any) -> Any:
        given = with_arrays(arrays)
        (result,) = activation.recording.executable(namespace.name, (path,)).run(given)
        return full(namespace, result, given)

    def rule(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        y = evaluated(*primals)
        given = with_arrays(primals)
        parts = [
            apply(activation, given, (*path, i)) * _broadcast(tangent, y)
            for i, tangent in zip(places, tangents, strict=True)
            if not isinstance(tangent, jax.custom_derivatives.SymbolicZero)
        ]
        return y, functools.reduce(operator.add, parts).astype(y.dtype)

    evaluated.defjvp(rule, symbolic_zeros=True)
    return evaluated(*(standard.asarray(values[i]) for i in places))


def _broadcast(tangent: Any, result: Any) -> Any:
    """A tangent in the shape of a result, through single precision if it is a half type.

    Transposed this is a sum, and JAX adds half types up in themselves: of 262144 numbers around
    0.01 in float16 it makes 256.
    """
    wide = tangent.astype(computing_dtype(tangent.dtype))
    return standard.broadcast_to(wide, result.shape).astype(result.dtype)


def watches(arguments: tuple[Any, ...]) -> bool:
    """Whether a transform of JAX's follows what is computed."""
    return any(isinstance(a, jax.core.Tracer) for a in arguments)


adapter = Adapter(namespace, apply, watches)
