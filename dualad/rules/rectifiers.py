"""The rectifier, and its smooth relative x σ(x); the logarithm of σ."""

from __future__ import annotations

import math
from typing import Any

from .polynomial import from_root
from .row import Row, nothing
from .sigmoids import exponentials

__all__ = ["ROWS"]

# Where the derivative of x σ(x) is zero, -1.278..., in three parts; and e to that power.
MINIMUM = (-1.2784645557403564, 1.2979282537628478e-08, 1.1257466309409694e-16)
EXP_MINIMUM = 0.2784645427610738

# Where its second derivative is zero, 2.399..., in the same way; and its half's tanh.
INFLECTION = (2.399357318878174, -3.83627067890302e-08, 6.287379384035963e-16)
TANH_HALF_INFLECTION = 0.8335565596009648


def halves(xp: Any, x: Any) -> tuple[Any, Any]:
    """``(p, r)`` with ``exp(x / 2) = p / r``, both in [0, 1], one of them 1.

    Of the half, for ``exp(x)`` may be subnormal where x times it is not.
    """
    return exponentials(xp, 0.5 * x)


def silu(xp: Any, x: Any) -> Any:
    """``x p**2 / (p**2 + r**2)``, with ``exp(x / 2) = p / r``."""
    p, r = halves(xp, x)
    # The bound keeps minus infinity times zero from becoming NaN.
    return (xp.maximum(x, -2000.0) * p) * (p / (p * p + r * r))


def silu_slope(xp: Any, x: Any) -> Any:
    """``σ(x) (1 + x σ(-x))``, which is ``e^x (e^x + 1 + x) / (1 + e^x)**2``.

    Left of zero the sum in the middle has a zero. About it, with d the distance, the sum is
    ``d + c (e^d - 1)``, c = exp(root): two terms of one sign.
    """
    p, r = halves(xp, x)
    d = from_root(xp, xp.maximum(xp.minimum(x, 0.0), -2000.0), MINIMUM)
    left = d + EXP_MINIMUM * xp.expm1(d)
    q = r * r
    middle = left + ((q - 1.0) + q * xp.minimum(xp.maximum(x, 0.0), 2000.0))
    s = p * p + q
    return (p * (middle / s)) * (p / s)


def damping(xp: Any, x: Any) -> Any:
    """``2 - x tanh(x / 2)``; beyond 1 about its zero, as two terms of one sign."""
    inside = abs(x) < 1.0
    near = xp.where(inside, x, 0.0)
    a = xp.where(inside, 1.0, abs(x))
    d = from_root(xp, a, INFLECTION)
    t = xp.tanh(0.5 * a)
    about = xp.tanh(0.5 * d) * (1.0 - TANH_HALF_INFLECTION * t)
    far = -(d * t + (INFLECTION[0] + INFLECTION[1]) * about)
    return xp.where(inside, 2.0 - near * xp.tanh(0.5 * near), far)


def silu_curvature(xp: Any, x: Any) -> Any:
    """``σ'(x) (2 - x tanh(x / 2))``, with ``σ'(x) = e / (1 + e)**2``, e = exp(-|x|).

    In two factors: e may be subnormal where x times it is not.
    """
    b = xp.maximum(xp.minimum(x, 2000.0), -2000.0)
    a = abs(b)
    part = xp.minimum(a, 64.0)
    e, rest = xp.exp(-part), xp.exp(part - a)
    s = 1.0 + e * rest
    return (damping(xp, b) / (s * s) * e) * rest


def silu_third(xp: Any, x: Any, _: Any) -> Any:
    """``-σ'(x) (3 t + x (1 - 3 t**2) / 2)``, t = tanh(x / 2)."""
    b = xp.maximum(xp.minimum(x, 2000.0), -2000.0)
    t = xp.tanh(0.5 * b)
    return -(xp.logistic_slope(b) * (3.0 * t + 0.5 * b * (1.0 - 3.0 * (t * t))))


def silu_fourth(xp: Any, x: Any, _: Any) -> Any:
    """``σ'(x) (6 t**2 - 2 + x t (2 - 3 t**2))``, t = tanh(x / 2)."""
    b = xp.maximum(xp.minimum(x, 2000.0), -2000.0)
    t = xp.tanh(0.5 * b)
    square = t * t
    return xp.logistic_slope(b) * (6.0 * square - 2.0 + b * t * (2.0 - 3.0 * square))


ROWS: tuple[Row, ...] = (
    Row(
        "relu",
        # The sign alone would be one half short at the kink, and -1 left of it.
        first=(lambda xp, x, y: xp.maximum(xp.sign(x), 0.0),),
        second=((nothing,),),
        written=lambda xp, x: xp.maximum(x, 0.0),
        formula="max(x, 0)",
        derivative="[x > 0], 0 at 0",
        kinks=(0.0,),
    ),
    Row(
        "silu",
        first=(lambda xp, x, y: xp.silu_slope(x),),
        second=((lambda xp, x, y: xp.silu_curvature(x),),),
        written=silu,
        formula="x σ(x)",
        derivative="σ(x) (1 + x σ(-x))",
        probes=(-80.0, -40.0, -1.278464542761074, -1e-9, 0.0, 1e-9, 2.39935728, 40.0, 80.0),
        ulp=(5.0, 16.0),
        reason=(
            "An exponential twice, 2.5 ulp off in NumPy's single precision, and eight roundings."
        ),
    ),
    Row(
        "silu_slope",
        first=(lambda xp, x, y: xp.silu_curvature(x),),
        second=((silu_third,),),
        written=silu_slope,
        formula="σ(x) (1 + x σ(-x))",
        derivative="σ(x) σ(-x) (2 - x tanh(x / 2))",
        probes=(-80.0, -40.0, -1.278464542761074, -1e-9, 0.0, 1e-9, 2.39935728, 40.0, 80.0),
        ulp=(12.0, math.inf),
        reason="As for silu; the second derivative has zeros, where two terms cancel.",
    ),
    Row(
        "silu_curvature",
        first=(silu_third,),
        second=((silu_fourth,),),
        written=silu_curvature,
        formula="σ(x) σ(-x) (2 - x tanh(x / 2))",
        derivative="-σ(x) σ(-x) (3 t + x (1 - 3 t²) / 2), t = tanh(x / 2)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 2.39935728, 40.0, 80.0),
        ulp=(math.inf, math.inf),
        reason="The derivatives have zeros, where two terms cancel.",
    ),
    Row(
        "log_sigmoid",
        first=(lambda xp, x, y: xp.logistic(-x),),
        second=((lambda xp, x, y: -xp.logistic_slope(x),),),
        written=lambda xp, x: xp.minimum(x, 0.0) - xp.log1p(xp.exp(-abs(x))),
        formula="log σ(x) = -log(1 + e^-x)",
        derivative="σ(-x)",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 80.0),
    ),
)
