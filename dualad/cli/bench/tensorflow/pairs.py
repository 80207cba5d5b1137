"""Forward and backward of every activation with every method in every mode: time, bytes kept."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from dualad.compiler import CompilerWarning

from ..agreement import check
from ..progress import progress_bar
from ..timing import alternate
from .formulas import FORMULAS
from .methods import Settings, inputs, methods
from .steps import forward_and_backward, kept, turn

__all__ = ["Row", "measure"]


@dataclass(frozen=True)
class Row:
    """What was measured of an activation with a method.

    Parameters
    ----------
    mode, activation, method : str
        Of what.
    seconds : float
        The median time of forward and backward.
    kept : float
        Bytes kept for the backward pass, for each element.
    """

    mode: str
    activation: str
    method: str
    seconds: float
    kept: float


def measure(settings: Settings) -> list[Row]:
    """Check, time and count; the rows of a mode, and in it of an activation, stand together.

    Raises
    ------
    DisagreementError
        A method computes something else than the composed function.
    CompilerWarning
        dualad could not be compiled.
    """
    x, cotangent = inputs(settings.size)
    candidates = {
        (mode, activation): methods(activation, mode, settings)
        for mode in settings.modes
        for activation in settings.activations
    }
    rows: list[Row] = []
    turns = sum(map(len, candidates.values())) * (settings.rounds + 1)
    with progress_bar(turns, "turn") as progress:
        for (mode, activation), functions in candidates.items():
            progress.describe(f"{mode}, {activation}")
            steps = {name: forward_and_backward(fn, mode) for name, fn in functions.items()}
            with warnings.catch_warnings():
                # What then runs is not what the row's name says.
                warnings.simplefilter("error", CompilerWarning)
                composed = forward_and_backward(FORMULAS[activation].composed, "eager")
                check(f"{activation} in {mode} mode", steps, composed, x, cotangent)
            turns_of = {name: turn(step, x, cotangent) for name, step in steps.items()}
            times = alternate(turns_of, settings.rounds, turn_done=progress.update)
            rows += [
                Row(mode, activation, name, times[name], kept(fn, mode, x))
                for name, fn in functions.items()
            ]
    return rows
