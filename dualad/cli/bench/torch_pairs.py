"""Forward and backward of every activation with every method: time, bytes kept, peak."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dualad.compiler import CompilerWarning

from .progress import progress_bar
from .timing import alternate
from .torch_agreement import check
from .torch_formulas import FORMULAS
from .torch_memory import can_measure_peaks, kept, peaks
from .torch_methods import ALTERNATIVES, Settings, inputs, methods, step

__all__ = ["CHAINS", "Row", "geometric_mean", "measure", "of_activation", "ratios"]

CHAINS = ("gelu_tanh", "mish", "tanhexp", "serf")
"""Chains of several operations, over which the geometric mean is taken."""


@dataclass(frozen=True)
class Row:
    """What was measured of an activation with a method.

    Parameters
    ----------
    activation, method : str
        Of what.
    seconds : float
        The median time of forward and backward.
    kept : float
        Bytes kept for the backward pass, for each element.
    peak : float, optional
        Bytes for each element, see `torch_memory`; None where the system cannot tell.
    """

    activation: str
    method: str
    seconds: float
    kept: float
    peak: float | None = None


def measure(settings: Settings) -> list[Row]:
    """Check, time and count; the rows of an activation stand together.

    Raises
    ------
    DisagreementError
        A method computes something else than the composed function.
    CompilerWarning
        dualad could not be compiled.
    """
    x, cotangent = inputs(settings)
    candidates = {name: methods(name, settings) for name in settings.activations}
    count = sum(map(len, candidates.values()))
    rows: dict[tuple[str, str], Row] = {}
    asks_for_peaks = can_measure_peaks(settings.device)
    turns = count * (settings.rounds + 1) + count * asks_for_peaks
    with progress_bar(turns, "turn") as progress:
        for activation, functions in candidates.items():
            progress.describe(f"{activation}, checking")
            with warnings.catch_warnings():
                # What then runs is not what the row's name says.
                warnings.simplefilter("error", CompilerWarning)
                check(activation, functions, FORMULAS[activation].composed, x, cotangent)
            progress.describe(activation)
            steps = {name: step(fn, x, cotangent) for name, fn in functions.items()}
            times = alternate(
                steps, settings.rounds, settings.calls, settings.clock, progress.update
            )
            for name, fn in functions.items():
                rows[activation, name] = Row(activation, name, times[name], kept(fn, x))
        if asks_for_peaks:
            progress.describe("peaks of memory")
            for activation, method, peak in peaks(settings):
                rows[activation, method] = replace(rows[activation, method], peak=peak)
                progress.update()
    return list(rows.values())


def of_activation(rows: Iterable[Row], activation: str) -> dict[str, Row]:
    """The rows of an activation, by method."""
    return {row.method: row for row in rows if row.activation == activation}


def ratios(row: Row, beside: Mapping[str, Row]) -> dict[str, float | None]:
    """The time of a row over that of the best alternative, of checkpoint, of the built-in.

    Parameters
    ----------
    row : Row
        Whose time is the numerator.
    beside : mapping of str to Row
        All rows of that activation, by method.

    Returns
    -------
    dict
        By ``"best"``, ``"checkpoint"`` and ``"built-in"``; None where there is none.
    """
    others = [beside[name].seconds for name in ALTERNATIVES if name in beside]
    denominators = {
        "best": min(others, default=None),
        **{
            name: beside[name].seconds if name in beside else None
            for name in ("checkpoint", "built-in")
        },
    }
    return {name: row.seconds / d if d else None for name, d in denominators.items()}


def geometric_mean(rows: Sequence[Row], method: str, against: str) -> float | None:
    """Over `CHAINS`, of a method's ratios; None if one of them was not measured."""
    logarithms = []
    for activation in CHAINS:
        beside = of_activation(rows, activation)
        if method not in beside:
            return None
        ratio = ratios(beside[method], beside)[against]
        if ratio is None:
            return None
        logarithms.append(math.log(ratio))
    return math.exp(sum(logarithms) / len(logarithms))
