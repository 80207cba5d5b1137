"""dualad in TensorFlow and Keras: an activation whose tape keeps f' alone.

Calling a dualad activation on tensors needs no import of this package. It is here for the layer,
and to measure what a function keeps for its backward pass.
"""

from typing import Any as _Any

import keras as _keras

from dualad.namespace import Adapter

from .function import apply as _apply
from .layer import Activation
from .namespace import namespace
from .report import saved_bytes

__all__ = ["Activation", "adapter", "saved_bytes"]


def _apply_to_any(activation: _Any, arguments: tuple[_Any, ...]) -> _Any:
    """Apply to tensors; to the functional API's symbols, as a layer of the model."""
    if any(isinstance(a, _keras.KerasTensor) for a in arguments):
        return Activation(activation)(*arguments)
    return _apply(activation, arguments)


adapter = Adapter(namespace, _apply_to_any)
