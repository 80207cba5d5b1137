"""Every row of the table against the outside truth: value, first and second derivatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp

from ..dual import HyperDual
from ..functions import FUNCTIONS
from ..namespace import array_namespace
from ..rules import TABLE, Row
from ..transforms import derivative
from .limits import Interval, derivative_or_interval
from .measure import Findings, measure
from .oracles import MpmathOracle, Oracle
from .points import probe_points
from .truths import DERIVATIVES, TRUTHS

__all__ = ["Accuracy", "has_accuracy", "measure_row"]

Array = np.ndarray[Any, Any]

ORDERS = (0, 1, 2)


@dataclass(frozen=True)
class Accuracy:
    """How exact one quantity of one row is.

    Parameters
    ----------
    row, dtype, quantity : str
        What was measured: ``"f"``, ``"∂"``, ``"∂²"``, or with the names of the arguments.
    order : int
        0, 1 or 2.
    worst : float
        The largest error in ulp, of the points where it exceeds its bound most.
    where : tuple of float
        There.
    got, want : float
        What came and what is true there.
    points : int
        How many were looked at.
    bound : float
        What the row states; infinite for a value that is the backend's own.
    exceeds : bool
        Whether there is a point further off than stated.
    """

    row: str
    dtype: str
    quantity: str
    order: int
    worst: float
    where: tuple[float, ...]
    got: float
    want: float
    points: int
    bound: float
    exceeds: bool

    def __str__(self) -> str:
        at = ", ".join(f"{v:.17g}" for v in self.where)
        return (
            f"{self.quantity} of {self.row} ({self.dtype}): {self.worst:.3g} ulp at ({at}), "
            f"{self.bound:g} stated; got {self.got!r}, expected {self.want!r}"
        )


def has_accuracy(row: Row) -> bool:
    """Whether a row has a value that can be more or less exact: not a predicate's, not of bits."""
    return row.name in TRUTHS and row.kind != "predicate" and not getattr(row, "integer", False)


def measure_row(
    row: Row, dtype: Any = np.float64, orders: Sequence[int] = ORDERS, *, dense: int = 80
) -> Iterator[Accuracy]:
    """Measure a row over its whole domain.

    Parameters
    ----------
    row : Row
        Of any number of arguments.
    dtype : dtype, optional
        float16, float32 or float64.
    orders : sequence of int, optional
        Which of value (0), first and second derivatives.
    dense : int, optional
        How many points lie in the middle and in each tail; of several arguments, how many of the
        pairs.

    Yields
    ------
    Accuracy
        One for each quantity: every partial derivative, mixed ones too.

    Examples
    --------
    >>> from dualad.rules import TABLE
    >>> first = next(measure_row(TABLE["sigmoid"], orders=(1,)))
    >>> first.quantity, first.worst < 4
    ('∂', True)
    """
    if row.arity == 1:
        x = probe_points(dtype, row.domain, row.kinks, dense=dense, extra=row.probes)
        for order in orders:
            unary = MpmathOracle(TRUTHS[row.name], order, row.kinks, DERIVATIVES.get(row.name, ()))
            f = FUNCTIONS[row.name]
            with np.errstate(all="ignore"):
                got = np.asarray(derivative(f, order)(x)).astype(x.dtype)
            yield accuracy(row, ("f", "∂", "∂²")[order], order, x[:, None], got, unary, x)
        return
    places = several_arguments(row, np.dtype(dtype), dense)
    real = [i for i in range(row.arity) if not (row.name == "where" and i == 0)]
    names = getattr(row, "names", ("x", "y", "z"))
    for order in orders:
        for chosen in itertools.combinations_with_replacement(real, order):
            quantity = "".join(f"∂{names[i]}" for i in chosen) or "f"
            got = partial(row, places, chosen)
            counts = [chosen.count(i) for i in range(row.arity)]
            yield accuracy(row, quantity, order, places, got, PartialOracle(row, counts), places)


def accuracy(
    row: Row, quantity: str, order: int, places: Array, got: Array, oracle: Oracle, x: Array
) -> Accuracy:
    """The worst of one quantity."""
    stated = row.ulp[order - 1] if order else value_bound(row)
    found: Findings = measure(x, got, oracle, stated if np.isfinite(stated) else 4.0, strict=True)
    places, got = places[found.decided], got[found.decided]
    if not len(places):
        nowhere = (float("nan"),)
        nothing = (0.0, nowhere, 0.0, 0.0, 0)
        return Accuracy(row.name, str(x.dtype), quantity, order, *nothing, stated, False)
    # An error that a crossing of zero explains is not the one to show.
    explained = np.where(found.ulp > found.allowed, found.ulp, np.minimum(found.ulp, stated))
    i = int(np.argmax(np.nan_to_num(explained, posinf=1e300)))
    return Accuracy(
        row.name,
        str(x.dtype),
        quantity,
        order,
        float(explained[i]),
        tuple(map(float, places[i])),
        float(got[i]),
        float(found.want[i]),
        len(places),
        stated,
        bool(np.isfinite(stated) and (found.ulp > found.allowed).any()),
    )


def value_bound(row: Row) -> float:
    """What a value may be off: 4 ulp where we compute it, anything where NumPy or SciPy does."""
    namespace = array_namespace(np.float64(0.0))
    return math.inf if namespace.has(row.name) else max(4.0, min(row.ulp[0], 5.0))


class PartialOracle:
    """The outside truth of a partial derivative; points are rows of coordinates."""

    name = "mpmath"

    def __init__(self, row: Row, counts: Sequence[int]) -> None:
        self.truth, self.counts = TRUTHS[row.name], tuple(counts)
        self.fixed = 1 if row.name == "where" else 0

    def truths(self, x: Array) -> tuple[list[Interval | None], Array]:
        """The truth at every point, exact."""
        return [self.at([float(v) for v in place]) for place in x], np.zeros(len(x))

    def at(self, place: list[float]) -> Interval | None:
        """The truth at one point; of both sides where it is a tie, a zero or a round number."""
        point = [mp.mpf(v) for v in place]
        by = [i for i, k in enumerate(self.counts) if k]
        along = by[0] if len(by) == 1 and self.may_be_a_kink(place, by[0]) else None
        return derivative_or_interval(self.truth, point, self.counts, along)

    def may_be_a_kink(self, place: list[float], i: int) -> bool:
        """Whether a round number, or as large as another coordinate."""
        x = place[i]
        tie = any(abs(x) == abs(v) for j, v in enumerate(place) if j != i)
        return tie or (abs(x) <= 64 and (16 * x).is_integer())

    def next_order(self) -> None:
        """Not needed: rows are held to their bound strictly."""
        return None


def partial(row: Row, places: Array, chosen: Sequence[int]) -> Array:
    """A partial derivative by the arguments that are named, one or two, by dualad."""
    f = FUNCTIONS[row.name]
    arguments: list[Any] = list(places.T)
    if row.name == "where":
        arguments[0] = arguments[0] > 0

    def with_arguments(**replaced: Any) -> Any:
        return f(*(replaced.get(f"a{i}", a) for i, a in enumerate(arguments)))

    with np.errstate(all="ignore"):
        if len(chosen) == 2 and chosen[0] != chosen[1]:
            i, j = chosen
            result = with_arguments(
                **{
                    f"a{i}": HyperDual(arguments[i], 1.0, None),
                    f"a{j}": HyperDual(arguments[j], None, 1.0),
                }
            ).d12
        elif chosen:
            i = chosen[0]
            g = derivative(lambda v: with_arguments(**{f"a{i}": v}), len(chosen))
            result = g(arguments[i])
        else:
            result = with_arguments()
    result = np.asarray(0.0 if result is None else result, places.dtype)
    return np.broadcast_to(result, places.shape[:1]).copy()


def several_arguments(row: Row, dtype: np.dtype[Any], dense: int) -> Array:
    """Points of two and more coordinates: extreme pairs, ties, zeros, and a random middle."""
    info = np.finfo(dtype)
    largest, tiny = float(info.max), float(info.smallest_normal)
    sizes = [0.0, tiny, largest**-0.65, 1e-9, 0.3, 1.0, 2.0, 3.7, 41.0, largest**0.65, largest]
    signed = [s for v in sizes for s in ((v, -v) if v else (v,))]
    rng = np.random.default_rng(0)
    if row.name == "clip":
        edges = [(-1.0, 1.0), (0.0, 6.0), (-1e-3, 1e30), (2.0, 3.5)]
        grid = [(x, *e) for x in (*signed, 0.7, 5.9) for e in edges]
    elif row.name == "where":
        grid = [(c, x, y) for c in (0.0, 1.0) for x in signed for y in signed[::5]]
    else:
        grid = list(itertools.product(signed, repeat=row.arity))
        lo, hi = row.domain
        grid = [place for place in grid if lo <= place[0] <= hi]
    if row.name in ("remainder", "floor_divide"):
        # A quotient beyond the dtype's digits has no fraction left, and the slope is the quotient.
        grid = [place for place in grid if abs(place[0] / 2.0**20) < abs(place[1])]
    if row.name == "atan2":
        grid = [place for place in grid if any(place)]
    # The same sample every time; all of it where that is what is asked for.
    few = min(len(grid), 3 * dense)
    kept = [grid[i] for i in sorted(rng.choice(len(grid), few, replace=False))]
    middle = np.stack(
        [
            np.exp(rng.normal(size=dense)),
            *(2.0 * rng.normal(size=dense) for _ in range(row.arity - 1)),
        ],
        axis=1,
    )
    if row.name in ("clip", "where"):
        middle = middle[:0]
    return np.concatenate([np.array(kept), middle]).astype(dtype)


ROWS_WITH_ACCURACY = tuple(row for row in TABLE.values() if has_accuracy(row))
"""What the report and the tests go through."""
