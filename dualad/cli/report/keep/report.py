"""The whole report of what is kept: measured, printed, drawn, written down."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from ...bench import machine
from ...bench.files import save_figures, save_picture
from ...bench.pytorch.device import describe
from . import table
from .rows import Row, Settings, measure

__all__ = ["report"]


def report(
    settings: Settings, why: bool = False, plot: Path | None = None, json_path: Path | None = None
) -> list[Row]:
    """Measure, print, and where it is asked for draw and write down.

    Parameters
    ----------
    settings : Settings
        What is measured.
    why : bool
        Whether the reasons are printed for which forms do not serve.
    plot, json_path : Path, optional
        Where the picture and the figures go.

    Returns
    -------
    list of Row
        Those that are further off than they state.
    """
    description = describe("cpu")
    print(machine.sentence(description), flush=True)
    rows, auto = measure(settings)
    print(table.render(rows, settings.time), "", *table.footnotes(settings, rows), sep="\n")
    if why:
        print("", *table.reasons(rows), sep="\n")
    print("", *table.auto_lines(auto), sep="\n")
    figures = {
        "machine": description,
        "settings": settings.as_dict(),
        "rows": [asdict(row) for row in rows],
        "auto": {name: asdict(summary) for name, summary in auto.items()},
    }
    if plot is not None:
        from .picture import draw

        save_picture(draw(rows, auto, machine.sentence(description)), plot)
    if json_path is not None:
        save_figures(figures, json_path)
    return [row for row in rows if row.exceeds]
