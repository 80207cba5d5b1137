"""A conversion measured on the whole model, run forward on an input of the user's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from dualad.conversion import Decision
from dualad.report import Report

from ..measure import Kept, measure
from .neighbours import settle
from .replacement import put, put_back

__all__ = ["ON_SAMPLE", "on_sample"]

ON_SAMPLE = "on the sample"


def on_sample(
    model: torch.nn.Module, sample: Any, decisions: list[Decision], notes: tuple[str, ...]
) -> Report:
    """Make the replacements and measure the model before and after.

    What keeps more in its place goes back, as an activation does whose input is kept anyway for
    something else. If the model fails, all goes back.
    """
    tensors = [*model.parameters(), *model.buffers()]
    if any(map(torch.nn.parameter.is_lazy, tensors)):
        raise ValueError(
            "the model has parameters without a shape yet, which measuring it would give them; "
            "run it once before, or convert without a sample"
        )
    before = _measured(model, sample)
    for decision in decisions:
        put(decision)
    try:
        settle(decisions, lambda: _parts(model, sample, decisions))
        after = _measured(model, sample)
        while losing := _losing(model, decisions, before, after):
            for decision in losing:
                put_back(decision)
                decision.stay("it would keep more in this place")
            after = _measured(model, sample)
        # As within what is compiled, where it is not seen which module keeps what.
        if after.total > before.total:
            after = _one_by_one(model, sample, decisions, before, after)
    except BaseException:
        for decision in decisions:
            put_back(decision)
        raise
    for decision in decisions:
        decision.before = _part(model, before, decision)
        decision.after = _part(model, after, decision)
    report = after.report()
    changes = tuple(decision.change() for decision in decisions)
    return Report(report.bytes, ON_SAMPLE, report.parts, before.total, changes, notes=notes)


def _losing(
    model: torch.nn.Module, decisions: list[Decision], before: Kept, after: Kept
) -> list[Decision]:
    """The replacements that keep more than what stood there."""
    return [
        d
        for d in decisions
        if d.new is not None and _part(model, after, d) > _part(model, before, d)
    ]


def _one_by_one(
    model: torch.nn.Module, sample: Any, decisions: list[Decision], before: Kept, after: Kept
) -> Kept:
    """Put back what makes the whole model keep more; return what it keeps then."""
    for decision in decisions:
        if decision.new is None or after.total <= before.total:
            continue
        put_back(decision)
        without = _measured(model, sample)
        if without.total < after.total:
            decision.stay("the model would keep more with it")
            after = without
        else:
            put(decision)
    return after


def _parts(model: torch.nn.Module, sample: Any, decisions: list[Decision]) -> list[int]:
    kept = _measured(model, sample)
    return [_part(model, kept, decision) for decision in decisions]


def _part(model: torch.nn.Module, kept: Kept, decision: Decision) -> int:
    """What only this activation keeps."""
    if isinstance(decision.old, torch.nn.Module):
        # A module that is held in several places runs under the name of the first.
        return max(kept.only(place.path) for place in decision.places)
    owner = decision.places[0].owner_path or type(model).__name__
    return kept.only(owner, within=False)


def _measured(model: torch.nn.Module, sample: Any) -> Kept:
    by_name = isinstance(sample, Mapping)
    named = dict(sample) if by_name else {}
    inputs = () if by_name else sample if isinstance(sample, tuple) else (sample,)
    with _undisturbed(model):
        return measure(model, _copies(inputs), _copies(named))


def _copies(given: Any) -> Any:
    """Tensors as they are, but not the same: a model may write into its input."""
    if isinstance(given, torch.Tensor):
        return given.detach().clone().requires_grad_(given.requires_grad)
    if type(given) in (list, tuple):
        return type(given)(map(_copies, given))
    if type(given) is dict:
        return {name: _copies(value) for name, value in given.items()}
    return given


@contextmanager
def _undisturbed(model: torch.nn.Module) -> Iterator[None]:
    """Leave the model and the random state as they are found.

    The forward pass works on copies of the buffers, so that statistics do not move; not even the
    version of a buffer changes, which a graph made before may rely on.
    """
    modules = list(model.modules())
    buffers = [(m._buffers, n, b) for m in modules for n, b in m._buffers.items() if b is not None]
    copies = {id(b): b.detach().clone() for _, _, b in buffers}
    compiled = [m for m in modules if m._compiled_call_impl is not None]
    kinds = {t.device for t in (*model.parameters(), *copies.values())} - {torch.device("cpu")}
    with ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[]))
        for kind in {d.type for d in kinds} - {"meta"}:
            own = [d for d in kinds if d.type == kind]
            stack.enter_context(torch.random.fork_rng(devices=own, device_type=kind))
        calls = [(m, m._compiled_call_impl) for m in compiled]
        try:
            for held, name, buffer in buffers:
                held[name] = copies[id(buffer)]
            for module in compiled:
                module._compiled_call_impl = None
            yield
        finally:
            for held, name, buffer in buffers:
                held[name] = buffer
            for module, call in calls:
                module._compiled_call_impl = call
