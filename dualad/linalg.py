"""Linear algebra on arrays of any backend and on dual numbers: ``da.linalg.solve(a, b)``.

The functions are those of the Array API standard's extension, and `norm` as NumPy has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .array_functions import EXTENSION, FUNCTIONS
from .namespace import array_namespace

if TYPE_CHECKING:
    # The functions are made from the table: type checkers learn here that they are there.
    def __getattr__(name: str) -> Callable[..., Any]: ...


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of vectors or matrices.

    Parameters
    ----------
    x : array, Dual or HyperDual
        Of any shape.
    ord : number or str, optional
        Of vectors any number, 2 by default; of matrices ``"fro"`` (by default), 1, -1, inf, -inf.
    axis : int or tuple of two int, optional
        Along which the vectors lie, or the matrices; without it and without `ord` all elements are
        one vector, and with `ord` a matrix has its matrix norm.
    keepdims : bool, optional
        Whether the axes stay, with length one.

    Returns
    -------
    array, Dual or HyperDual
        The norms; where all elements are zero the derivative is zero.

    Raises
    ------
    ValueError
        `ord` is no norm of what `axis` says.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad as da
    >>> da.gradient(da.linalg.norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    xp = array_namespace(x)
    if axis is None and ord is not None:
        if x.ndim not in (1, 2):
            raise ValueError(f"linalg.norm: ord={ord!r} of shape {x.shape} needs an axis")
        axis = tuple(range(x.ndim)) if x.ndim == 2 else 0
    if isinstance(axis, tuple) and len(axis) == 2 and (ord is not None):
        moved = xp.moveaxis(x, axis, (-2, -1))
        result = xp.linalg.matrix_norm(moved, ord=ord)
        if not keepdims:
            return result
        kept = (1 if i in {a % x.ndim for a in axis} else n for i, n in enumerate(x.shape))
        return xp.reshape(result, tuple(kept))
    if ord is not None and not isinstance(ord, int | float):
        raise ValueError(f"linalg.norm: ord={ord!r} is no norm of vectors: write a number, or inf")
    order = 2 if ord is None else math.inf if ord == math.inf else ord
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)


_SHARED = {name: FUNCTIONS[name] for name in ("matmul", "matrix_transpose", "tensordot", "vecdot")}

globals().update(EXTENSION | _SHARED)
__all__ = ["norm", *EXTENSION, *_SHARED]
