"""Forms of functions of which a compiler makes a short kernel: of Inductor's and of XLA.

In a fused kernel a selection and a polynomial cost next to nothing, an exponential about as much as
two divisions, PyTorch's own tanh five exponentials, its erfc nine (Inductor, AVX-512), and its erf
has no right digit near zero. So everything here is made of ``e = exp(-|x|)`` and ``1 / (1 + e)``,
which the functions of one program share. Single precision: double precision keeps the backend's
functions and the table's.

These forms are not to be differentiated: a selection at zero has no derivative there. They are
functions of a namespace that has ``exp``, ``where``, ``copysign`` and, with a number, ``at_least``
and ``at_most``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from .namespace import Namespace
from .rules import TABLE
from .rules.polynomial import polynomial
from .rules.rectifiers import MINIMUM

__all__ = ["EXPM1", "FORMS", "fusing"]

Array = Any
"""An array of the backend's."""

# (exp(d) - 1) / d for |d| <= 1/2: degree 6, error 3e-9.
EXPM1 = (
    1.0,
    0.5000000425920544,
    0.16666667139493802,
    0.041665304193438314,
    0.008333182071584195,
    0.0013997773379590332,
    0.000199621762266955,
)

# (tanh(x) / x - 1) / x² in x², for |x| <= 0.625: degree 4, error 4e-8.
TANH = (
    -0.33333328940217805,
    0.1333276934202809,
    -0.05385084952031017,
    0.020996894037127373,
    -0.0060962995228861,
)

# (log(1 + e) / e - 1) / e for e in [0, 1]: degree 9, error 5e-9.
LOG1P = (
    -0.4999999952222377,
    0.3333323734621399,
    -0.24996759908263924,
    0.19956707952251837,
    -0.16365152869205535,
    0.13033364238242814,
    -0.0913941377401492,
    0.049309973434549695,
    -0.01718426698244871,
    0.00280164199280335,
)

# (x + 4) exp(x²/2) erfc(x / √2) / 2 for x in [0, inf), in (x - 4) / (x + 4): degree 11, error 2e-9.
NORMAL_TAIL = (
    0.7552851305046339,
    -0.6078966402127833,
    0.38713739441911355,
    -0.18652198492773026,
    0.06039664399817552,
    -0.007538688779951789,
    -0.003479943025800317,
    0.0016242476372616988,
    0.00013364042623392554,
    -0.00021777106565114295,
    -1.7259922922791277e-06,
    2.1979043414622592e-05,
)

# erf(x) / x in x², for |x| <= 1: degree 6, error 1e-9.
ERF = (
    1.1283791658483509,
    -0.37612626667720334,
    0.11283594715160218,
    -0.026854212010626412,
    0.005189087423433974,
    -0.000801686428716587,
    7.875875062685488e-05,
)

# 2 h0 sinh(d / 2) / d in d², h0 = exp(-1.278... / 2), for |d| <= 0.2: degree 1, error 6e-8.
SINH = (0.5276973385564369, 0.021998387383741522)

# 1 + x + exp(x) at the first part of its zero.
AT_MINIMUM = -1.659355263530338e-08

Form = Callable[[Any, Array], Array]


def decay(xp: Any, x: Array) -> tuple[Array, Array]:
    """``e = exp(-|x|)`` and ``1 / (1 + e)``."""
    e = xp.exp(-abs(x))
    return e, 1.0 / (1.0 + e)


def sigmoid(xp: Any, x: Array) -> Array:
    """``e r`` on the left, r on the right."""
    e, r = decay(xp, x)
    return xp.where(x < 0.0, e, 1.0) * r


def logistic_slope(xp: Any, x: Array) -> Array:
    """``e r²``."""
    e, r = decay(xp, x)
    return (e * r) * r


def tanh(xp: Any, x: Array) -> Array:
    """``1 - 2 e r`` of ``2 |x|`` with the sign of x; a polynomial where that would cancel."""
    e, r = decay(xp, 2.0 * x)
    z = x * x
    near = x + (x * z) * polynomial(z, TANH)
    # The sign of x last: the sum has lost it at minus zero.
    return xp.copysign(xp.where(abs(x) < 0.625, near, 1.0 - 2.0 * (e * r)), x)


def sech_squared(xp: Any, x: Array) -> Array:
    """``4 e r²`` of ``2 x``."""
    return 4.0 * logistic_slope(xp, 2.0 * x)


def tanh_exp(xp: Any, x: Array) -> Array:
    """``tanh(u)``, u = exp(x), by ``exp(-u)``, which its derivative has need of too."""
    u = xp.exp(xp.at_most(x, 20.0))
    q = xp.exp(-u)
    square = q * q
    z = u * u
    near = u + (u * z) * polynomial(z, TANH)
    return xp.where(u < 0.625, near, 1.0 - 2.0 * (square / (1.0 + square)))


def log1p_decay(xp: Any, x: Array) -> Array:
    """``log(1 + exp(-|x|))``."""
    e = xp.exp(-abs(x))
    return e + (e * e) * polynomial(e, LOG1P)


def softplus(xp: Any, x: Array) -> Array:
    """``max(x, 0) + log(1 + exp(-|x|))``."""
    return xp.at_least(x, 0.0) + log1p_decay(xp, x)


def log_sigmoid(xp: Any, x: Array) -> Array:
    """``min(x, 0) - log(1 + exp(-|x|))``."""
    return xp.at_most(x, 0.0) - log1p_decay(xp, x)


def half_decay(xp: Any, x: Array) -> tuple[Array, Array, Array]:
    """``h = exp(-|x| / 2)``, ``-e``, e = h², and ``1 / (1 + e)``.

    Of the half, for e is subnormal where ``x h h`` is not. XLA would make a second exponential of
    the square, but not of the negative square.
    """
    h = xp.exp(-0.5 * abs(x))
    minus_e = -h * h
    return h, minus_e, 1.0 / (1.0 - minus_e)


def silu(xp: Any, x: Array) -> Array:
    """``x h h r`` on the left, ``x r`` on the right; NaN at minus infinity, as PyTorch's own."""
    h, _, r = half_decay(xp, x)
    w = xp.where(x < 0.0, h, 1.0)
    return (x * w) * (w * r)


def silu_slope(xp: Any, x: Array) -> Array:
    """``v = e r² (1 + e - |x|)`` on the left, ``1 - v`` on the right.

    The sum has a zero. About it, with d the distance, ``e - e0`` is ``2 h h0 sinh(d / 2)``, e0 and
    h0 those of the zero: d times h times a function of d².
    """
    h, minus_e, r = half_decay(xp, x)
    q = h * r
    # At infinity it would meet q, which is zero.
    a = xp.at_most(abs(x), 2000.0)
    d = -MINIMUM[0] - a
    square = d * d
    about = d * (1.0 + h * polynomial(square, SINH)) + AT_MINIMUM
    v = (q * xp.where(square < 0.04, about, (1.0 - a) - minus_e)) * q
    return xp.where(x < 0.0, v, 1.0 - v)


def gaussian(xp: Any, x: Array, half: float) -> Array:
    """``exp(-half x²)``: the rounding of the square, found by Dekker's product, is put right."""
    b = xp.at_least(xp.at_most(x, 16.0), -16.0)
    square = b * b
    c = 4097.0 * b
    high = c - (c - b)
    low = b - high
    rounding = ((high * high - square) + 2.0 * (high * low)) + low * low
    g = xp.exp(-half * square)
    return g - g * (half * rounding)


def gauss(xp: Any, x: Array) -> Array:
    """``exp(-x²)``."""
    return gaussian(xp, x, 1.0)


def normal_density(xp: Any, x: Array) -> Array:
    """``exp(-x²/2) / √(2π)``."""
    return (1.0 / math.sqrt(2.0 * math.pi)) * gaussian(xp, x, 0.5)


def erf(xp: Any, x: Array) -> Array:
    """A polynomial about zero, 1 minus the tail elsewhere."""
    s = 1.0 / (math.sqrt(2.0) * abs(x) + 4.0)
    tail = 2.0 * gauss(xp, x) * (s * polynomial(1.0 - 8.0 * s, NORMAL_TAIL))
    near = x * polynomial(x * x, ERF)
    return xp.where(abs(x) < 1.0, near, xp.copysign(1.0 - tail, x))


def ndtr(xp: Any, x: Array) -> Array:
    """The tail beyond ``|x|`` on the left, 1 minus the tail on the right."""
    s = 1.0 / (abs(x) + 4.0)
    tail = gaussian(xp, x, 0.5) * (s * polynomial(1.0 - 8.0 * s, NORMAL_TAIL))
    return xp.where(x < 0.0, tail, 1.0 - tail)


FORMS: dict[str, Form] = {
    "sigmoid": sigmoid,
    "logistic_slope": logistic_slope,
    "tanh": tanh,
    "sech_squared": sech_squared,
    "tanh_exp": tanh_exp,
    "softplus": softplus,
    "log_sigmoid": log_sigmoid,
    "silu": silu,
    "silu_slope": silu_slope,
    "erf": erf,
    "gauss": gauss,
    "normal_density": normal_density,
    "ndtr": ndtr,
}


def fusing(
    xp: Any,
    dialect: Callable[[], Namespace],
    is_double: Callable[[Array], bool],
    own: Mapping[str, Any],
) -> dict[str, Callable[[Array], Array]]:
    """What compiled programs call: the forms in single precision.

    Parameters
    ----------
    xp : object
        What the forms are functions of.
    dialect : callable
        Gives the namespace that the result is for: in double precision it is what definitions of
        the table are written in.
    is_double : callable
        Whether an array is of double precision.
    own : mapping
        The backend's own functions, which stand before the table's in double precision.
    """

    def choice(name: str, form: Form) -> Callable[[Array], Array]:
        row, instead = TABLE[name], own.get(name)

        def function(x: Array) -> Array:
            if not is_double(x):
                return form(xp, x)
            if callable(instead):
                return instead(x)
            assert row.written is not None
            return row.written(dialect(), x)

        return function

    return {name: choice(name, form) for name, form in FORMS.items()}
