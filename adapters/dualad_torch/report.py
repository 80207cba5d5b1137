"""How many bytes a function keeps alive for the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dualad.report import Report

from .measure import measure

__all__ = ["saved_bytes"]


def saved_bytes(fn: Callable[..., Any], *inputs: Any, **named: Any) -> Report:
    """Count what ``fn(*inputs, **named)`` keeps for its backward pass.

    Parameters
    ----------
    fn : callable or torch.nn.Module
        Called once, with gradients enabled. It may be compiled.
    *inputs, **named : tensor or other
        Its arguments. Floating-point tensors are replaced by copies that require a gradient, as
        the result of an earlier layer would, also in lists and dictionaries; parameters are passed
        as they are.

    Returns
    -------
    Report
        The bytes of all storages that are kept, each counted once; those of the results
        themselves, of parameters and of the buffers of modules, which live anyway, are left out.
        By module, where `fn` has modules that are not compiled; what a module keeps without
        autograd's knowledge stands under the name of the node of the graph.

    Notes
    -----
    Counted is what is alive when `fn` returns: what a checkpoint drops is not, and of what hooks
    inside `fn` pack (``save_on_cpu``, a compression) only what they made of it. Hooks that stand
    around the call are not asked: the count is what `fn` would hand to them.

    Examples
    --------
    >>> import torch, dualad_torch
    >>> from dualad.activations import mish
    >>> x = torch.zeros(1000)
    >>> dualad_torch.saved_bytes(mish, x).bytes
    4000
    >>> dualad_torch.saved_bytes(lambda x: x * torch.tanh(torch.nn.functional.softplus(x)), x).bytes
    8000
    """
    copies: dict[int, Any] = {}
    with torch.inference_mode(False), torch.enable_grad():
        given = _from_a_layer(inputs, copies)
        given_named = _from_a_layer(named, copies)
    return measure(fn, given, given_named).report()


def _from_a_layer(given: Any, copies: dict[int, Any]) -> Any:
    """Tensors that need a gradient but are no leaves, as an activation meets them in a model."""
    if isinstance(given, torch.nn.Parameter):
        return given
    if isinstance(given, torch.Tensor):
        if not (given.is_floating_point() or given.is_complex()):
            return given
        if id(given) not in copies:
            copies[id(given)] = given.detach().clone().requires_grad_() * 1
        return copies[id(given)]
    if type(given) in (list, tuple):
        return type(given)(_from_a_layer(part, copies) for part in given)
    if type(given) is dict:
        return {name: _from_a_layer(part, copies) for name, part in given.items()}
    return given
