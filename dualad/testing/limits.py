"""Derivatives of functions of mpmath numbers, at a precision that is raised until two agree.

Differences of a function that is known to any number of bits are a derivative to any number of
bits. How many are needed shows in the result: sigmoid(700) is 1 to a thousand bits, so differences
at fewer bits vanish, and at more they do not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp

from .differences import STENCILS

__all__ = ["Interval", "derivative", "derivative_or_interval"]

Function = Callable[..., Any]
Interval = tuple[Any, Any]
"""The derivatives of both sides, in order; equal where the function is smooth."""

AGREEMENT = 83  # bits, 25 digits
LEVELS = 6
FIRST_STEP = 60  # bits below the scale
STEPS = 30
# Below the smallest double by far: there a derivative counts as zero.
NOTHING = 1250


def derivative(
    f: Function, point: Sequence[Any], orders: Sequence[int], scales: Sequence[Any] | None = None
) -> Any | None:
    """Compute a partial derivative to 25 digits.

    Parameters
    ----------
    f : callable
        Of as many mpmath numbers as there are in `point`; smooth there.
    point : sequence of mpf
        Where, exact.
    orders : sequence of int
        How often by each argument, 0 to 3.
    scales : sequence of mpf, optional
        How near to the point each argument has to stay.

    Returns
    -------
    mpf or None
        None where no two precisions agree, or where f is not finite.
    """
    if not all(map(mp.isfinite, point)):
        return None
    if scales is None:
        scales = natural_scales(point)
    total = sum(orders)
    far = max(0, *(mp.mag(x) - mp.mag(s) for x, s in zip(point, scales, strict=True) if x != 0), 0)
    previous = None
    for level in range(LEVELS):
        bits = FIRST_STEP + STEPS * level
        precision = int(((128 + total * bits) << level) + far)
        with mp.workprec(precision):
            steps = [mp.ldexp(s, -bits) for s in scales]
            found = difference(f, point, orders, steps)
            if found is None:
                return None
            estimate, noise = found
            if previous is not None:
                if estimate != 0 and abs(estimate - previous) <= mp.ldexp(
                    abs(estimate), -AGREEMENT
                ):
                    return estimate
                if max(abs(estimate), abs(previous)) + noise < mp.ldexp(1, -NOTHING):
                    return mp.zero
            previous = estimate
    return None


def natural_scales(point: Sequence[Any]) -> list[Any]:
    """How far each argument may move: within its own size, a zero within the others' sizes."""
    sizes = [min(mp.one, power_of_two(x)) for x in point if x != 0]
    least = min(sizes, default=mp.one)
    return [least if x == 0 else min(mp.one, power_of_two(x)) for x in point]


def power_of_two(x: Any) -> Any:
    """The power of two below ``|x|``."""
    return mp.ldexp(1, mp.mag(x) - 1)


def difference(
    f: Function, point: Sequence[Any], orders: Sequence[int], steps: Sequence[Any]
) -> tuple[Any, Any] | None:
    """The central difference at the precision that is set, and what rounding may have made."""
    total, largest = mp.zero, mp.zero
    for nodes in itertools.product(*(STENCILS[k] for k in orders)):
        arguments = [x + j * h for x, h, (j, _) in zip(point, steps, nodes, strict=True)]
        y = f(*arguments)
        if not mp.isfinite(y):
            return None
        total += math.prod(weight for _, weight in nodes) * y
        largest = max(largest, abs(y))
    volume = mp.one
    for h, k in zip(steps, orders, strict=True):
        volume *= h**k
    noise = mp.ldexp(largest, 8 - mp.prec) / volume
    return total / volume, noise


def derivative_or_interval(
    f: Function, point: Sequence[Any], orders: Sequence[int], along: int | None = None
) -> Interval | None:
    """Compute a partial derivative, of both sides where the function may have a kink.

    Parameters
    ----------
    f, point, orders
        As for `derivative`.
    along : int, optional
        The argument by which `point` may be a kink, an edge of the domain or infinite; by default
        the function is taken as smooth.

    Returns
    -------
    tuple of mpf or None
        The smaller and the larger of the two sides' derivatives, which may be infinite; at an edge
        of the domain twice the one side's. None where there is no derivative.
    """
    if along is None:
        found = derivative(f, point, orders)
        return None if found is None else (found, found)
    x = point[along]
    if mp.isinf(x):
        sides = [_at_infinity(f, point, orders, along)]
    else:
        sides = [_side(f, point, orders, along, sign) for sign in (-1, 1)]
    there = [s for s in sides if s is not None]
    return (min(there), max(there)) if there else None


def _with(point: Sequence[Any], along: int, x: Any) -> list[Any]:
    return [*point[:along], x, *point[along + 1 :]]


def _at_infinity(
    f: Function, point: Sequence[Any], orders: Sequence[int], along: int
) -> Any | None:
    """The limit towards infinity, beyond every dtype's largest number; None if f oscillates."""
    at = [mp.ldexp(mp.sign(point[along]), k) for k in (1100, 1500, 2200)]
    return _limit([derivative(f, _with(point, along, x), orders) for x in at])


def _side(
    f: Function, point: Sequence[Any], orders: Sequence[int], along: int, sign: int
) -> Any | None:
    """The limit of the derivative from one side; None where f itself jumps."""
    x = point[along]
    natural = natural_scales(point)
    far = max(0, int(mp.mag(x) - mp.mag(natural[along]))) if x != 0 else 0
    estimates: list[Any] = []
    jumps: list[Any] = []
    for bits in (130, 260, 390):
        distance = mp.ldexp(natural[along], -bits)
        with mp.workprec(3 * bits + far):
            near = x + sign * distance
            here = f(*point)
            jumps.append(abs(f(*_with(point, along, near)) - here))
        if mp.isnan(here):
            return None
        if len(jumps) == 2 and mp.isfinite(here) and not jumps[1] <= 0.99 * jumps[0]:
            return None
        scales = _with(natural, along, distance)
        estimates.append(derivative(f, _with(point, along, near), orders, scales))
        if len(estimates) >= 2 and _settled(*estimates[-2:]):
            return estimates[-1]
    return _limit(estimates)


def _settled(first: Any, second: Any) -> bool:
    """Whether two estimates on the way to a limit are it already."""
    if first is None or second is None:
        return False
    return bool(abs(first - second) <= mp.ldexp(abs(second), -60))


def _limit(estimates: Sequence[Any]) -> Any | None:
    """Where three estimates on the way to a limit lead; None if that does not show."""
    if None in estimates:
        return None
    pairs = list(itertools.pairwise(estimates))
    if _settled(*pairs[-1]):
        return estimates[-1]
    if all(mp.sign(a) == mp.sign(b) and abs(b) > 1.2 * abs(a) for a, b in pairs):
        return mp.sign(estimates[-1]) * mp.inf
    return mp.zero if all(abs(b) < mp.ldexp(abs(a), -10) for a, b in pairs) else None
