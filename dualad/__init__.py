"""dualad: one definition of an activation, value and derivative in one pass.

Write an activation once, as plain mathematics; train with it in PyTorch, TensorFlow and Keras with
only what the backward pass needs kept in memory; or use the dual numbers alone, on NumPy arrays or
any Array API arrays.
"""

from collections.abc import Callable as _Callable
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import linalg
from .array_functions import FUNCTIONS as _ARRAY_FUNCTIONS
from .definition import Activation, activation
from .dual import Dual, HyperDual
from .dual.namespace import DualNamespace as _DualNamespace  # noqa: F401  (joins the duals)
from .functions import FUNCTIONS as _FUNCTIONS
from .namespace import array_namespace
from .symbols import DefinitionError
from .transforms import (
    derivative,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    laplacian,
    value_and_derivative,
    value_and_gradient,
)
from .user_rules import DerivativeMismatch, primitive

if _TYPE_CHECKING:
    # The functions are made from the table: type checkers learn here that they are there.
    def __getattr__(name: str) -> _Callable[..., _Any]: ...  # type: ignore[empty-body]


# Some of them have the names of Python's own functions (sum, max, ...): only here, where none of
# those is called, may they be global.
globals().update(_FUNCTIONS | _ARRAY_FUNCTIONS)

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "DefinitionError",
    "DerivativeMismatch",
    "Dual",
    "HyperDual",
    "activation",
    "array_namespace",
    "derivative",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "laplacian",
    "linalg",
    "primitive",
    "value_and_derivative",
    "value_and_gradient",
    *_ARRAY_FUNCTIONS,
    *_FUNCTIONS,
]
