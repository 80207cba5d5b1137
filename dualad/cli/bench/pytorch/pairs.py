"""Forward and backward of every activation with every method: time, bytes kept, peak."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

from dualad.compiler import CompilerWarning

from ..agreement import check
from ..progress import progress_bar
from ..timing import alternate
from .formulas import FORMULAS
from .memory import can_measure_peaks, kept, peaks
from .methods import Settings, forward_and_backward, inputs, methods, step

__all__ = ["Row", "measure"]


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
        Bytes for each element, see `memory`; None where the system cannot tell.
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
                passes = {name: forward_and_backward(fn) for name, fn in functions.items()}
                composed = forward_and_backward(FORMULAS[activation].composed)
                check(activation, passes, composed, x, cotangent)
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
