"""Polar coordinates: the length and the angle of a vector, by a triangle of moderate size."""

from __future__ import annotations

import math
from typing import Any

from .row import Row

__all__ = ["ROWS"]

ENLARGED, REDUCED = 2.0**60, 2.0**-2
"""Powers of four, for double and single precision alike: the smallest subnormal number becomes
normal, and the length of the longest triangle finite."""


class Triangle:
    """The ratios of a right triangle, scaled so that its length neither overflows nor loses digits.

    Parameters
    ----------
    xp : namespace
        What computes.
    x, y : array
        The two legs.
    length_at_origin : float
        What stands for a length of zero: with infinity every ratio there is zero.
    """

    def __init__(self, xp: Any, x: Any, y: Any, length_at_origin: float = 0.0) -> None:
        self.xp = xp
        size = xp.maximum(abs(x), abs(y))
        # Of two numbers alone a selection would have the backend's default dtype.
        self.scale = xp.where(size < 1.0, ENLARGED, xp.zeros_like(size) + REDUCED)
        self.x = x * self.scale
        self.y = y * self.scale
        length = xp.hypot(self.x, self.y)
        self.length = (
            xp.where(length == 0.0, length_at_origin, length) if length_at_origin else length
        )

    def ratio(self, leg: Any) -> Any:
        """A scaled leg over the length; of an infinite leg its sign."""
        xp = self.xp
        return xp.where(xp.isinf(leg), xp.sign(leg), leg / self.length)

    def cosine(self) -> Any:
        """``x / r``."""
        return self.ratio(self.x)

    def sine(self) -> Any:
        """``y / r``."""
        return self.ratio(self.y)

    def over_length(self, ratio: Any) -> Any:
        """``ratio / r``, of the length before it was scaled."""
        return ratio * self.scale / self.length

    def square_over_length(self, ratio: Any) -> Any:
        """``ratio**2 / r``: neither the square underflows first nor the quotient overflows."""
        root = self.xp.sqrt(self.scale)
        return (ratio * root / self.length) * (ratio * root)


def hypot_by_x(xp: Any, x: Any, y: Any, _: Any) -> Any:
    """``x / r``, zero at the origin."""
    return Triangle(xp, x, y, math.inf).cosine()


def hypot_by_x_twice(xp: Any, x: Any, y: Any, _: Any) -> Any:
    """``(y / r)**2 / r``."""
    triangle = Triangle(xp, x, y, math.inf)
    return triangle.square_over_length(triangle.sine())


def hypot_mixed(xp: Any, x: Any, y: Any, _: Any) -> Any:
    """``-(x / r) (y / r) / r``."""
    triangle = Triangle(xp, x, y, math.inf)
    return -triangle.over_length(triangle.cosine() * triangle.sine())


def atan2_by_y(xp: Any, y: Any, x: Any, _: Any) -> Any:
    """``(x / r) / r``, r = hypot(x, y)."""
    triangle = Triangle(xp, x, y)
    return triangle.over_length(triangle.cosine())


def atan2_by_x(xp: Any, y: Any, x: Any, _: Any) -> Any:
    """``-(y / r) / r``."""
    triangle = Triangle(xp, x, y)
    return -triangle.over_length(triangle.sine())


def atan2_by_y_twice(xp: Any, y: Any, x: Any, _: Any) -> Any:
    """``-2 (x / r) / r (y / r) / r``."""
    triangle = Triangle(xp, x, y)
    return -2.0 * triangle.over_length(triangle.cosine()) * triangle.over_length(triangle.sine())


def atan2_by_x_twice(xp: Any, y: Any, x: Any, z: Any) -> Any:
    """The negative of the second derivative by y: the function is harmonic."""
    return -atan2_by_y_twice(xp, y, x, z)


def atan2_mixed(xp: Any, y: Any, x: Any, _: Any) -> Any:
    """``(y - x) / r**2 (y + x) / r**2``, in which nothing cancels that was rounded before."""
    triangle = Triangle(xp, x, y)
    less, more = triangle.y - triangle.x, triangle.y + triangle.x
    return triangle.over_length(triangle.ratio(less)) * triangle.over_length(triangle.ratio(more))


ROWS: tuple[Row, ...] = (
    Row(
        "hypot",
        first=(hypot_by_x, lambda xp, x, y, z: hypot_by_x(xp, y, x, z)),
        second=(
            (hypot_by_x_twice,),
            (hypot_mixed, lambda xp, x, y, z: hypot_by_x_twice(xp, y, x, z)),
        ),
        arity=2,
        formula="√(x² + y²)",
        derivative="x / r, y / r, r = hypot(x, y); 0 at the origin",
        probes=(-1e30, -1e-30, 0.0, 1e-30, 1e30),
    ),
    Row(
        "atan2",
        first=(atan2_by_y, atan2_by_x),
        second=((atan2_by_y_twice,), (atan2_mixed, atan2_by_x_twice)),
        arity=2,
        parameters=("y", "x"),
        singular=True,
        formula="the angle of the point (x, y)",
        derivative="(x / r) / r, -(y / r) / r, r = hypot(x, y); NaN at the origin",
        probes=(-1e30, -1.0, -1e-30, 1e-30, 1.0, 1e30),
    ),
)
