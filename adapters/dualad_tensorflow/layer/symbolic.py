"""An activation called on what Keras itself makes: a model's symbols, and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from dualad.namespace import Adapter
from dualad.scalars import is_scalar

from . import Activation

if TYPE_CHECKING:
    import dualad
    from dualad.program import Path

__all__ = ["adapter"]


def apply(activation: dualad.Activation, arguments: tuple[Any, ...], path: Path = ()) -> Any:
    """Apply to symbols as a layer of the model; to variables by what they hold."""
    if not any(map(_is_symbol, arguments)):
        return activation._evaluate((path,), _held(arguments))[0]
    if path:
        raise TypeError("a Keras model is made of layers; derivatives are for its tensors")
    named = dict(zip(activation.parameters, arguments, strict=True))
    for name, value in named.items():
        if not (is_scalar(value) or _is_symbol(value)):
            raise TypeError(
                f"{activation.__name__}: in a Keras model {name!r} is a number or one of the "
                f"model's tensors, got {type(value).__name__}; write "
                f"dualad_tensorflow.Activation({activation.__name__}, learned=[{name!r}], "
                f"values={{{name!r}: ...}})"
            )
    symbols = [a for a in arguments if _is_symbol(a)]
    # Of the dtype of its arguments, as Keras' own operations are, whatever the global policy.
    dtype = keras.backend.result_type(*(s.dtype for s in symbols), float)
    constants = {name: value for name, value in named.items() if is_scalar(value)}
    return Activation(activation, values=constants, dtype=dtype)(*symbols)


def namespace(*arguments: Any) -> Any:
    """None: Keras has no namespace for these.

    Raises
    ------
    TypeError
        Always; it says what to write instead.
    """
    if any(map(_is_symbol, arguments)):
        raise TypeError(
            "a KerasTensor has no values; put the formula into an activation (dualad.activation) "
            "and call that"
        )
    raise TypeError("expected an array, got a Keras variable; write variable.value")


def _held(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with Keras' variables as tensors of the backend."""
    return tuple(a.value if isinstance(a, keras.Variable) else a for a in arguments)


def _is_symbol(x: object) -> bool:
    return isinstance(x, keras.KerasTensor)


# A symbol, as those of a recording: beside an array it is the symbol that decides.
adapter = Adapter(namespace, apply, watches=lambda arguments: True, level=1)
