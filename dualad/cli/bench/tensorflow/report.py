"""The whole benchmark of TensorFlow: measured, printed, drawn, written down."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from .. import machine
from ..files import save_figures, save_picture
from . import table
from .methods import Settings
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
    description = machine.describe(tensorflow=tf.__version__, keras=keras.__version__)
    print(machine.sentence(description), flush=True)
    # A step is traced for each row on purpose; TensorFlow warns that this is slow.
    tf.get_logger().setLevel("ERROR")
    # The GPU, if there is one, would be compared on other terms: its compiler, its memory.
    with tf.device("CPU"):
        rows = measure(settings)
    means = table.means(rows)
    print(table.render(rows), "", *table.footnotes(settings), sep="\n")
    print("", *table.mean_lines(means), sep="\n")
    figures = {
        "machine": description,
        "settings": settings.as_dict(),
        "rows": [asdict(row) for row in rows],
        "geometric means": means,
    }
    if plot is not None:
        from .picture import draw

        save_picture(draw(rows, settings, machine.sentence(description)), plot)
    if json_path is not None:
        save_figures(figures, json_path)
    return figures
