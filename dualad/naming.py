"""What a name in a file stands for: an object of a module, found without importing what it says."""

from __future__ import annotations

import importlib
import sys
from typing import Any

__all__ = ["found", "looked_up", "registered_name"]

CATALOGUE = f"{__package__}.activations."


def found(module: str, qualname: str) -> Any:
    """What a module that is imported already, or one of the catalogue, calls by that name.

    Returns
    -------
    object or None
        None if there is nothing: nothing else is imported because a file says so.
    """
    if f"{module}.".startswith(CATALOGUE):
        importlib.import_module(module)
    return looked_up(module, qualname)


def looked_up(module: str, qualname: str) -> Any:
    """What a module that is imported calls by that name; None if there is nothing.

    Looked up, not asked for: a module may import what is asked of it.
    """
    thing: Any = sys.modules.get(module)
    for part in qualname.split("."):
        thing = getattr(thing, "__dict__", {}).get(part)
        if isinstance(thing, staticmethod):
            thing = thing.__func__
    return thing


def registered_name(definition: Any) -> str | None:
    """The name that an activation of that definition was registered under with Keras, if it was."""
    keras = sys.modules.get("keras")
    registered = {} if keras is None else keras.saving.get_custom_objects()
    names = [n for n, k in registered.items() if getattr(k, "definition", None) is definition]
    return names[-1] if names else None
