"""dualad: one definition of an activation, value and derivative in one pass.

Write an activation once, as plain mathematics; train with it in PyTorch, TensorFlow and Keras with
only what the backward pass needs kept in memory; or use the dual numbers alone, on NumPy arrays or
any Array API arrays.
"""

from collections.abc import Callable as _Callable
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from .definition import Activation, activation
from .dual import Dual, HyperDual
from .functions import *  # noqa: F403
from .functions import FUNCTIONS as _FUNCTIONS
from .namespace import array_namespace
from .symbols import DefinitionError
from .transforms import derivative, jvp, value_and_derivative

if _TYPE_CHECKING:
    # The functions are made from the table: type checkers learn here that they are there.
    def __getattr__(name: str) -> _Callable[..., _Any]: ...  # type: ignore[empty-body]


__version__ = "0.1.0"

__all__ = [
    "Activation",
    "DefinitionError",
    "Dual",
    "HyperDual",
    "activation",
    "array_namespace",
    "derivative",
    "jvp",
    "value_and_derivative",
    *_FUNCTIONS,
]
