"""The logistic function and what activations make of it and of tanh."""

from __future__ import annotations

import math
from typing import Any

from .row import Row

__all__ = ["ROWS"]


def exponentials(xp: Any, x: Any) -> tuple[Any, Any]:
    """``(p, r)`` with ``exp(x) = p / r``, both in [0, 1]: nothing overflows in either tail.

    One of the two is always exactly 1. Two exponentials cost less than one and a selection: a
    ``where`` on a random mask takes as long as twenty multiplications on a CPU.
    """
    return xp.exp(xp.minimum(x, 0.0)), xp.exp(-xp.maximum(x, 0.0))


def logistic(xp: Any, x: Any) -> Any:
    """Compute ``1 / (1 + exp(-x))``."""
    p, r = exponentials(xp, x)
    return p / (p + r)


def logistic_slope(xp: Any, x: Any) -> Any:
    """Compute ``sigmoid(x) * sigmoid(-x)``, symmetric, exact in both tails."""
    p, r = exponentials(xp, x)
    s = p + r
    return (p / s) * (r / s)


def logistic_curvature(xp: Any, x: Any, y: Any) -> Any:
    """``-tanh(x / 2)`` times the slope y: ``sigmoid(-x) - sigmoid(x)`` would cancel near zero.

    So would the derivative of ``sigmoid(x) sigmoid(-x)``: the slope has a row of its own.
    """
    return -(y * xp.tanh(0.5 * x))


def logistic_third(xp: Any, x: Any, y: Any) -> Any:
    """``y (tanh(x / 2)**2 - 2 y)`` by the slope y."""
    t = xp.tanh(0.5 * x)
    return y * (t * t - 2.0 * y)


def tanh_softplus_parts(xp: Any, x: Any) -> tuple[Any, Any, Any, Any, Any]:
    """``p, r, 2 r`` and numerator and denominator of tanh(softplus(x)), sums of positive terms."""
    p, r = exponentials(xp, x)
    r2 = 2.0 * r
    numerator = p * (p + r2)
    return p, r, r2, numerator, numerator + r2 * r


def tanh_softplus(xp: Any, x: Any) -> Any:
    """With ``exp(x) = p / r``: ``p (p + 2 r) / (p**2 + 2 p r + 2 r**2)``; no logarithm is left."""
    *_, numerator, denominator = tanh_softplus_parts(xp, x)
    return numerator / denominator


def tanh_softplus_slope(xp: Any, x: Any, _: Any) -> Any:
    """``4 r**2 p (p + r) / (p**2 + 2 p r + 2 r**2)**2``."""
    p, r, r2, _numerator, denominator = tanh_softplus_parts(xp, x)
    c = r2 / denominator
    return (c * c) * (p * (p + r))


def tanh_softplus_curvature(xp: Any, x: Any, y: Any) -> Any:
    """The slope times ``sigmoid(-x) - 2 y sigmoid(x)``."""
    p, r = exponentials(xp, x)
    return tanh_softplus_slope(xp, x, y) * ((r - 2.0 * (y * p)) / (p + r))


def bounded_exp(xp: Any, x: Any) -> Any:
    """``exp(x)`` under a tanh, which is 1 in every dtype long before x = 20.

    Without the bound the derivative would be 0 times infinity where exp overflows.
    """
    return xp.exp(xp.minimum(x, 20.0))


def tanh_exp_slope(xp: Any, x: Any, _: Any) -> Any:
    """``u sech(u)**2`` with u = exp(x): twice ``2 q / (1 + q**2)``, q = exp(-u).

    The square of q would underflow before the product with u does.
    """
    u = bounded_exp(xp, x)
    q = xp.exp(-u)
    sech = 2.0 * (q / (1.0 + q * q))
    return (u * sech) * sech


def tanh_exp_curvature(xp: Any, x: Any, y: Any) -> Any:
    """The slope times ``1 - 2 u tanh(u)``."""
    return tanh_exp_slope(xp, x, y) * (1.0 - 2.0 * (bounded_exp(xp, x) * y))


ROWS: tuple[Row, ...] = (
    Row(
        "sigmoid",
        first=(lambda xp, x, y: xp.logistic_slope(x),),
        second=((lambda xp, x, y: logistic_curvature(xp, x, xp.logistic_slope(x)),),),
        written=logistic,
        formula="1 / (1 + e^-x)",
        derivative="σ(x) σ(-x)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    # The same function once more, as a slope: SciPy's own sigmoid is zero from -709.8 on, though
    # the numbers are representable to -744. In programs it is the sigmoid.
    Row(
        "logistic",
        first=(lambda xp, x, y: xp.logistic_slope(x),),
        second=((lambda xp, x, y: logistic_curvature(xp, x, xp.logistic_slope(x)),),),
        written=logistic,
        formula="1 / (1 + e^-x)",
        derivative="σ(x) σ(-x)",
        probes=(-740.0, -710.5, -80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "logistic_slope",
        first=(logistic_curvature,),
        second=((logistic_third,),),
        written=logistic_slope,
        formula="σ(x) σ(-x)",
        derivative="-y tanh(x / 2)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
        ulp=(4.0, math.inf),
        reason="The second derivative has zeros, where two terms cancel.",
    ),
    Row(
        "softplus",
        first=(lambda xp, x, y: xp.logistic(x),),
        second=((lambda xp, x, y: xp.logistic_slope(x),),),
        written=lambda xp, x: xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x))),
        formula="log(1 + e^x)",
        derivative="σ(x)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
    Row(
        "tanh_softplus",
        first=(tanh_softplus_slope,),
        second=((tanh_softplus_curvature,),),
        written=tanh_softplus,
        formula="tanh(log(1 + e^x))",
        derivative="4 p r² (p + r) / (p² + 2 p r + 2 r²)², e^x = p / r",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 20.0, 40.0),
        ulp=(5.0, 20.0),
        reason=(
            "A square of an exponential and five more roundings, none of which cancels; in the "
            "second derivative two terms do, at its zero near -0.12."
        ),
    ),
    Row(
        "tanh_exp",
        first=(tanh_exp_slope,),
        second=((tanh_exp_curvature,),),
        written=lambda xp, x: xp.tanh(bounded_exp(xp, x)),
        formula="tanh(e^x)",
        derivative="u (2 q / (1 + q²))², u = e^x, q = e^-u",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 3.0, 20.0, 40.0, 89.0),
        ulp=(500.0, 500.0),
        reason=(
            "An ulp in u is 2 u ulp in the result, and u reaches 370 before the result underflows."
        ),
    ),
)
