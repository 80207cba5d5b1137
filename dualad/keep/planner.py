"""The planner: of all that would be enough for the backward pass, what takes the fewest bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .forms import Auto, Derivative, Derivatives, Input, Keep, Output, Quantized, Segments

__all__ = ["Candidate", "Plan", "planned"]

SIZES = {"float64": 8.0, "float32": 4.0, "float16": 2.0, "bfloat16": 2.0}
RANGES = 8.0 / 256.0
"""Bytes an element for the ranges of runs."""


@dataclass(frozen=True)
class Candidate:
    """A form that was looked at.

    Parameters
    ----------
    form : Keep
        What would be kept.
    bytes : float, optional
        What that adds, in bytes an element; None if it does not serve.
    error : float
        How far the derivative that is used may be from f'.
    why : str
        What there is to say of it.
    """

    form: Keep
    bytes: float | None
    error: float
    why: str


@dataclass(frozen=True)
class Plan:
    """What ``keep="auto"`` chooses, and why. Printed, a table.

    Parameters
    ----------
    title : str
        Of which activation, and for what.
    candidates : tuple of Candidate
        All that was looked at, the best first.
    """

    title: str
    candidates: tuple[Candidate, ...]

    @property
    def form(self) -> Keep:
        """The form that is chosen."""
        return self.candidates[0].form

    @property
    def bytes(self) -> float:
        """What it adds, in bytes an element."""
        assert self.candidates[0].bytes is not None
        return self.candidates[0].bytes

    def __str__(self) -> str:
        rows = [
            (
                "keeps" if k == 0 else "",
                str(c.form),
                "-" if c.bytes is None else f"{c.bytes:.3g}",
                "exact" if c.error == 0.0 else f"{c.error:.2g}",
                c.why,
            )
            for k, c in enumerate(self.candidates)
        ]
        rows.insert(0, ("", "form", "bytes", "error", ""))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        line = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<>><", widths, strict=True))
        return "\n".join([self.title, *(line.format(*row).rstrip() for row in rows)])


def planned(
    heading: str,
    tried: Callable[[Keep], Any],
    dtype: str,
    auto: Auto,
    order: int,
    arrays: int,
) -> Plan:
    """Look at all forms.

    Parameters
    ----------
    heading : str
        The activation.
    tried : callable
        ``tried(form)``: the choice that it comes to, or why it does not serve.
    dtype : str
        Of the arguments.
    auto : Auto
        What is allowed, and what the neighbours keep.
    order : int
        How many derivatives are asked for.
    arrays : int
        How many of the arguments are arrays.
    """
    size = SIZES[dtype]
    found = list(_candidates(tried, size, auto, order, arrays))
    # Of those that serve the fewest bytes, and the order in which they come where these are equal.
    found.sort(key=lambda c: math.inf if c.bytes is None else c.bytes)
    what = f"{dtype}, {'two derivatives' if order == 2 else 'one derivative'}"
    what += f", error up to {auto.tolerance:g}" if auto.tolerance else ""
    what += f", {' and '.join(auto.alive) or 'nothing'} alive anyway"
    return Plan(f"{heading}, {what}:", tuple(found))


def _candidates(
    tried: Callable[[Keep], Any], size: float, auto: Auto, order: int, arrays: int
) -> Iterator[Candidate]:
    alive = "output" in auto.alive
    output = _of(tried(Output()), Output(), 0.0 if alive else size)
    if output.bytes is not None:
        why = "y is kept anyway" if alive else "y is kept for this alone"
        output = Candidate(Output(), output.bytes, 0.0, why)
    if alive:
        yield output
    if order == 1:
        segments = tried(Segments())
        bits = 0 if isinstance(segments, str) or segments.code is None else segments.code.bits
        why = f"straight pieces in {bits} bit{'' if bits == 1 else 's'}"
        yield _of(segments, Segments(), bits / 8.0, why)
        yield Candidate(Derivative(), size * arrays, 0.0, "one multiplication in the backward pass")
        yield from _quantized(tried, auto.tolerance, arrays)
    else:
        both = arrays + arrays * (arrays + 1) // 2
        yield Candidate(Derivatives(), size * both, 0.0, "f' and f''")
    if not alive:
        yield output
    shared = "input" in auto.alive
    why = "x is kept anyway; " if shared else ""
    cost = 0.0 if shared else size * arrays
    yield Candidate(Input(), cost, 0.0, f"{why}f' is computed in the backward pass, to any order")


def _quantized(tried: Callable[[Keep], Any], tolerance: float, arrays: int) -> Iterator[Candidate]:
    for bits in (2, 3, 4, 8):
        form = Quantized(bits)
        choice = tried(form)
        if isinstance(choice, str) or (choice.code is None and choice.runs is None):
            continue
        if choice.runs is not None:
            yield Candidate(form, None, math.inf, "its error depends on the range: f' has no bound")
        elif choice.code.error > tolerance:
            yield Candidate(form, None, choice.code.error, "further off than the tolerance")
        else:
            yield Candidate(form, bits / 8.0, choice.code.error, "within the tolerance")


def _of(choice: Any, form: Keep, size: float, why: str = "") -> Candidate:
    if isinstance(choice, str):
        return Candidate(form, None, 0.0, choice)
    return Candidate(form, size, 0.0, why)
