"""Where a model holds activations: as nodes of a graph, and in the attributes of layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras

# There is no public name for the class of keras.Model(inputs, outputs).
from keras.src.models.functional import Functional

__all__ = ["Place", "at", "contents", "held", "is_graph", "nodes", "put"]

BARE = frozenset(vars(keras.Model())) | {"_functional", "_loss_tracker", "_distribute_strategy"}
"""What every layer and model has for itself."""


@dataclass(frozen=True)
class Place:
    """Where an activation is held.

    Parameters
    ----------
    owner : keras.layers.Layer
        Who holds it.
    keys : tuple
        The attribute, and where in it if that is a container; empty for a node of a graph.
    path : str
        Its name in the whole model.
    """

    owner: Any
    keys: tuple[Any, ...]
    path: str


def is_graph(layer: Any) -> bool:
    """Whether a layer is a functional or a sequential model."""
    return isinstance(layer, Functional | keras.Sequential)


def nodes(model: Any) -> list[Any]:
    """The layers and operations of such a model, inputs left out."""
    every = model.layers if isinstance(model, keras.Sequential) else model.operations
    return [node for node in every if not isinstance(node, keras.layers.InputLayer)]


def held(
    owner: Any, knows: Callable[[Any], bool], path: str = "", seen: set[int] | None = None
) -> Iterator[tuple[Any, Place]]:
    """What may be an activation, and where it is held, an owner before what it owns."""
    seen = {id(owner)} if seen is None else seen
    within = f"{path}." if path else ""
    if is_graph(owner):
        held_here = [((), node.name, node) for node in nodes(owner)]
    else:
        held_here = [(keys, ".".join(map(str, keys)), thing) for keys, thing in contents(owner)]
    for keys, name, thing in held_here:
        if knows(thing):
            yield thing, Place(owner, keys, within + name)
        if isinstance(thing, keras.layers.Layer) and id(thing) not in seen:
            seen.add(id(thing))
            yield from held(thing, knows, within + name, seen)


def contents(layer: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The layers and functions in the attributes of a layer, and their keys."""
    for name, value in list(vars(layer).items()):
        # Where TensorFlow keeps what it tracks for its checkpoints.
        if name not in BARE and not name.startswith("_self_"):
            yield from _within(value, (name,))


def at(owner: Any, keys: tuple[Any, ...]) -> Any:
    """What stands in an attribute, or in a container that is one; None if nothing does."""
    value = getattr(owner, keys[0], None)
    try:
        return _at(value, keys[1:])
    except (LookupError, TypeError):
        return None


def put(owner: Any, keys: tuple[Any, ...], new: Any) -> None:
    """Hold something else in an attribute of a layer; the order of its layers stays."""
    name, *where = keys
    tracker = owner._tracker
    locked, tracker.locked = tracker.locked, False
    try:
        old = _at(getattr(owner, name), where)
        if isinstance(new, keras.layers.Layer):
            if tracker.is_in_store("layers", old):
                tracker.replace_tracked_value("layers", old, new)
            else:
                tracker.track(new)
        setattr(owner, name, _with(getattr(owner, name), where, new))
    finally:
        tracker.locked = locked


def _within(value: Any, keys: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Layers and functions in a value, which may be a container."""
    if isinstance(value, list | tuple):
        for k, one in enumerate(value):
            yield from _within(one, (*keys, k))
    elif isinstance(value, dict):
        for k, one in value.items():
            yield from _within(one, (*keys, k))
    elif callable(value):
        yield keys, value


def _at(value: Any, where: Sequence[Any]) -> Any:
    for key in where:
        value = value[key]
    return value


def _with(value: Any, where: Sequence[Any], new: Any) -> Any:
    """A value with something else in one place; lists and dicts are changed themselves."""
    if not where:
        return new
    inner = _with(value[where[0]], where[1:], new)
    if isinstance(value, tuple):
        parts = [inner if k == where[0] else one for k, one in enumerate(value)]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    value[where[0]] = inner
    return value
