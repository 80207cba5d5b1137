"""What becomes of every activation of a model."""

from __future__ import annotations

from typing import Any

import keras
from keras.src.models.functional import functional_like_constructor

from dualad.conversion import Decision

from .decision import Judge
from .known import described
from .places import Place, held, is_graph

__all__ = ["can_be_rebuilt", "search"]


def can_be_rebuilt(model: Any) -> bool:
    """Whether other nodes can be put into the graph of a model, which gives a new one."""
    if isinstance(model, keras.Sequential):
        return type(model) is keras.Sequential
    return bool(functional_like_constructor(type(model)))


def search(model: Any, judge: Judge, inplace: bool) -> list[Decision]:
    """Decide about every activation of a model, from outside to inside.

    Parameters
    ----------
    model : keras.Model
        It is not changed.
    judge : Judge
        Who decides.
    inplace : bool
        Whether graphs stay as they are.

    Returns
    -------
    list of Decision
        One for each activation, with all places where it is held. What is within one that is
        replaced is not looked at.
    """
    found: dict[int, Decision] = {}
    decisions: list[Decision] = []
    everything = list(held(model, judge.knows))
    places: dict[int, list[Place]] = {}
    for thing, place in everything:
        places.setdefault(id(thing), []).append(place)
    gone: list[str] = []
    for thing, place in everything:
        if any(f"{place.path}.".startswith(f"{path}.") for path in gone):
            continue
        if not isinstance(thing, keras.Operation):
            decisions.append(judge.decide(thing, [place]))
        elif id(thing) not in found:
            found[id(thing)] = decision = _decided(thing, places[id(thing)], judge, inplace)
            decisions.append(decision)
            if decision.new is not None:
                gone += [p.path for p in decision.places]
    return decisions


def _decided(thing: Any, places: list[Place], judge: Judge, inplace: bool) -> Decision:
    for place in places:
        if not is_graph(place.owner):
            continue
        if inplace:
            reason = "a graph cannot be changed in place; convert without inplace"
            return Decision(thing, places, described(thing), reason=reason)
        if not can_be_rebuilt(place.owner):
            kind = type(place.owner).__name__
            reason = f"is in the graph of a {kind}, which has a constructor of its own"
            return Decision(thing, places, described(thing), reason=reason)
    return judge.decide(thing, places)
