"""A module in another's place: what it takes over, and how it gets there and back."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch

import dualad
from dualad.conversion import Decision, Unusable, numbers

from ..module import Activation

__all__ = ["BARE", "Place", "built", "put", "put_back", "rebind_hooks", "take_over"]

BARE = tuple(torch.nn.Module().__dict__)
"""What every module has: its training mode, its hooks, and what it owns."""

OWN = ("_parameters", "_buffers", "_modules")
STATE = ("state_dict", "_save_to_state_dict", "_load_from_state_dict", "get_extra_state")


@dataclass(frozen=True)
class Place:
    """Where a module or a function is held.

    Parameters
    ----------
    owner : torch.nn.Module
        Who holds it.
    name : str
        As what.
    path : str
        Its name in the whole model.
    owner_path : str
        That of its owner.
    """

    owner: torch.nn.Module
    name: str
    path: str
    owner_path: str

    def put(self, thing: Any) -> None:
        """Hold something else there; the order of what is held stays."""
        held: Any = self.owner._modules if self.name in self.owner._modules else vars(self.owner)
        held[self.name] = thing


def put(decision: Decision) -> None:
    """Make a replacement, if there is one."""
    if decision.new is not None:
        for place in decision.places:
            place.put(decision.new)


def put_back(decision: Decision) -> None:
    """Undo it."""
    for place in decision.places:
        place.put(decision.old)


def built(thing: Any, activation: dualad.Activation, values: Mapping[str, float]) -> Any:
    """An activation with the arguments that a module or a function has.

    An argument is the parameter or the number that bears its name in the module; parameters of
    other names are taken in order.

    Parameters
    ----------
    thing : module or function
        What may be replaced.
    activation : dualad.Activation
        By what.
    values : mapping of str to float
        Arguments that are known already.

    Returns
    -------
    dualad_torch.Activation or function
        A module that holds the very parameters of the other; for a function, a function.

    Raises
    ------
    Unusable
        The module has something that an activation would lose.
    """
    arguments = activation.parameters[1:]
    if not isinstance(thing, torch.nn.Module):
        return _built_function(thing, activation, values)
    _refuse_what_would_be_lost(thing)
    parameters = dict(thing.named_parameters())
    learned = {name: name for name in parameters if name in arguments and name not in values}
    free = [a for a in arguments if a not in learned and a not in values]
    for name in parameters:
        if name not in learned:
            if not free:
                raise Unusable(f"has a parameter {name!r}, {activation.__name__} no such argument")
            learned[free.pop(0)] = name
    in_order = sorted(learned, key=lambda argument: list(parameters).index(learned[argument]))
    attributes = {a: getattr(thing, a, None) for a in arguments if a not in learned}
    values = {**numbers(attributes, arguments), **values}
    values = {a: v for a, v in values.items() if activation.defaults.get(a) != v}
    return Activation(
        _in_place(thing, activation),
        {argument: learned[argument] for argument in in_order},
        {**values, **{a: parameters[n] for a, n in learned.items()}},
    )


def _built_function(thing: Any, activation: dualad.Activation, values: Mapping[str, float]) -> Any:
    """The same for a function; what is bound to it by name are its arguments."""
    if isinstance(thing, functools.partial):
        values = {**numbers(thing.keywords, activation.parameters[1:]), **values}
        activation = _in_place(SimpleNamespace(**thing.keywords), activation)
    values = {a: v for a, v in values.items() if activation.defaults.get(a) != v}
    return functools.partial(activation, **values) if values else activation


def _in_place(thing: Any, activation: dualad.Activation) -> dualad.Activation:
    """The activation, overwriting its input if what it replaces does."""
    if getattr(thing, "inplace", False) is not True:
        return activation
    try:
        return activation.with_options(inplace=True)
    except (TypeError, ValueError) as error:
        raise Unusable(f"works in place ({error})") from error


def take_over(new: Activation, old: torch.nn.Module) -> None:
    """Give a module the training mode and the hooks of the one that it replaces.

    The dictionaries of hooks are shared, so that handles made before still remove theirs.
    """
    for name in BARE:
        if name not in OWN:
            new.__dict__[name] = old.__dict__[name]


def rebind_hooks(new: Activation, old: torch.nn.Module) -> None:
    """Hooks that are given their module are given the new one: the old will be no more."""
    hooks: Any = new._load_state_dict_pre_hooks.values()
    for hook in hooks:
        if getattr(hook, "with_module", False) and hook.module() is old:
            hook.module = weakref.ref(new)


def _refuse_what_would_be_lost(module: torch.nn.Module) -> None:
    if "forward" in vars(module):
        raise Unusable("had its forward replaced on the object")
    if module._compiled_call_impl is not None:
        raise Unusable("is compiled on its own; convert before compiling")
    if buffers := [name for name, _ in module.named_buffers()]:
        raise Unusable(f"has a buffer {buffers[0]!r}")
    for name in STATE:
        if getattr(type(module), name) is not getattr(torch.nn.Module, name):
            raise Unusable(f"has a {name} of its own")
    if any(_has_hooks(inner) for inner in module.modules() if inner is not module):
        raise Unusable("has hooks on its submodules")
    for name, parameter in module.named_parameters():
        if "." in name:
            raise Unusable(f"has a parameter {name!r} in a submodule")
        if hasattr(parameter, "device_mesh"):
            raise Unusable(f"has a parameter {name!r} that is sharded; convert before sharding")


def _has_hooks(module: torch.nn.Module) -> bool:
    return any(vars(module)[name] for name in BARE if "hook" in name)
