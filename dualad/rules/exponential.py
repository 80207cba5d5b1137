"""Exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

from .row import Row, inside, nothing

__all__ = ["ROWS"]

LOG2_E = 1 / math.log(2)
LOG10_E = 1 / math.log(10)


def logarithm_slope(xp: Any, factor: float, x: Any) -> Any:
    """``factor / x``, NaN where x is negative."""
    return factor / inside(xp, x, x >= 0.0)


def logarithm_curvature(xp: Any, factor: float, x: Any) -> Any:
    """``-factor / x**2``, never through the square."""
    return -logarithm_slope(xp, factor, x) / x


def difference(xp: Any, x: Any, y: Any) -> Any:
    """``x - y``, zero for infinite numbers that are equal."""
    d = x - y
    return xp.where(xp.logical_and(xp.isnan(d), x == y), 0.0, d)


def difference_and_error(xp: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """The rounded difference and the error of its rounding (Knuth's two-sum).

    An exponential magnifies the error of its argument by the argument, to hundreds of ulp. An
    infinite difference has no error.
    """
    d = xp.difference(x, y)
    t = d - x
    error = (x - (d - t)) - (y + t)
    return d, xp.where(xp.isfinite(error), error, 0.0)


def logaddexp_share(xp: Any, x: Any, y: Any) -> Any:
    """``sigmoid(x - y)``: what ``exp(x)`` has of the sum; one half of two equal infinities."""
    d, error = difference_and_error(xp, x, y)
    return xp.sigmoid(d) * (1.0 + error * xp.sigmoid(-d))


def logaddexp_curvature(xp: Any, x: Any, y: Any, _: Any) -> Any:
    """``sigmoid(x - y) sigmoid(y - x)``."""
    d, error = difference_and_error(xp, x, y)
    return xp.logistic_slope(d) * (1.0 - error * xp.tanh(0.5 * d))


def logaddexp_mixed(xp: Any, x: Any, y: Any, z: Any) -> Any:
    """The negative of both other second derivatives."""
    return -logaddexp_curvature(xp, x, y, z)


ROWS: tuple[Row, ...] = (
    Row(
        "exp",
        first=(lambda xp, x, y: y,),
        second=((lambda xp, x, y: y,),),
        formula="e^x",
        derivative="e^x",
        probes=(-80.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "expm1",
        first=(lambda xp, x, y: xp.exp(x),),
        second=((lambda xp, x, y: xp.exp(x),),),
        formula="e^x - 1",
        derivative="e^x",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "log",
        first=(lambda xp, x, y: logarithm_slope(xp, 1.0, x),),
        second=((lambda xp, x, y: logarithm_curvature(xp, 1.0, x),),),
        formula="log x",
        derivative="1 / x",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0 - 1e-7, 1.0, 1.0 + 1e-7, 1e30),
    ),
    Row(
        "log1p",
        first=(lambda xp, x, y: logarithm_slope(xp, 1.0, 1.0 + x),),
        second=((lambda xp, x, y: logarithm_curvature(xp, 1.0, 1.0 + x),),),
        formula="log(1 + x)",
        derivative="1 / (1 + x)",
        domain=(-1.0, math.inf),
        probes=(-1.0 + 1e-7, -0.9, -1e-9, 0.0, 1e-9, 1e30),
    ),
    Row(
        "log2",
        first=(lambda xp, x, y: logarithm_slope(xp, LOG2_E, x),),
        second=((lambda xp, x, y: logarithm_curvature(xp, LOG2_E, x),),),
        formula="log₂ x",
        derivative="1 / (x log 2)",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0 - 1e-7, 1.0, 1.0 + 1e-7, 1e30),
    ),
    Row(
        "log10",
        first=(lambda xp, x, y: logarithm_slope(xp, LOG10_E, x),),
        second=((lambda xp, x, y: logarithm_curvature(xp, LOG10_E, x),),),
        formula="log₁₀ x",
        derivative="1 / (x log 10)",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0 - 1e-7, 1.0, 1.0 + 1e-7, 1e30),
    ),
    Row(
        "logaddexp",
        first=(
            lambda xp, x, y, z: logaddexp_share(xp, x, y),
            lambda xp, x, y, z: logaddexp_share(xp, y, x),
        ),
        second=((logaddexp_curvature,), (logaddexp_mixed, logaddexp_curvature)),
        arity=2,
        formula="log(e^x + e^y)",
        derivative="σ(x - y), σ(y - x)",
        probes=(-700.0, -80.0, -1e-9, 0.0, 1e-9, 80.0, 700.0),
    ),
    # A selection would drop the tangents of equal infinities, and with them the curvature there.
    Row(
        "difference",
        first=(lambda xp, x, y, z: 1.0, lambda xp, x, y, z: -1.0),
        second=((nothing,), (nothing, nothing)),
        written=difference,
        arity=2,
        formula="x - y, 0 for equal infinities",
        derivative="1, -1",
    ),
)
