"""A model once more, with other activations: the same names, weights, settings and training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras

import dualad
from dualad.conversion import Decision, first_line

from ..layer import Activation
from .known import simple_config
from .places import at, contents, is_graph, nodes, put
from .search import can_be_rebuilt

__all__ = ["Copy", "put_all"]

OURS = (Activation, dualad.Activation)
INPLACE = "convert(model, inplace=True) changes this one instead"


class Copy:
    """A copy of a model with replacements made.

    Parameters
    ----------
    model : keras.Model
        Copied; it is not changed.
    decisions : sequence of Decision
        What is replaced.
    spec : nested keras.KerasTensor, optional
        What the model is called with, to build it.

    Raises
    ------
    TypeError
        A layer cannot be copied.
    """

    def __init__(self, model: Any, decisions: Sequence[Decision], spec: Any = None) -> None:
        self.decisions = [d for d in decisions if d.new is not None]
        self.fresh = {
            id(d.old): d.new
            for d in self.decisions
            if any(is_graph(place.owner) for place in d.places)
        }
        self.twins: dict[int, Any] = {}
        self.old = model
        with model.distribute_strategy.scope():
            self.model = self.of(model)
            _build(model, self.model, spec)
            self._pair()
            put_all(self.decisions, self.twins)
            self._take_over()

    def of(self, thing: Any) -> Any:
        """The copy of a layer, or of an operation of a graph; one for all places."""
        if id(thing) not in self.twins:
            if id(thing) in self.fresh:
                twin = _again(self.fresh[id(thing)])
            elif is_graph(thing) and can_be_rebuilt(thing):
                twin = self._rebuilt(thing)
            else:
                twin = _again(thing)
                for old, new in list(_pairs(thing, twin, {})):
                    self._exchange_graphs(old, new)
            self.twins[id(thing)] = twin
        return self.twins[id(thing)]

    def _rebuilt(self, model: Any) -> Any:
        """A graph with copies of its nodes."""
        # clone_model would compile the clone, from a configuration that not every loss has.
        compiled, model.compiled = model.compiled, False
        try:
            clone = keras.models.clone_model(model, clone_function=self.of)
        finally:
            model.compiled = compiled
        # The clone's inputs have the names of symbols, which are others.
        for there, here in zip(_inputs(model), _inputs(clone), strict=True):
            here.name = there.name
        return clone

    def _exchange_graphs(self, old: Any, new: Any) -> None:
        """Put rebuilt graphs where a layer's own code has made such as they were at first."""
        for keys, inner in [] if is_graph(old) else list(contents(old)):
            if not (is_graph(inner) and can_be_rebuilt(inner)):
                continue
            changed = any(id(node) in self.fresh or isinstance(node, OURS) for node in nodes(inner))
            if changed and is_graph(at(new, keys)):
                put(new, keys, self.of(inner))

    def _pair(self) -> None:
        """Find the copy of every layer; in it, what an earlier conversion has put."""
        for old, new in list(_pairs(self.old, self.model, self.twins)):
            apart = is_graph(old) or isinstance(old, Activation)
            for keys, thing in [] if apart else list(contents(old)):
                if isinstance(thing, OURS) and not _same(thing, at(new, keys)):
                    put(new, keys, _again(thing) if isinstance(thing, Activation) else thing)
        for old, new in _pairs(self.old, self.model, self.twins):
            self.twins[id(old)] = new
            if not (type(old) is type(new) or isinstance(new, Activation)):
                raise TypeError(_different(self.old, f"{old.name!r} is a {type(new).__name__}"))
            if type(old) is type(new) and not _owned(old):
                has, had = simple_config(new), simple_config(old)
                for name in had:
                    if has.get(name) != had[name]:
                        how = f"{old.name!r} has {name}={has.get(name)!r}, not {had[name]!r}"
                        raise TypeError(_different(self.old, how))

    def _take_over(self) -> None:
        """Names, settings and values of all variables."""
        self.variables: dict[int, Any] = {}
        for old, new in _pairs(self.old, self.model, self.twins):
            _settle(old, new)
            theirs, ours = _own_variables(old), _own_variables(new)
            if [v.shape for v in theirs] != [v.shape for v in ours]:
                shapes = [[tuple(v.shape) for v in side] for side in (ours, theirs)]
                raise TypeError(
                    _different(self.old, f"{old.name!r} has weights {shapes[0]}, not {shapes[1]}")
                )
            for there, here in zip(theirs, ours, strict=True):
                if there.dtype != here.dtype:
                    raise TypeError(
                        _different(self.old, f"{there.path!r} is {here.dtype}, not {there.dtype}")
                    )
                here.assign(there.value)
                here.trainable = there.trainable
                self.variables[id(there)] = here
        has, had = len(self.model.variables), len(self.old.variables)
        if has != had:
            raise TypeError(_different(self.old, f"it has {has} variables, not {had}"))


def put_all(decisions: Sequence[Decision], twins: dict[int, Any] | None = None) -> None:
    """Make the replacements in attributes; in copies of their owners, if there are any."""
    for decision in decisions:
        new, places = decision.new, [p for p in decision.places if not is_graph(p.owner)]
        if new is None or not places:
            continue
        if twins is not None and isinstance(new, keras.layers.Layer):
            # A layer that is a node of a graph as well is there already.
            shared = len(places) < len(decision.places)
            new = twins[id(decision.old)] if shared else _again(new)
            twins[id(decision.old)] = new
        for place in places:
            put(place.owner if twins is None else twins[id(place.owner)], place.keys, new)


def _same(ours: Any, other: Any) -> bool:
    return ours is other or (isinstance(ours, Activation) and isinstance(other, Activation))


def _again(thing: Any) -> Any:
    """A layer made once more by its configuration."""
    try:
        twin = type(thing).from_config(thing.get_config())
    except Exception as error:
        raise TypeError(
            f"{thing.name!r} cannot be copied, as {type(thing).__name__} cannot be made of its "
            f"get_config ({first_line(error)}); give the class a get_config and a from_config, or "
            f"{INPLACE}"
        ) from error
    for old, new in _pairs(thing, twin, {}):
        _settle(old, new)
    return twin


def _settle(old: Any, new: Any) -> None:
    """Give a layer the name, the dtype policy and the flag of another."""
    if not isinstance(old, keras.layers.Layer):
        return
    if new.name != old.name:
        new.name = old.name
    if not new.built and new.dtype_policy != old.dtype_policy:
        new.dtype_policy = old.dtype_policy
    if new.trainable != old.trainable:
        new.trainable = old.trainable


def _pairs(old: Any, new: Any, twins: dict[int, Any]) -> Iterator[tuple[Any, Any]]:
    """Layers and their copies, an owner before what it owns."""
    waiting, seen = [(old, new)], set()
    while waiting:
        old, new = waiting.pop(0)
        if id(old) in seen:
            continue
        seen.add(id(old))
        yield old, new
        ours = _owned(new)
        for k, layer in enumerate(_owned(old)):
            twin = twins.get(id(layer), ours[k] if k < len(ours) else None)
            if twin is not None:
                waiting.append((layer, twin))


def _inputs(model: Any) -> list[Any]:
    return [layer for layer in model._layers if isinstance(layer, keras.layers.InputLayer)]


def _owned(layer: Any) -> list[Any]:
    if is_graph(layer):
        return [node for node in nodes(layer) if isinstance(node, keras.layers.Layer)]
    return list(getattr(layer, "_layers", ()))


def _own_variables(layer: Any) -> list[Any]:
    """A layer's own variables, the states of its random generators among them."""
    if not isinstance(layer, keras.layers.Layer):
        return []
    own = [*layer._trainable_variables, *layer._non_trainable_variables]
    return own + [generator.state for generator in layer._seed_generators]


def _build(old: Any, new: Any, spec: Any) -> None:
    """Give a copy its weights, as its original got them."""
    if new.built or not old.built:
        return
    try:
        if spec is not None:
            new(spec)
        else:
            new.build_from_config(old.get_build_config())
    except Exception as error:
        raise TypeError(
            f"{old.name!r} cannot be built once more ({first_line(error)}); give convert a sample "
            f"of its input, or {INPLACE}"
        ) from error


def _different(model: Any, how: str) -> str:
    return (
        f"the copy that {type(model).__name__} makes of its get_config is different: {how}; "
        f"see that get_config has all of its arguments, or {INPLACE}"
    )
