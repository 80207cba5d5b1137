"""The cube root."""

from __future__ import annotations

from typing import Any

from .row import Row

__all__ = ["ROWS"]


def cube_root(xp: Any, x: Any) -> Any:
    """``sign(x) |x|**(1/3)``, and one step of Newton's method.

    A third is rounded, and the power magnifies that by the logarithm of x, up to 58 ulp.
    """
    a = abs(x)
    y = a ** (1 / 3)
    step = (y - a / y / y) * (1 / 3)
    # At zero and infinity the step is NaN, and none is needed.
    return xp.sign(x) * (y - xp.where(step == step, step, 0.0))


def slope(xp: Any, x: Any) -> Any:
    """``∛x / (3 x)``: the root's rounding counts once; ``1 / (3 ∛x**2)`` at zero and infinity."""
    y = xp.cbrt(x)
    r = y / x
    return xp.where(r == r, r * (1 / 3), (1 / 3) / (y * y))


def slope_of_slope(xp: Any, x: Any, y: Any) -> Any:
    """``-2 y / (3 x)`` by the slope y: infinite at zero, with its sign."""
    return ((-2 / 3) * y) / x


ROWS: tuple[Row, ...] = (
    Row(
        "cbrt",
        first=(lambda xp, x, y: xp.cbrt_slope(x),),
        second=((lambda xp, x, y: slope_of_slope(xp, x, xp.cbrt_slope(x)),),),
        written=cube_root,
        singular=True,
        formula="∛x",
        derivative="1 / (3 ∛x²)",
        probes=(-1e30, -1.0, -1e-9, -1e-30, 1e-30, 1e-9, 1.0, 1e30),
    ),
    Row(
        "cbrt_slope",
        first=(slope_of_slope,),
        second=((lambda xp, x, y: ((10 / 9) * y) / x / x,),),
        written=slope,
        formula="1 / (3 ∛x²)",
        derivative="-2 y / (3 x)",
        probes=(-1e30, -1.0, -1e-9, -1e-30, 1e-30, 1e-9, 1.0, 1e30),
    ),
)
