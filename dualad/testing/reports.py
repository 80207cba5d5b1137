"""What a check found: the points, what was expected and what came, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .points import REGIONS, region

__all__ = ["DerivativeError", "UlpReport", "aligned"]

SHOWN = 5

ORDINALS = {0: "value", 1: "first derivative", 2: "second derivative", 3: "third derivative"}


class DerivativeError(AssertionError):
    """A derivative is not what it should be.

    Parameters
    ----------
    report : UlpReport
        What was found, kept in ``.report``.
    """

    def __init__(self, report: UlpReport) -> None:
        super().__init__(report.failure())
        self.report = report


@dataclass(frozen=True, eq=False)
class UlpReport:
    """How far a derivative is from the truth, point by point.

    Parameters
    ----------
    function : str
        What was checked.
    order : int
        Which derivative.
    oracle : str
        Where the truth comes from.
    points, got, want : ndarray
        Where, what was computed, and the truth, rounded to the dtype.
    ulp : ndarray of float64
        The distance in units in the last place of the truth; infinite where one of both is NaN or
        infinite and the other is not.
    allowed : ndarray of float64
        What is tolerated at each point.
    undecided : int
        How many points are left out because the oracle has no answer there.
    notes : tuple of str
        What else a reader should know.

    Examples
    --------
    >>> import dualad as da
    >>> from dualad import testing
    >>> report = testing.ulp_report(da.sigmoid)
    >>> report.passed, bool(report.worst < 4)
    (True, True)
    """

    function: str
    order: int
    oracle: str
    points: np.ndarray[Any, Any]
    got: np.ndarray[Any, Any]
    want: np.ndarray[Any, Any]
    ulp: np.ndarray[Any, Any]
    allowed: np.ndarray[Any, Any]
    undecided: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def _worst_first(self) -> np.ndarray[Any, Any]:
        """The points in order of how badly they exceed what is allowed."""
        with np.errstate(all="ignore"):
            excess = np.where(self.failed, self.ulp / self.allowed, 0.0)
        return np.lexsort((np.abs(self.points), -excess))

    @property
    def worst(self) -> float:
        """The largest distance in ulp, 0 if there are no points."""
        return float(self.ulp.max(initial=0.0))

    @property
    def where(self) -> float:
        """The point of the largest distance, NaN if there are no points."""
        return float(self.points[np.argmax(self.ulp)]) if len(self.points) else float("nan")

    @property
    def failed(self) -> np.ndarray[Any, Any]:
        """Which points are further off than is allowed."""
        return np.asarray((self.ulp > self.allowed) | np.isinf(self.ulp))

    @property
    def passed(self) -> bool:
        """Whether all are within what is allowed."""
        return not self.failed.any()

    def failure(self) -> str:
        """What an error message says: what is wrong, where, by how much, and how it is known."""
        worst = int(self._worst_first[0])
        x, dtype = float(self.points[worst]), self.points.dtype
        nearest = np.abs(np.where(self.failed, self.points.astype(np.float64), np.inf)).argmin()
        lines = [
            f"{self.title()} is wrong at {int(self.failed.sum())} of {len(self.points)} points",
            f"  where     x = {shortest(self.points[worst])} ({x.hex()}, {dtype})",
            f"  got       {shortest(self.got[worst])}",
            f"  expected  {shortest(self.want[worst])} ({self.oracle})",
            f"  off by    {self.ulp[worst]:.3g} ulp, {self.allowed[worst]:.3g} allowed",
        ]
        chosen = [*self._worst_first[: min(SHOWN, int(self.failed.sum()))]]
        if nearest not in chosen:
            chosen.append(nearest)
        lines += ["", "the worst, and the one nearest to zero:", *self._table(chosen), ""]
        return "\n".join([*lines, *self._footnotes()]).rstrip()

    def title(self) -> str:
        """Which derivative of which function, in which dtype."""
        which = ORDINALS.get(self.order, f"derivative of order {self.order}")
        return f"{which} of {self.function} (order {self.order}, {self.points.dtype})"

    def __str__(self) -> str:
        state = "within" if self.passed else "NOT within"
        lines = [
            f"{self.title()}: worst {self.worst:.3g} ulp at x = {self.where!r}",
            f"{len(self.points)} points, {state} what is allowed; truth by {self.oracle}",
            "",
        ]
        names = np.array([region(float(x)) for x in self.points])
        rows = []
        for name in REGIONS:
            (at,) = np.nonzero(names == name)
            if len(at):
                i = at[np.argmax(self.ulp[at])]
                rows.append((name, str(len(at)), *self._cells(i)))
        header = ("region", "points", *CELLS)
        return "\n".join([*lines, *aligned(header, rows), *self._footnotes()])

    def _footnotes(self) -> list[str]:
        left_out = f"{self.undecided} more points without an answer of the oracle, left out"
        return [*([left_out] if self.undecided else []), *self.notes]

    def _cells(self, i: int) -> tuple[str, ...]:
        numbers = (self.points[i], self.got[i], self.want[i])
        return (*map(shortest, numbers), f"{self.ulp[i]:.3g}", f"{self.allowed[i]:.3g}")

    def _table(self, chosen: Iterable[Any]) -> list[str]:
        return aligned(CELLS, [self._cells(int(i)) for i in chosen])


CELLS = ("x", "got", "expected", "ulp", "allowed")


def shortest(x: Any) -> str:
    """The shortest text that means this very number of its dtype."""
    return str(np.asarray(x)[()])


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; columns of names to the left, of numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return [
        "  "
        + "  ".join(
            text.ljust(w) if i == 0 else text.rjust(w)
            for i, (text, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (header, *rows)
    ]
