"""Whether an activation computes what something else computes: on probe points, by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["NEAR", "TOLERANCE", "Probe", "Unusable", "distance", "first_line", "points"]

Result = tuple[str, Any]
"""A name, and an array: ("its value", y), ("its derivative", f')."""

PARAMETER = "the gradient of its parameter"

TOLERANCE = 4e-6
"""Of 1 or of the value, whichever is more: constants in hand-written code have seven digits."""

NEAR = 20.0
"""Beyond it a hand-written formula may overflow and be forgiven; an activation may not."""


class Unusable(Exception):
    """Something cannot be called as an activation is, or cannot be compared."""


@dataclass(frozen=True)
class Probe:
    """What a comparison found.

    Parameters
    ----------
    worst : float
        The largest distance, in tolerances: at most 1 is agreement.
    where : str
        The point, and what both sides give there.
    shape : tuple of int
        The shape of an input that the original takes.
    kink : str
        What is different at a kink, where two right answers may differ.
    """

    worst: float
    where: str
    shape: tuple[int, ...]
    kink: str = ""

    @property
    def agrees(self) -> bool:
        """Whether all points are within the tolerance."""
        return self.worst <= 1.0


def points() -> Any:
    """Probe points from -10⁴ to 10⁴; none is a kink of anything: there two right answers differ."""
    tails = np.logspace(-6, 4, 61)
    return np.concatenate([np.linspace(-9.87, 9.91, 282), tails, -tails])


def distance(
    xs: Sequence[Any], got: Sequence[Result], expected: Sequence[Result], tolerance: float
) -> Probe:
    """The worst point of all results.

    Parameters
    ----------
    xs : sequence of array
        The inputs.
    got, expected : sequence of (str, array)
        The value, then a derivative for each input, then gradients of parameters.
    tolerance : float
        Of 1 or of the value, whichever is more.

    Returns
    -------
    Probe
        What overflows to no number far out is forgiven in ``got``.
    """
    worst, where = 0.0, ""
    whole = all(np.isfinite(values).all() for _, values in got[: 1 + len(xs)])
    far = np.stack([np.abs(x) for x in xs]).max(0) > NEAR
    for (name, theirs), (_, ours) in zip(got, expected, strict=True):
        pointwise = name != PARAMETER
        if not (pointwise or whole):
            continue  # what overflowed has gone into the sum
        with np.errstate(all="ignore"):
            off = np.abs(theirs - ours) / (tolerance * np.maximum(np.abs(ours), 1.0))
        off = np.where(theirs == ours, 0.0, off)
        if pointwise:
            off = np.where(~np.isfinite(theirs) & np.isfinite(ours) & far, 0.0, off)
        off = np.where(np.isnan(off), np.inf, off)
        if off.size and off.max() > worst:
            at = int(off.argmax())
            worst = float(off.flat[at])
            inputs = ", ".join(f"{float(x.flat[at]):.4g}" for x in xs) if pointwise else ""
            point = f" at {inputs}" if pointwise else ""
            where = f"{name}{point} is {theirs.flat[at]:.6g} instead of {ours.flat[at]:.6g}"
    return Probe(worst, where, tuple(xs[0].shape))


def first_line(error: BaseException) -> str:
    """An error in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
