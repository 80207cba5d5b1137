"""The slopes of a function that is made of straight pieces, found from its program.

The program is followed on intervals. On each, every value that it computes is linear; where a call
has a kink or a step, the intervals are cut at the points where its arguments meet. So no piece is
missed, however short it is or far out, as it would be on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..namespace import array_namespace
from ..program import Program
from ..scalars import is_scalar
from ..symbols import Symbol

__all__ = ["NotStraight", "slopes"]

COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
OF_ZERO = ("sign", "abs", "relu", "copysign")
"""Calls with a kink where an argument is zero."""
OF_TWO = (*COMPARISONS, "maximum", "minimum", "clip")
"""Calls with a kink where the first argument is equal to one of the others."""
STRAIGHT = (
    *("add", "subtract", "negative", "multiply", "divide", "positive", "zeros_like"),
    *("where", "logical_and", "logical_or", "logical_not"),
)
"""Calls that have none: on an interval their truth values are constant."""

INSIDE = (0.25, 0.5, 0.75)
"""Where in an interval values are looked at: three points tell whether it is linear there."""

OUT = (1.0, 1e12, 1e24, 1e36)
"""How far out zeros are looked for: beside 1, a kink beyond 1e16 is rounded away."""

MOST = 64
"""Intervals; there are few in anything that somebody wrote down."""


class NotStraight(ValueError):
    """A program is not linear between its kinks, or its kinks are not found so."""


def slopes(program: Program, dtype: Any) -> tuple[float, ...]:
    """All values that a derivative has at numbers, rising.

    Parameters
    ----------
    program : Program
        Of one input and one output: the derivative.
    dtype : numpy dtype
        In which the derivative is computed.

    Raises
    ------
    NotStraight
        The derivative is not constant between kinks.
    """
    (output,) = program.outputs
    if is_scalar(output):
        return (float(output),)
    cuts = np.array(_cuts(program))
    between = _inside(cuts).ravel()
    if np.ptp(_value(program, between).reshape(-1, len(INSIDE)), axis=1).any():
        raise NotStraight("its derivative is not constant between kinks")
    # A kink has a value of its own, and lies between two numbers of the dtype, or on one.
    with np.errstate(over="ignore"):
        near = cuts.astype(dtype)
    at = [near, np.nextafter(near, dtype(-np.inf)), np.nextafter(near, dtype(np.inf))]
    found = _value(program, np.concatenate([between, *at, [-np.inf, np.inf]]), dtype)
    if not np.isfinite(found).all():
        raise NotStraight("its derivative is not finite somewhere")
    return tuple(map(float, np.unique(found + 0.0)))  # minus zero is zero


def _value(program: Program, x: Any, dtype: Any = np.float64) -> Any:
    x = np.asarray(x, dtype)
    with np.errstate(all="ignore"):
        (result,) = program.replay(array_namespace(x), (x,))
    return np.broadcast_to(result, x.shape)


def _inside(cuts: Any, out: float = 1.0) -> Any:
    """Points in each interval, a row for each; in the outermost about so far out."""
    if not len(cuts):
        return out * np.array([[-1.0, 0.5, 2.0]])
    wide = out + abs(cuts[0]) + abs(cuts[-1])
    edges = np.concatenate([[cuts[0] - wide], cuts, [cuts[-1] + wide]])
    return edges[:-1, None] + np.diff(edges)[:, None] * np.array(INSIDE)


def _cuts(program: Program) -> list[float]:
    """Where the calls of a program have their kinks."""
    cuts: list[float] = []
    # Each call looks at values of the program up to it, with all cuts that were found before.
    for call in program.calls:
        if call.name not in (*OF_ZERO, *OF_TWO, *STRAIGHT):
            if all(_is_constant(program, a, cuts) for a in call.arguments):
                continue
            raise NotStraight(f"it calls {call.name}, which is not made of straight pieces")
        differences: list[Callable[[Any], Any]] = []
        if call.name in OF_ZERO:
            differences += [_reader(program, a) for a in call.arguments]
        if call.name in OF_TWO:
            one, *others = (_reader(program, a) for a in call.arguments if a is not None)
            differences += [_difference(one, other) for other in others]
        for difference in differences:
            cuts = sorted({*cuts, *_zeros(difference, cuts)})
        if len(cuts) > MOST:
            raise NotStraight(f"it has more than {MOST} kinks")
        _check_linear(_reader(program, call), np.array(cuts), call)
    return cuts


def _reader(program: Program, value: Any) -> Callable[[Any], Any]:
    """A value of the program as a function of its input."""
    if not isinstance(value, Symbol):
        return lambda at: np.full(at.shape, float(value))
    up_to = Program(program.title, program.inputs, (value,))
    return lambda at: np.asarray(_value(up_to, at), np.float64)


def _difference(one: Callable[[Any], Any], other: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def difference(at: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return one(at) - other(at)

    return difference


def _zeros(difference: Callable[[Any], Any], cuts: list[float]) -> set[float]:
    """Where a function that is linear on each interval is zero, inside of them."""
    start, end = np.array([-math.inf, *cuts]), np.array([*cuts, math.inf])
    found: set[float] = set()
    for out in OUT:
        at = _inside(np.array(cuts), out)
        with np.errstate(all="ignore"):
            low, _, high = difference(at).T
            slope = (high - low) / (at[:, 2] - at[:, 0])
            zeros = at[:, 0] - low / slope
            # What is small beside these points was rounded away: again, from where the zero is.
            for _ in range(3):
                zeros = np.clip(zeros, start, end)
                zeros = zeros - difference(zeros) / slope
        for zero, left, right in zip(zeros.tolist(), start, end, strict=True):
            if not math.isfinite(zero):
                continue
            # Rounding may put it a little beside a cut that is there already.
            close = 1e-12 * abs(zero)
            inside = left - close < zero < right + close
            if inside and all(abs(zero - c) > close for c in (*cuts, *found)):
                found.add(zero)
    return found


def _check_linear(value: Callable[[Any], Any], cuts: Any, call: Symbol) -> None:
    at = _inside(cuts)
    low, middle, high = value(at).T
    with np.errstate(invalid="ignore"):
        place = (at[:, 1] - at[:, 0]) / (at[:, 2] - at[:, 0])
        off = abs(low + (high - low) * place - middle)
        size = abs(low) + abs(middle) + abs(high)
    straight = (off <= 1e-9 * size) | ((low == middle) & (middle == high))
    if not straight.all():
        raise NotStraight(f"it calls {call.name} where that is no straight line")


def _is_constant(program: Program, value: Any, cuts: Sequence[float]) -> bool:
    values = _reader(program, value)(_inside(np.array(cuts)))
    return bool((values == values[:, :1]).all())
