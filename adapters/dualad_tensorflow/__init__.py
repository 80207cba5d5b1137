"""dualad in TensorFlow and Keras: an activation whose tape keeps f' alone.

Calling a dualad activation on tensors needs no import of this package. It is here for the layer,
and to measure what a function keeps for its backward pass.
"""

from typing import Any as _Any

import keras as _keras

from dualad.namespace import Adapter

from .function import apply as _apply
from .function import watches as _watches
from .layer import Activation
from .namespace import namespace
from .report import saved_bytes

__all__ = ["Activation", "adapter", "saved_bytes"]


def _apply_to_any(activation: _Any, arguments: _Any, path: tuple[int, ...] = ()) -> _Any:
    """Apply to tensors; to the functional API's symbols, as a layer of the model."""
    if not any(isinstance(a, _keras.KerasTensor) for a in arguments):
        return _apply(activation, arguments, path)
    if path:
        raise TypeError("a Keras model is made of layers; derivatives are for its tensors")
    symbols = [a for a in arguments if isinstance(a, _keras.KerasTensor)]
    pairs = list(zip(activation.parameters, arguments, strict=True))
    if any(isinstance(a, _keras.KerasTensor) for _, a in pairs[len(symbols) :]):
        raise TypeError("in a Keras model the arguments that are numbers come last")
    return Activation(activation, values=dict(pairs[len(symbols) :]))(*symbols)


adapter = Adapter(namespace, _apply_to_any, _watches)
