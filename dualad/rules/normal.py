"""The standard normal distribution: probability, its logarithm, density, hazard."""

from __future__ import annotations

import math
from typing import Any

from .error_functions import SCALED, bounded, compressed, exp_square, scaled, times_gauss
from .polynomial import polynomial, square_from_root
from .row import Row

__all__ = ["ROWS"]

ONE_OVER_SQRT_2PI = 1 / math.sqrt(2 * math.pi)
SQRT_TWO_OVER_PI = math.sqrt(2 / math.pi)
SQRT_HALF = math.sqrt(0.5)
SQRT_THREE = (1.7320507764816284, 3.1087250107475484e-08, -1.2319167873321189e-15)

# -(1 + x)² d/dx (exp(x²) erfc(x)) for x in [0, inf), in u = (x - 3) / (x + 3): degree 28, 1e-18.
SCALED_SLOPE = (
    0.869956160114766,
    -0.43993078235099875,
    0.10852958956914452,
    0.10902015961134301,
    -0.13897039952793247,
    0.06581824372900277,
    -0.00020911712248445166,
    -0.01755049062614256,
    0.008348377677993088,
    0.0003900284681381723,
    -0.001602465264585242,
    0.00020549743469060574,
    0.00027611691102033927,
    -5.6427157270897084e-05,
    -5.3379517156854645e-05,
    1.0074224332535162e-05,
    1.1679182179357435e-05,
    -1.021584332795941e-06,
    -2.671667415069008e-06,
    -1.806831071414312e-07,
    5.772480877055799e-07,
    1.486627448924947e-07,
    -1.0496999728772408e-07,
    -5.09894566162371e-08,
    1.3507333915970492e-08,
    1.05381574082075e-08,
    -7.893430579644557e-10,
    -1.0509787629648675e-09,
    -2.9975996932947995e-11,
)


def density(xp: Any, x: Any) -> Any:
    """``exp(-x**2 / 2) / √(2π)``, its exponent split as that of `gauss`.

    To scale x by ``√½`` first would round it, and the tail magnifies the rounding.
    """
    return ONE_OVER_SQRT_2PI * exp_square(xp, bounded(xp, x), -0.5)


def times_density(xp: Any, x: Any) -> Any:
    """``x`` times the density."""
    return ONE_OVER_SQRT_2PI * times_gauss(xp, bounded(xp, x), x, half=0.5)


def density_curvature(xp: Any, x: Any) -> Any:
    """``x**2 - 1`` times the density."""
    factor = square_from_root(xp, bounded(xp, x), 1.0, (1.0, 0.0, 0.0))
    return ONE_OVER_SQRT_2PI * times_gauss(xp, factor, x, half=0.5)


def density_third(xp: Any, x: Any) -> Any:
    """``x (x**2 - 3)`` times the density."""
    b = bounded(xp, x)
    factor = b * square_from_root(xp, b, 3.0, SQRT_THREE)
    return ONE_OVER_SQRT_2PI * times_gauss(xp, factor, x, half=0.5)


def tail(xp: Any, x: Any) -> Any:
    """The probability beyond ``|x|``."""
    falling = exp_square(xp, xp.minimum(abs(x), 40.0), -0.5)
    return 0.5 * scaled(xp, SQRT_HALF * abs(x)) * falling


def probability(xp: Any, x: Any) -> Any:
    """``ndtr(x)``, to its last digit in the left tail."""
    s = xp.sign(x)
    return 0.5 * (1.0 + s) - s * tail(xp, x)


def log_probability(xp: Any, x: Any) -> Any:
    """``log(ndtr(x))``: left of -1 by the scaled tail, elsewhere by the other tail's."""
    a = xp.maximum(-x, 0.0)
    left = xp.log(0.5 * scaled(xp, SQRT_HALF * a)) - 0.5 * a * a
    b = xp.maximum(x, -1.0)
    right = xp.log1p(-probability(xp, -b))
    return xp.where(x < -1.0, left, right)


def hazard(xp: Any, x: Any) -> Any:
    """``density(x) / ndtr(x)``: left of zero ``√(2/π) / erfcx(-x / √2)``."""
    left, right = xp.maximum(-x, 0.0), xp.maximum(x, 0.0)
    falling = exp_square(xp, xp.minimum(right, 40.0), -0.5)
    whole = xp.where(x < 0.0, scaled(xp, SQRT_HALF * left), 1.0 + xp.erf(SQRT_HALF * right))
    return SQRT_TWO_OVER_PI * falling / whole


def hazard_slope(xp: Any, x: Any, h: Any) -> Any:
    """``-h (x + h)``; left of zero, where the sum cancels, by the slope of erfcx.

    That is ``-erfcx'(z) / (√π erfcx(z)**2)`` with z = -x / √2, the powers of z cancelled.
    """
    left = xp.where(x < 0.0, x, 0.0)
    right = xp.where(x < 0.0, 0.0, x)
    z = -SQRT_HALF * left
    by_value = (2.0 - 1.0 / (1.0 + z)) / polynomial(compressed(xp, z, 3.75), SCALED)
    by_slope = polynomial(compressed(xp, z, 3.0), SCALED_SLOPE) * (-1.0 / math.sqrt(math.pi))
    # x times h: h may be subnormal where the product is not.
    beyond = -(h * h) - times_density(xp, right) / xp.ndtr(right)
    return xp.where(x < 0.0, by_slope * by_value * by_value, beyond)


def hazard_curvature(xp: Any, x: Any, h: Any) -> Any:
    """``-h' (x + 2 h) - h``."""
    return -hazard_slope(xp, x, h) * (xp.minimum(x, 40.0) + 2.0 * h) - h


ROWS: tuple[Row, ...] = (
    Row(
        "ndtr",
        first=(lambda xp, x, y: xp.normal_density(x),),
        second=((lambda xp, x, y: -xp.normal_moment(x),),),
        written=probability,
        formula="Φ(x), the standard normal distribution",
        derivative="e^(-x²/2) / √(2π)",
        probes=(-38.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 37.0),
    ),
    Row(
        "log_ndtr",
        first=(lambda xp, x, y: xp.normal_hazard(x),),
        second=((lambda xp, x, y: hazard_slope(xp, x, xp.normal_hazard(x)),),),
        written=log_probability,
        formula="log Φ(x)",
        derivative="e^(-x²/2) / (√(2π) Φ(x))",
        probes=(-1e10, -38.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 13.0, 37.0),
        ulp=(5.0, 16.0),
        reason="In single precision two exponentials of NumPy's, 2.5 ulp each, and a division.",
    ),
    Row(
        "normal_density",
        first=(lambda xp, x, y: -xp.normal_moment(x),),
        second=((lambda xp, x, y: density_curvature(xp, x),),),
        written=density,
        formula="φ(x) = e^(-x²/2) / √(2π)",
        derivative="-x φ(x)",
        ulp=(6.0, 16.0),
        reason="Two more roundings than the density.",
        probes=(-38.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 37.0),
    ),
    Row(
        "normal_moment",
        first=(lambda xp, x, y: -density_curvature(xp, x),),
        second=((lambda xp, x, y: density_third(xp, x),),),
        written=times_density,
        formula="x φ(x)",
        derivative="(1 - x²) φ(x)",
        probes=(-38.0, -9.0, -5.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 5.0, 9.0, 37.0),
    ),
    Row(
        "normal_hazard",
        first=(hazard_slope,),
        second=((hazard_curvature,),),
        written=hazard,
        formula="φ(x) / Φ(x)",
        derivative="-y (x + y)",
        probes=(-1e10, -38.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 13.0, 37.0),
        ulp=(8.0, math.inf),
        reason=("The second derivative is the small difference of its two terms in the left tail."),
    ),
)
