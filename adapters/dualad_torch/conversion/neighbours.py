"""What the neighbours of an activation keep anyway: found by trying, on a sample.

An output that the next layer keeps costs nothing, nor does an input beside a residual branch; and
of both only the whole model tells. So with ``keep="auto"`` each activation is measured in its place
with what the planner would choose beside either, and stays with the cheapest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dualad
from dualad.conversion import Decision
from dualad.keep import Auto

from ..module import Activation
from .replacement import put

__all__ = ["settle"]

NEIGHBOURS = (("output",), ("input",), ())


def settle(decisions: list[Decision], measured: Callable[[], list[int]]) -> None:
    """Give each replacement that keeps what is cheapest the neighbours that it turns out to have.

    Parameters
    ----------
    decisions : list of Decision
        Whose replacements stand in their places.
    measured : callable
        What each of them keeps, in bytes, as they stand.
    """
    forms = [_form(d) for d in decisions]
    asked = [(i, d, form) for i, (d, form) in enumerate(zip(decisions, forms, strict=True)) if form]
    if not asked:
        return
    found = []
    for alive in NEIGHBOURS:
        for _, decision, form in asked:
            _keep(decision, replace(form, alive=alive))
        found.append(measured())
    for i, decision, form in asked:
        best = min(range(len(NEIGHBOURS)), key=lambda k: found[k][i])
        _keep(decision, replace(form, alive=NEIGHBOURS[best]))


def _form(decision: Decision) -> Auto | None:
    """The planner's options, if a replacement asks for it."""
    if decision.new is None:
        return None
    keep = _activation(decision.new).keep
    return keep if isinstance(keep, Auto) else None


def _activation(new: Any) -> dualad.Activation:
    if isinstance(new, Activation):
        return new.activation
    bare = new.func if isinstance(new, functools.partial) else new
    assert isinstance(bare, dualad.Activation)
    return bare


def _keep(decision: Decision, form: Auto) -> None:
    """Let a replacement keep something else; a module stays the same, with its hooks."""
    new = decision.new
    activation = _activation(new).with_options(keep=form)
    if isinstance(new, Activation):
        new.activation = activation
    elif isinstance(new, functools.partial):
        decision.new = functools.partial(activation, **new.keywords)
        put(decision)
    else:
        decision.new = activation
        put(decision)
