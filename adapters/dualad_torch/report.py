"""How many bytes a function keeps alive for the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dualad.report import Report

__all__ = ["saved_bytes"]

HOW = "storages that autograd saves, through saved_tensors_hooks"


def saved_bytes(fn: Callable[..., Any], *inputs: Any) -> Report:
    """Count what ``fn(*inputs)`` keeps for its backward pass.

    Parameters
    ----------
    fn : callable or torch.nn.Module
        Called once, with gradients enabled.
    *inputs : tensor or other
        Its arguments. Floating-point tensors are replaced by copies that require a gradient, as
        the result of an earlier layer would.

    Returns
    -------
    Report
        The bytes of all storages that are saved, each counted once; those of parameters and of the
        results themselves, which live anyway, are left out. By module, where `fn` has modules.

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
    modules: list[str] = [getattr(fn, "__name__", type(fn).__name__)]
    handles = _follow_modules(fn, modules) if isinstance(fn, torch.nn.Module) else []
    saved: dict[int, tuple[int, str]] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        for key, size in _storages(tensor):
            saved.setdefault(key, (size, modules[-1]))
        held.append(tensor)  # while it lives, no other storage gets its address
        return tensor

    held: list[torch.Tensor] = []
    try:
        with torch.enable_grad():
            given = [_as_from_a_layer(x) for x in inputs]
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
                results = fn(*given)
    finally:
        for handle in handles:
            handle.remove()
    parameters = list(fn.parameters()) if isinstance(fn, torch.nn.Module) else []
    parameters += [t for t in held if isinstance(t, torch.nn.Parameter)]
    for tensor in (*parameters, *_tensors(results)):
        for key, _ in _storages(tensor):
            saved.pop(key, None)
    parts: dict[str, int] = {}
    for size, module in saved.values():
        parts[module] = parts.get(module, 0) + size
    return Report(sum(parts.values()), HOW, parts)


def _as_from_a_layer(x: Any) -> Any:
    """A tensor that needs a gradient but is no leaf, as an activation meets it in a model."""
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        return x
    return x.detach().clone().requires_grad_() * 1


def _follow_modules(model: torch.nn.Module, modules: list[str]) -> list[Any]:
    """Keep ``modules`` the path of modules that are being called; return handles to remove."""
    handles = []
    for name, module in model.named_modules():
        if not name:
            continue

        def enter(_module: Any, _inputs: Any, name: str = name) -> None:
            modules.append(name)

        def leave(_module: Any, _inputs: Any, _output: Any) -> None:
            modules.pop()

        handles += [
            module.register_forward_pre_hook(enter),
            module.register_forward_hook(leave, always_call=True),
        ]
    return handles


def _storages(tensor: torch.Tensor) -> list[tuple[int, int]]:
    """Address and size of the storages behind a tensor; of a sparse one, its parts'."""
    if tensor.layout != torch.strided:
        tensors = [tensor.indices(), tensor.values()] if tensor.is_sparse else []
        return [s for t in tensors for s in _storages(t)]
    storage = tensor.untyped_storage()
    return [(storage.data_ptr(), storage.nbytes())]


def _tensors(results: Any) -> list[torch.Tensor]:
    """The tensors in nested results."""
    if isinstance(results, torch.Tensor):
        return [results]
    if isinstance(results, dict):
        results = list(results.values())
    if isinstance(results, tuple | list):
        return [t for r in results for t in _tensors(r)]
    return []
