"""The whole benchmark of PyTorch: measured, printed, drawn, written down."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import machine
from ..comparison import geometric_means
from ..files import save_figures, save_picture
from . import table
from .calls import bandwidths, small_call
from .device import describe, missing_compiler
from .methods import MEANS, NEED_A_COMPILER, Settings, ours_of
from .pairs import measure

__all__ = ["report"]


def report(
    settings: Settings, plot: Path | None = None, json_path: Path | None = None
) -> dict[str, Any]:
    """Measure, print, and where it is asked for draw and write down.

    Parameters
    ----------
    settings : Settings
        What is measured.
    plot, json_path : Path, optional
        Where the picture and the figures go.

    Returns
    -------
    dict
        The figures, as they are written down: ``benchmarks/results`` says what they are.

    Raises
    ------
    DisagreementError
        A method computes something else than the others.
    CompilerWarning
        dualad could not be compiled.
    """
    description = describe(settings.device)
    print(machine.sentence(description), flush=True)
    missing = missing_compiler(settings.device)
    if missing is not None and set(NEED_A_COMPILER) & set(settings.methods):
        print(f"what is compiled is left out: torch.compile needs {missing}")
    rows = measure(settings)
    call = small_call(settings)
    moved = bandwidths(settings) if settings.device == "cuda" else {}
    print(table.render(rows), "", *table.footnotes(settings, rows), "", sep="\n")
    lines = [*table.mean_lines(rows), table.small_call_line(call)]
    print(*lines, *table.bandwidth_lines(moved), sep="\n")
    figures = {
        "machine": description,
        "settings": settings.as_dict(),
        "rows": [asdict(row) for row in rows],
        "geometric means": {
            method: geometric_means(rows, method, MEANS)
            for method in ours_of({row.method: row for row in rows})
        },
        "small call": asdict(call),
        "bandwidths": {activation: asdict(b) for activation, b in moved.items()},
    }
    if plot is not None:
        from .picture import draw

        save_picture(draw(rows, settings, machine.sentence(description)), plot)
    if json_path is not None:
        save_figures(figures, json_path)
    return figures
