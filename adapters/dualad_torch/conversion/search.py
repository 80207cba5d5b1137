"""Where a model holds activations: as modules, and as functions in attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from dualad.conversion import Decision

from ..submodules import is_compiled
from .decision import Judge
from .known import described
from .replacement import BARE, Place

__all__ = ["search"]


def search(model: torch.nn.Module, judge: Judge) -> list[Decision]:
    """Decide about every activation of a model, from outside to inside.

    Parameters
    ----------
    model : torch.nn.Module
        It is not changed.
    judge : Judge
        Who decides.

    Returns
    -------
    list of Decision
        One for each activation, with all places where it is held. What is within one that is
        replaced is not looked at.
    """
    found: dict[int, Decision] = {}
    held = list(_held(model, judge.knows))
    places: dict[int, list[Place]] = {}
    for thing, place in held:
        if isinstance(thing, torch.nn.Module):
            places.setdefault(id(thing), []).append(place)
    decisions: list[Decision] = []
    gone: list[str] = []
    for thing, place in held:
        if any(f"{place.path}.".startswith(f"{path}.") for path in gone):
            continue
        if not isinstance(thing, torch.nn.Module):
            decisions.append(judge.decide(thing, [place]))
        elif id(thing) not in found:
            found[id(thing)] = decision = _decided(thing, places[id(thing)], judge)
            decisions.append(decision)
            if decision.new is not None:
                gone += [p.path for p in decision.places]
    return decisions


def _decided(module: torch.nn.Module, places: list[Place], judge: Judge) -> Decision:
    if any(is_compiled(place.owner) for place in places):
        reason = "is compiled on its own; convert before compiling"
        return Decision(module, places, described(module), reason=reason)
    return judge.decide(module, places)


def _held(
    owner: torch.nn.Module, knows: Callable[[Any], bool], path: str = "", seen: Any = None
) -> Iterator[tuple[Any, Place]]:
    """What may be an activation, and where it is held, an owner before what it owns."""
    seen = {id(owner)} if seen is None else seen
    within = f"{path}." if path else ""
    for name, value in vars(owner).items():
        # A module in a plain attribute is hidden from PyTorch on purpose, and so from here.
        if name in BARE or isinstance(value, torch.nn.Module) or not callable(value):
            continue
        if knows(value):
            yield value, Place(owner, name, within + name, path)
    for name, child in owner._modules.items():
        if child is None or isinstance(child, torch.jit.ScriptModule):
            continue
        if knows(child):
            yield child, Place(owner, name, within + name, path)
        if id(child) not in seen:
            seen.add(id(child))
            yield from _held(child, knows, within + name, seen)
