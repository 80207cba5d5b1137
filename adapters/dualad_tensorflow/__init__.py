"""dualad in TensorFlow and Keras: an activation whose tape keeps f' alone.

Calling a dualad activation on tensors needs no import of this package. It is here for the layer,
and to measure what a function keeps for its backward pass. Importing it makes the catalogue known
to Keras, by names as ``"dualad>mish"``.

TensorFlow is imported with what needs it, at its first use: Keras may have another backend.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from .layer import Activation
from .layer.serialization import register as _register

if _TYPE_CHECKING:
    from .conversion import convert
    from .report import saved_bytes

__all__ = ["Activation", "convert", "saved_bytes"]

_IN = {"convert": ".conversion", "saved_bytes": ".report"}

_register()


def __getattr__(name: str) -> _Any:
    if name not in _IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(_import_module(_IN[name], __name__), name)
    return found
