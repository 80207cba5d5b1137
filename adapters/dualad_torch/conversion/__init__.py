"""Activations of a model replaced, where they are known and where it saves memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from dualad.conversion import Choice, Decision, checked
from dualad.keep import Keep, keep_form
from dualad.report import Report

from ..submodules import is_compiled
from .decision import Judge
from .replacement import put, rebind_hooks
from .sample import on_sample
from .search import search

__all__ = ["convert"]

ELEMENTS = 1000
ALONE = "each activation alone between two linear layers, on made-up numbers"

WRAPPERS = (torch.nn.parallel.DistributedDataParallel, torch.nn.DataParallel)


def convert(
    model: torch.nn.Module,
    keep: str | Keep | None = None,
    *,
    sample: Any = None,
    mapping: Mapping[Any, Choice] | None = None,
) -> Report:
    """Replace the activations of a model, in place, by those that keep less for the backward pass.

    An activation is recognised by the name of its class, or of the function that a module holds as
    an attribute. It is replaced if what takes its place computes the same, which is checked on
    probe points, value and gradient, and does not keep more, which is measured.

    Parameters
    ----------
    model : torch.nn.Module
        Changed in place. It keeps its names, order, hooks, training mode, parameters (the very
        objects: an optimizer made before goes on with them) and ``state_dict``.
    keep : str or a form of dualad.keep, optional
        What the activations keep, instead of what their own option says. With ``"auto"`` and a
        sample it is found for each what its neighbours keep anyway: y before a linear layer, x
        beside a residual branch.
    sample : tensor, tuple of arguments or dict of named ones, optional
        An input to measure the whole model with, run forward before and after. Random state and
        buffers are as before afterwards. An activation that keeps more in this place than what it
        replaces goes back.
    mapping : mapping, optional
        More activations: from a class, a function, its name or its ``"package.module.Name"``, to a
        dualad activation, or to a function that is given the module and returns an activation, a
        `dualad_torch.Activation` or None, to leave it as it is.

    Returns
    -------
    Report
        Printed, a table: what became of each activation and why, and the bytes kept before and
        after, on the sample if there is one and otherwise per element.

    Raises
    ------
    TypeError
        `model` is no module, is itself an activation, or was made by ``torch.jit``.
    ValueError
        What a mapping says computes something else: where, and by how much. The model is then as
        it was; so it is after any other error, also one of the model's own in its forward pass.

    Examples
    --------
    >>> import torch, dualad_torch
    >>> model = torch.nn.Sequential(
    ...     torch.nn.Linear(8, 16), torch.nn.SiLU(), torch.nn.Linear(16, 16), torch.nn.ReLU()
    ... )
    >>> print(dualad_torch.convert(model, sample=torch.zeros(32, 8)))
    1 of 2 activations converted; bytes kept for backward (on the sample):
      module  was     now      before  after
      1       SiLU()  silu(x)   2,048  2,048
      3       ReLU()  stays         0      0  relu(x) would keep more
      total                     5,120  5,120
    >>> model[1]
    Activation(silu(x))
    """
    if not isinstance(model, torch.nn.Module):
        raise TypeError(
            f"convert takes a torch.nn.Module, got {type(model).__name__}; in place of a function "
            "write an activation of dualad.activations"
        )
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError("convert takes a model as it was written; convert it before torch.jit")
    if keep is not None:
        keep_form(keep)
    judge = Judge(checked(mapping, torch.nn.Module), keep, ELEMENTS, dtype=_dtype(model))
    inner = _unwrapped(model)
    _refuse_an_activation(inner, judge)
    decisions = search(inner, judge)
    notes = judge.unused()
    if sample is None:
        for decision in decisions:
            put(decision)
        report = _alone(decisions, notes)
    else:
        report = on_sample(inner, sample, decisions, notes)
    for decision in decisions:
        if decision.new is not None and isinstance(decision.old, torch.nn.Module):
            rebind_hooks(decision.new, decision.old)
    return report


def _alone(decisions: list[Decision], notes: tuple[str, ...]) -> Report:
    changes = tuple(decision.change() for decision in decisions)
    return Report(
        sum(change.after or 0 for change in changes),
        ALONE,
        {change.module: change.after or 0 for change in changes},
        sum(change.before or 0 for change in changes),
        changes,
        ELEMENTS,
        notes,
    )


def _unwrapped(model: torch.nn.Module) -> torch.nn.Module:
    """What was wrapped to be compiled or to run in parallel."""
    while True:
        if isinstance(model, WRAPPERS):
            model = model.module
        elif is_compiled(model):
            model = model._orig_mod  # type: ignore[assignment]
        else:
            return model


def _refuse_an_activation(model: torch.nn.Module, judge: Judge) -> None:
    """There is nobody to hold the other one, where the model itself is the activation."""
    new = judge.replacement(model, type(model).__name__)
    if new is not None:
        raise TypeError(
            f"the model is itself an activation, which cannot be replaced in place; write "
            f"model = dualad_torch.Activation({_arguments(new)})"
        )


def _arguments(new: Any) -> str:
    """The arguments that make such a module."""
    parts = [f"dualad.activations.{new.activation.__name__}"]
    parts += [f"learned={list(new.learned)}"] if new.learned else []
    parts += [f"values={new.constants}"] if new.constants else []
    return ", ".join(parts)


def _dtype(model: torch.nn.Module) -> torch.dtype:
    """The type of number that the model computes with."""
    floating = (p.dtype for p in model.parameters() if p.is_floating_point())
    return next(floating, torch.get_default_dtype())
