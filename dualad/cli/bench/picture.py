"""What the pictures of the benchmarks have in common: the page, its legend, the colours."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["BLUE", "GREY", "HEADING", "INK", "LABEL", "NOTE", "legend", "page", "quiet"]

# From the palette of Okabe and Ito, which the colour-blind can tell apart. What dualad is compared
# with is grey, and told apart by its marker.
BLUE, INK, GREY, PALE_GREY = "#0072B2", "#222222", "#7F7F7F", "#DDDDDD"
TITLE, HEADING, LABEL, NOTE = 28, 18, 14, 12  # points, on a page of 16 x 9 inches

Markers = dict[str, tuple[str, str]]
"""By method: matplotlib's marker, and the colour."""


def page(headline: str, note: str) -> Figure:
    """A page with what is to be seen above, and on what it was measured below."""
    # A figure made without pyplot needs no display and leaves no global state; Agg renders it.
    figure = Figure(figsize=(16, 9))
    figure.text(0.05, 0.92, headline, size=TITLE, weight="bold", color=INK)
    figure.text(0.05, 0.02, note, size=NOTE, color=GREY)
    return figure


def legend(figure: Figure, markers: Markers, methods: Iterable[str]) -> None:
    """Say below the headline which marker is which of the methods that were measured."""
    measured = set(methods)
    handles = [
        figure.axes[0].plot([], [], marker, color=colour, markersize=12, label=name)[0]
        for name, (marker, colour) in markers.items()
        if name in measured
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.04, 0.905), ncols=len(handles),
        frameon=False, fontsize=LABEL, handletextpad=0.1,
    )  # fmt: skip


def quiet(axes: Axes) -> None:
    """A pale grid, and nothing that draws the eye from the points."""
    axes.grid(color=PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=LABEL, length=0, colors=GREY)
    axes.spines[:].set_visible(False)
