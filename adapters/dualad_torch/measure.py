"""What a call leaves in autograd's keeping: the storages, and which module gave them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from dualad.report import Report

from .storages import storages, tensors_in
from .submodules import compiler, following, modules_of

__all__ = ["Kept", "measure"]

HOW = "storages that autograd saves, through saved_tensors_hooks"
FROM_THE_GRAPH = "storages that the nodes of the graph hold, as the function refuses hooks"


@dataclass
class Kept:
    """What was kept: the storages, and by whom.

    Parameters
    ----------
    sizes : dict of int to int
        The bytes of each storage, by its key.
    savers : dict of int to list of str
        Who saved it, first come first.
    how : str
        How that is known.
    """

    sizes: dict[int, int] = field(default_factory=dict)
    savers: dict[int, list[str]] = field(default_factory=dict)
    how: str = HOW

    def add(self, tensor: torch.Tensor, saver: str) -> None:
        """Take in the storages of a tensor."""
        for key, size in storages(tensor):
            self.sizes[key] = size
            if saver not in self.savers.setdefault(key, []):
                self.savers[key].append(saver)

    def leave_out(self, tensor: torch.Tensor) -> None:
        """Forget the storages of a tensor, which live anyway."""
        for key, _ in storages(tensor):
            self.sizes.pop(key, None)
            self.savers.pop(key, None)

    def only(self, module: str, within: bool = True) -> int:
        """The bytes that nobody but a module keeps, or one within it."""
        return sum(
            size
            for key, size in self.sizes.items()
            if all(
                saver == module or (within and saver.startswith(f"{module}."))
                for saver in self.savers[key]
            )
        )

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.sizes.values())

    def report(self) -> Report:
        """The bytes, each storage under who saved it first."""
        parts: dict[str, int] = {}
        for key, size in self.sizes.items():
            first = self.savers[key][0]
            parts[first] = parts.get(first, 0) + size
        return Report(self.total, self.how, parts)


def measure(fn: Callable[..., Any], inputs: Any, named: Mapping[str, Any]) -> Kept:
    """Call a function with gradients enabled and look at what it keeps.

    Parameters
    ----------
    fn : callable or torch.nn.Module
        What is called.
    inputs, named : sequence and mapping
        Its arguments, passed on as they are.

    Returns
    -------
    Kept
        Results, parameters and buffers are left out.
    """
    modules = [getattr(fn, "__name__", type(fn).__name__)]
    packed: list[weakref.ref[_Packed]] = []

    def pack(tensor: torch.Tensor) -> _Packed:
        box = _Packed(tensor, modules[-1])
        packed.append(weakref.ref(box))
        return box

    def unpack(box: _Packed) -> torch.Tensor:
        return box.tensor

    if compiler() is not None:  # which would compile them too, where a compiled function saves
        disable: Any = torch.compiler.disable
        pack, unpack = disable(pack), disable(unpack)
    hooks: Any = torch.autograd.graph.saved_tensors_hooks(pack, unpack)
    with torch.inference_mode(False), torch.enable_grad(), following(fn, modules):
        try:
            with hooks:
                returned = fn(*inputs, **named)  # held, as its caller would
        except RuntimeError as error:
            # torch.func's transforms of reverse mode refuse them: the graph is looked at alone.
            if "saved tensor hooks" not in str(error):
                raise
            hooks = None
            packed.clear()
            returned = fn(*inputs, **named)
    results = list(tensors_in(returned))
    # What a hook returned lives exactly as long as autograd keeps the tensor.
    boxes = [box for ref in packed if (box := ref()) is not None]
    kept = Kept(how=HOW if hooks else FROM_THE_GRAPH)
    apart = [*results, *(box.tensor for box in boxes if box.lives_anyway)]
    for module in modules_of(fn):
        apart += [*module.parameters(), *module.buffers()]
    for box in boxes:
        kept.add(box.tensor, box.module)
    given = {t.grad_fn for t in tensors_in([*inputs, *named.values()])}
    for node in _graph(results, given):
        for tensor in _held_by(node, hooks is not None):
            kept.add(tensor, node.name())
            apart += [tensor] if _lives_anyway(tensor) else []
    for tensor in apart:
        kept.leave_out(tensor)
    return kept


class _Packed:
    """A tensor in autograd's keeping, and the module that gave it."""

    def __init__(self, tensor: torch.Tensor, module: str) -> None:
        # The node that made the tensor may be the one that keeps it: no circle of references.
        self.tensor = tensor.detach()
        self.module = module
        self.lives_anyway = _lives_anyway(tensor)


def _lives_anyway(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a parameter, or a part of one."""
    base = tensor if tensor._base is None else tensor._base
    return isinstance(base, torch.nn.Parameter) or (base.is_leaf and base.requires_grad)


def _graph(results: list[torch.Tensor], given: set[Any]) -> Iterator[Any]:
    """The nodes of the graph behind results, up to what was given."""
    waiting: list[Any] = list({t.grad_fn for t in results} - given - {None})
    seen = {*waiting, *given}
    while waiting:
        node = waiting.pop()
        yield node
        new = {n for n, _ in node.next_functions if n is not None} - seen
        seen |= new
        waiting += new


def _held_by(node: Any, hooked: bool) -> Iterator[torch.Tensor]:
    """What a node holds that our hooks were not shown: other hooks' results, attributes."""
    for name in dir(node):
        if name.startswith("_raw_saved"):
            saved = getattr(node, name)
            for one in saved if isinstance(saved, tuple | list) else [saved]:
                # What was saved without any hook, was saved before the call.
                if one is not None and (one.unpack_hook is not None or not hooked):
                    yield from () if isinstance(one.data, _Packed) else tensors_in(one.data)
    yield from tensors_in(getattr(node, "__dict__", {}), attributes=False)
