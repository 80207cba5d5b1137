"""Which modules a callable has, which of them run, and which of them a compiler took."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

__all__ = ["compiler", "following", "is_compiled", "modules_of"]


@contextmanager
def following(fn: Any, modules: list[str]) -> Iterator[None]:
    """Keep ``modules`` the path of modules that are being called."""
    handles: list[Any] = []

    def follow(module: torch.nn.Module, path: str) -> None:
        def enter(_module: Any, _inputs: Any) -> None:
            modules.append(path)

        def leave(_module: Any, _inputs: Any, _output: Any) -> None:
            modules.pop()

        handles.append(module.register_forward_pre_hook(enter, prepend=True))
        handles.append(module.register_forward_hook(leave, always_call=True))

    try:
        for path, module in _eager_modules(fn):
            follow(module, path)
        yield
    finally:
        for handle in handles:
            handle.remove()


def compiler() -> Any:
    """Dynamo, if anything has imported it: it takes seconds."""
    return sys.modules.get("torch._dynamo")


def is_compiled(module: torch.nn.Module) -> bool:
    """Whether a module is what torch.compile made of another."""
    dynamo = compiler()
    return dynamo is not None and isinstance(module, dynamo.OptimizedModule)


def _eager_modules(fn: Any) -> Iterator[tuple[str, torch.nn.Module]]:
    """The modules within a module that may be given hooks.

    A compiler that traces a hook builds it into its code for good, and one that has traced already
    does not see it.
    """
    waiting = [("", fn)] if isinstance(fn, torch.nn.Module) else []
    seen = set()
    while waiting:
        path, module = waiting.pop()
        if id(module) in seen or isinstance(module, torch.jit.ScriptModule):
            continue
        seen.add(id(module))
        if module._compiled_call_impl is not None:
            continue
        if path:
            yield path, module
        if not is_compiled(module):
            within = f"{path}." if path else ""
            children = [(within + n, c) for n, c in module._modules.items() if c is not None]
            waiting += children[::-1]


def modules_of(fn: Any) -> Iterator[torch.nn.Module]:
    """The modules that a callable is, is a method of, or closes over."""
    if isinstance(fn, torch.nn.Module):
        yield fn
        return
    if isinstance(fn, functools.partial):
        for part in (fn.func, *fn.args, *fn.keywords.values()):
            yield from modules_of(part)
        return
    original = getattr(fn, "_torchdynamo_orig_callable", None) or getattr(fn, "__wrapped__", None)
    if original is not None:
        yield from modules_of(original)
    if isinstance(owner := getattr(fn, "__self__", None), torch.nn.Module):
        yield owner
    code = getattr(fn, "__code__", None)
    if code is not None:
        cells = [cell.cell_contents for cell in fn.__closure__ or () if _filled(cell)]
        names = [fn.__globals__.get(name) for name in code.co_names]
        yield from (m for m in (*cells, *names) if isinstance(m, torch.nn.Module))


def _filled(cell: Any) -> bool:
    """Whether a variable of a closure has a value yet."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
