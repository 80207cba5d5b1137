"""The whole benchmark of PyTorch: measured, printed, drawn, written down."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import machine, torch_table
from .torch_calls import bandwidths, small_call
from .torch_methods import NEED_A_COMPILER, Settings, missing_compiler, ours_of
from .torch_pairs import geometric_mean, measure

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
    description = machine.describe(settings.device)
    print(machine.sentence(description), flush=True)
    missing = missing_compiler(settings.device)
    if missing is not None and set(NEED_A_COMPILER) & set(settings.methods):
        print(f"what is compiled is left out: torch.compile needs {missing}")
    rows = measure(settings)
    call = small_call(settings)
    moved = bandwidths(settings) if settings.device == "cuda" else {}
    print(torch_table.render(rows), "", *torch_table.footnotes(settings, rows), "", sep="\n")
    lines = [*torch_table.mean_lines(rows), torch_table.small_call_line(call)]
    print(*lines, *torch_table.bandwidth_lines(moved), sep="\n")
    figures = {
        "machine": description,
        "settings": settings.as_dict(),
        "rows": [asdict(row) for row in rows],
        "geometric means": {
            method: {name: geometric_mean(rows, method, name) for name in ("best", "checkpoint")}
            for method in ours_of({row.method: row for row in rows})
        },
        "small call": asdict(call),
        "bandwidths": {activation: asdict(b) for activation, b in moved.items()},
    }
    if plot is not None:
        from . import torch_picture

        torch_picture.save(rows, settings, machine.sentence(description), plot)
        print(f"picture: {plot}")
    if json_path is not None:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(figures, indent=1) + "\n")
        print(f"figures: {json_path}")
    return figures
