"""The error function, its complement, its inverse, and their relatives."""

from __future__ import annotations

import math
from typing import Any

from .polynomial import polynomial, square_from_root
from .row import Row

__all__ = ["ROWS", "SCALED", "bounded", "compressed", "exp_square", "scaled", "times_gauss"]

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
SQRT_HALF = (0.7071067690849304, 1.2101617485882343e-08, -3.8140337395481154e-16)  # in three parts
SQRT_THREE_HALVES = (1.2247449159622192, -4.4570629853524224e-08, -3.356583839449003e-16)
HALF_SQRT_PI = math.sqrt(math.pi) / 2

# (1 + 2 x) exp(x²) erfc(x) for x in [0, inf), in u = (x - 3.75) / (x + 3.75): degree 24, error
# 5e-18. The factor and the variable are those of Shepherd and Laframboise (1981).
SCALED = (
    1.2375126308378275,
    -0.14024059858554697,
    0.0035854154854644293,
    0.0822767384901452,
    -0.10880393014174886,
    0.09230432116037748,
    -0.05869339858963677,
    0.028362277418956406,
    -0.009746579558029276,
    0.0017556258528952954,
    0.0002937136655913448,
    -0.0002901540805408417,
    5.164909889268241e-05,
    2.238423915508223e-05,
    -1.1444146237700524e-05,
    -9.73559896736775e-07,
    1.751637648849062e-06,
    -5.7218230603224086e-08,
    -2.5866850716155884e-07,
    2.3263508708859124e-08,
    3.8675334242222354e-08,
    -3.744210080962018e-09,
    -5.1739902140113095e-09,
    3.1114333809799254e-10,
    4.2514714447963895e-10,
)

# erf(x) / x in x², for x in [-1, 1]: degree 12, error 2e-19.
CENTRE = (
    1.1283791670955126,
    -0.3761263890318375,
    0.11283791670954882,
    -0.026866170645077334,
    0.005223977624823223,
    -0.0008548326981129666,
    0.00012055331122299266,
    -1.4925595519506043e-05,
    1.6461004480962034e-06,
    -1.6350354461959655e-07,
    1.4660051998394848e-08,
    -1.1373902296430911e-09,
    5.958930743134941e-11,
)

# erfinv(x) / x in x², for x in [-1/2, 1/2]: degree 16, error 2e-21.
INVERSE_CENTRE = (
    0.886226925452758,
    0.2320136665346545,
    0.1275561753055988,
    0.08655212924142368,
    0.06495961775518638,
    0.05173128151483966,
    0.04283673546963582,
    0.03646560523492746,
    0.031694087825438075,
    0.027922254471168736,
    0.025518671959172776,
    0.019479524237886806,
    0.0351272017092269,
    -0.029581070214743776,
    0.1292752385207541,
    -0.14709400515739532,
    0.1378588068682898,
)

# erfinv(x) / s in s - 3.3125, s² = -log(1 - x²), for |x| in [1/2, 1 - 2^-53]: degree 14, 3e-7.
INVERSE_TAIL = (
    0.9499492694443554,
    0.016938423337806218,
    -0.003839372055896385,
    0.0004843313595073669,
    8.602627843289776e-05,
    -9.188458752034248e-05,
    4.2917615488720465e-05,
    -8.883225733444716e-06,
    -3.880728643965878e-06,
    2.6691379204717206e-06,
    -1.1992016007565648e-07,
    -2.3009693247127374e-07,
    3.584723071907557e-08,
    7.291592278860864e-09,
    -1.551263384716599e-09,
)


def split_square(xp: Any, a: Any) -> tuple[Any, Any]:
    """``(h**2, rest)`` with ``a**2 = h**2 + rest``, the first exactly, for ``|a| <= 40``.

    The rounding of ``a**2`` would be magnified by ``a**2`` itself in an exponential (hundreds of
    ulp in the tail), so ``h`` is ``a`` rounded to sixteenths: few enough bits for its square.
    """
    h = xp.round(a * 16.0) * 0.0625
    return h * h, (a - h) * (a + h)


def exp_square(xp: Any, a: Any, factor: float, shift: float = 0.0) -> Any:
    """``exp(shift + factor a**2)``, to the last digit; the factor is a power of two.

    The rounding of the exponent, which is small, is put right afterwards, by a factor: a summand
    would be subnormal too soon. In this order of operations compilers leave it alone. (XLA makes
    one exponential of a product of two; TensorFlow's graphs take a constant out of a sum.)
    """
    square, rest = split_square(xp, a)
    large = square + shift / factor
    total = large + rest
    return xp.exp(factor * total) * (1.0 - factor * ((total - large) - rest))


def gauss(xp: Any, x: Any) -> Any:
    """Compute ``exp(-x**2)``.

    Beyond 40 it is zero in every dtype; the bound keeps an infinity from becoming NaN.
    """
    return exp_square(xp, bounded(xp, x), -1.0)


def bounded(xp: Any, x: Any) -> Any:
    """``x`` as a factor of `gauss`, within its bound: infinity times zero would be NaN."""
    return xp.maximum(xp.minimum(x, 40.0), -40.0)


def times_gauss(xp: Any, factor: Any, x: Any, half: float = 1.0) -> Any:
    """``factor exp(-half x**2)``, whose exponential may be subnormal where the product is not."""
    return factor * exp_square(xp, bounded(xp, x), -half, 16.0) * math.exp(-16.0)


def first_moment(xp: Any, x: Any) -> Any:
    """``x exp(-x**2)``."""
    return times_gauss(xp, bounded(xp, x), x)


def second_moment(xp: Any, x: Any) -> Any:
    """``(x**2 - 1/2) exp(-x**2)``."""
    return times_gauss(xp, square_from_root(xp, bounded(xp, x), 0.5, SQRT_HALF), x)


def third_moment(xp: Any, x: Any) -> Any:
    """``x (x**2 - 3/2) exp(-x**2)``."""
    b = bounded(xp, x)
    return times_gauss(xp, b * square_from_root(xp, b, 1.5, SQRT_THREE_HALVES), x)


def compressed(xp: Any, a: Any, middle: float) -> Any:
    """``(a - m) / (a + m)``, [0, inf] brought to [-1, 1]; about -1 without the sum's rounding.

    The bound is for infinity, over which the quotient would be NaN.
    """
    b = xp.minimum(a, 1e30)
    return 2.0 * (b / (b + middle)) - 1.0


def scaled(xp: Any, a: Any) -> Any:
    """``erfcx(a) = exp(a**2) erfc(a)`` for ``a >= 0``, one polynomial from zero to infinity."""
    return polynomial(compressed(xp, a, 3.75), SCALED) / (1.0 + 2.0 * a)


def error_function(xp: Any, x: Any) -> Any:
    """``erf(x)``: a polynomial within [-1, 1], one minus the complement outside."""
    b = bounded(xp, x)
    tail = xp.sign(x) * (1.0 - scaled(xp, abs(b)) * gauss(xp, b))
    return xp.where(abs(x) < 1.0, b * polynomial(xp.minimum(b * b, 1.0), CENTRE), tail)


def complement(xp: Any, x: Any) -> Any:
    """``erfc(x)``, to its last digit in the right tail; left of zero 2 less its mirror image."""
    s = xp.sign(x)
    return (1.0 - s) + s * (scaled(xp, abs(x)) * gauss(xp, x))


def inverse(xp: Any, x: Any) -> Any:
    """``erfinv(x)``: outside [-1/2, 1/2] a start good to 3e-7, then one step of Halley's method.

    The step solves ``exp(y**2) (1 - |x|) = erfcx(y)``, where nothing is small.
    """
    a = abs(x)
    tail = xp.maximum(a, 0.5)
    s = xp.sqrt(-xp.log((1.0 - tail) * (1.0 + tail)))
    y = s * polynomial(s - 3.3125, INVERSE_TAIL)
    # At 1 the start is infinite or NaN, and stays out of the step.
    b = xp.minimum(xp.where(y == y, y, 40.0), 10.0)
    residual = HALF_SQRT_PI * (scaled(xp, b) - (1.0 - tail) * exp_square(xp, b, 1.0))
    y = xp.where(tail == 1.0, math.inf, b + residual / (1.0 - b * residual))
    y = xp.where(tail > 1.0, math.nan, y)
    near = xp.maximum(xp.minimum(x, 0.5), -0.5)
    return xp.where(a < 0.5, near * polynomial(near * near, INVERSE_CENTRE), xp.sign(x) * y)


def inverse_slope(xp: Any, x: Any) -> Any:
    """``√π / 2 exp(y**2)`` at ``y = erfinv(x)``, as ``√π / 2 erfcx(|y|) / (1 - |x|)``.

    The rounding of y alone would cost the exponential ``2 y**2`` ulp, seventy of them near 1;
    ``erfcx(y) = exp(y**2) erfc(y)`` makes of it one ulp at most, and ``1 - |x|`` is exact there.
    """
    y = xp.minimum(abs(xp.erfinv(x)), 40.0)
    return HALF_SQRT_PI * scaled(xp, y) / (1.0 - abs(x))


def inverse_slope_twice(xp: Any, x: Any, g: Any) -> Any:
    """The second derivative of the slope ``g``: ``g**3 (2 + 8 y**2)``."""
    y = xp.erfinv(x)
    return (2.0 + 8.0 * (y * y)) * g * g * g


ROWS: tuple[Row, ...] = (
    Row(
        "erf",
        first=(lambda xp, x, y: TWO_OVER_SQRT_PI * xp.gauss(x),),
        second=((lambda xp, x, y: (-2.0 * TWO_OVER_SQRT_PI) * xp.gauss_moment(x),),),
        written=error_function,
        formula="erf x",
        derivative="2 / √π exp(-x²)",
        probes=(-9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0),
    ),
    Row(
        "erfc",
        first=(lambda xp, x, y: -TWO_OVER_SQRT_PI * xp.gauss(x),),
        second=((lambda xp, x, y: (2.0 * TWO_OVER_SQRT_PI) * xp.gauss_moment(x),),),
        written=complement,
        formula="erfc x = 1 - erf x",
        derivative="-2 / √π exp(-x²)",
        probes=(-9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 26.0),
    ),
    Row(
        "erfinv",
        first=(lambda xp, x, y: xp.erfinv_slope(x),),
        second=((lambda xp, x, y: (2.0 * y) * xp.erfinv_slope(x) ** 2,),),
        written=inverse,
        formula="erfinv x, the inverse of erf",
        derivative="√π / 2 exp(erfinv(x)²)",
        domain=(-1.0, 1.0),
        ulp=(5.0, 16.0),
        reason="A logarithm, its root and an exponential of nearly the square: 4.2 at most.",
        probes=(
            -1.0 + 1e-7,
            -0.5,
            -1e-9,
            0.0,
            1e-9,
            0.5,
            1.0 - 1e-7,
            1.0 - 2.0**-24,
            1.0 - 2.0**-53,
        ),
    ),
    Row(
        "erfinv_slope",
        first=(lambda xp, x, y: (2.0 * xp.erfinv(x)) * y * y,),
        second=((inverse_slope_twice,),),
        written=inverse_slope,
        formula="√π / 2 exp(erfinv(x)²)",
        derivative="2 erfinv(x) y²",
        ulp=(9.0, 16.0),
        reason="The square of what has 4 already.",
        domain=(-1.0, 1.0),
        probes=(-1.0 + 1e-7, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0 - 1e-7),
    ),
    Row(
        "gauss",
        first=(lambda xp, x, y: -2.0 * xp.gauss_moment(x),),
        second=((lambda xp, x, y: 4.0 * second_moment(xp, x),),),
        written=gauss,
        formula="e^(-x²)",
        derivative="-2 x e^(-x²)",
        probes=(-26.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 26.0),
        ulp=(6.0, 16.0),
        reason="Two more roundings than the value.",
    ),
    Row(
        "gauss_moment",
        first=(lambda xp, x, y: -2.0 * second_moment(xp, x),),
        second=((lambda xp, x, y: 4.0 * third_moment(xp, x),),),
        written=first_moment,
        formula="x e^(-x²)",
        derivative="(1 - 2 x²) e^(-x²)",
        probes=(-26.0, -9.0, -5.0, -1e-9, 0.0, 1e-9, 5.0, 9.0, 26.0),
        ulp=(5.0, 16.0),
        reason="Three more roundings than the factor.",
    ),
)
