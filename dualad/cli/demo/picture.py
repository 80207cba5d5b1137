"""The picture that the demo draws: what an activation is and what it costs, one row to each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .definitions import DEFINITIONS, Definition
from .digits import BATCH
from .training import DUALAD, METHODS, Row

FILE_NAME = "dualad-demo.png"

# Blue and vermilion are from the palette of Okabe and Ito, which the colour-blind can tell apart.
# What dualad is compared with is grey, so that the eye finds dualad.
BLUE, VERMILION, INK, GREY, PALE_GREY = "#0072B2", "#D55E00", "#222222", "#8F8F8F", "#C4C4C4"
CURVES = (("f", INK), ("f′", BLUE), ("f″", VERMILION))  # by order of derivative
METHOD_COLOURS = dict(zip(METHODS, (PALE_GREY, GREY, BLUE), strict=True))

HEADLINE = "Write it once. Train it anywhere. Keep only f′."
SETTING = f"A convolutional network on scikit-learn's digits: batch of {BATCH}, float32, on CPU"
TITLE, HEADING, LABEL, NOTE = 32, 19, 17, 14  # points, on a page of 16 x 9 inches
FRAMEWORK_STEP = len(METHODS) + 1.4  # from the bars of one framework to the next, in bars


@dataclass(frozen=True)
class Quantity:
    """What the bars of a column show."""

    name: str
    unit: str
    of: Callable[[Row], float]


MEMORY = Quantity("kept for backward, per batch", "MB", lambda row: row.kept.bytes / 1e6)
TIME = Quantity("time per training step", "ms", lambda row: row.milliseconds)


def save(rows: Sequence[Row], folder: Path) -> Path:
    """Draw what was measured, and return the path of the picture.

    Parameters
    ----------
    rows
        The rows of the table.
    folder
        Where the picture goes; it is made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    draw(rows).savefig(path, dpi=120)
    return path


def draw(rows: Sequence[Row]) -> Figure:
    """Return the figure: for each activation its curves, the bytes it keeps and its time."""
    # A figure made without pyplot needs no display and leaves no global state; Agg renders it.
    figure = Figure(figsize=(16, 9))
    figure.text(0.05, 0.9, HEADLINE, size=TITLE, weight="bold", color=INK)
    figure.text(0.05, 0.03, SETTING, size=NOTE, color=GREY)
    # The second column is the room that the methods' names need.
    grid = figure.add_gridspec(
        len(DEFINITIONS), 4, left=0.05, right=0.97, top=0.75, bottom=0.11, wspace=0.12, hspace=0.55,
        width_ratios=(1.15, 0.3, 1, 1),
    )  # fmt: skip
    for index, definition in enumerate(DEFINITIONS):
        _draw_curves(figure.add_subplot(grid[index, 0]), definition)
        for column, quantity in ((2, MEMORY), (3, TIME)):
            axes = figure.add_subplot(grid[index, column])
            _draw_bars(axes, [row for row in rows if row.activation == definition.name], quantity)
            # One scale to a column: bars of different activations may be compared.
            axes.set_xlim(0, 1.3 * max(map(quantity.of, rows)))
            if index == 0:
                axes.set_title(quantity.name, size=HEADING, loc="left", pad=36, color=INK)
    for axes in figure.axes[1::3]:
        _name_methods(axes, rows)
    return figure


def _draw_curves(axes: Axes, definition: Definition) -> None:
    """Draw f, f′ and f″, each named at its right end."""
    x = np.linspace(-5, 2.2, 400)
    for order, (name, colour) in enumerate(CURVES):
        y = definition.activation.derivative(x, order=order)
        axes.plot(x, y, color=colour, linewidth=3.5, solid_capstyle="round")
        _write(axes, name, (x[-1], y[-1]), offset=8, size=HEADING, color=colour)
    axes.axhline(0, color=PALE_GREY, linewidth=1, zorder=0)
    axes.axvline(0, color=PALE_GREY, linewidth=1, zorder=0)
    axes.set_title(definition.name, size=HEADING, weight="bold", loc="left", pad=36, color=INK)
    axes.text(0, 1.06, definition.formula, size=LABEL, family="monospace", transform=axes.transAxes)
    axes.tick_params(labelsize=LABEL, length=0, colors=GREY)
    axes.set_xticks([-4, -2, 0, 2])
    axes.set_yticks([0, 1, 2])
    axes.spines[:].set_visible(False)


def _draw_bars(axes: Axes, rows: Sequence[Row], quantity: Quantity) -> None:
    """Draw one bar to each row, framework by framework, with its value at its end."""
    positions = _positions(rows)
    for row in rows:
        y, value = positions[row.framework, row.method], quantity.of(row)
        axes.barh(y, value, height=0.82, color=METHOD_COLOURS[row.method])
        _write(axes, f"{value:.0f} {quantity.unit}", (value, y), offset=7, **_emphasis(row.method))
    axes.set_ylim(max(positions.values()) + 0.5, -1.4)
    axes.set_axis_off()


def _name_methods(axes: Axes, rows: Sequence[Row]) -> None:
    """Write the methods to the left of their bars, and the frameworks above."""
    for (framework, method), y in _positions(rows).items():
        _write(axes, method, (0, y), offset=-8, ha="right", **_emphasis(method))
        if method == METHODS[0]:
            _write(axes, framework, (0, y - 1), offset=-8, ha="right", size=LABEL, weight="bold")


def _positions(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """Return where the bar of a framework and method stands, from the top."""
    frameworks = dict.fromkeys(row.framework for row in rows)
    return {
        (framework, method): FRAMEWORK_STEP * group + index
        for group, framework in enumerate(frameworks)
        for index, method in enumerate(METHODS)
    }


def _emphasis(method: str) -> dict[str, Any]:
    """Return the style in which a method, and its values, are written."""
    ours = method == DUALAD
    return (
        {"size": LABEL, "weight": "bold", "color": BLUE} if ours else {"size": LABEL, "color": INK}
    )


def _write(axes: Axes, text: str, place: tuple[float, float], offset: float, **style: Any) -> None:
    """Write beside a place of the axes, `offset` points to the right of it."""
    axes.annotate(
        text, place, xytext=(offset, 0), textcoords="offset points", va="center",
        annotation_clip=False, **style,
    )  # fmt: skip
