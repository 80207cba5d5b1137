"""The outside truth: every function of the table by mpmath, at whatever precision is set.

Nothing here is taken from the table's rules. A function is asked for at points of its domain; what
it gives outside, NaN, a complex number or an error, `real` turns into NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp

__all__ = ["DERIVATIVES", "TRUTHS", "real"]

Truth = Callable[..., Any]

# mpmath computes exp(x) with as many bits as the exponent of x has; beyond this many the result is
# an infinity or a zero to every dtype.
LARGEST_EXPONENT = 2500


def real(f: Truth) -> Truth:
    """``f`` with NaN where its value is not real, and infinities where IEEE 754 has them."""

    def function(*arguments: Any) -> Any:
        try:
            y = f(*arguments)
        except (ValueError, ZeroDivisionError, OverflowError):
            return mp.nan
        if isinstance(y, mp.mpc):
            return y.real if y.imag == 0 else mp.nan
        return y

    return function


def exp(x: Any) -> Any:
    """``e^x``; zero or infinity where the exponent itself would be astronomical."""
    size = mp.mag(x) if x != 0 and mp.isfinite(x) else 0
    if size < 10:
        return mp.exp(x)
    if size > LARGEST_EXPONENT:
        return mp.inf if x > 0 else mp.zero
    # mpmath raises e to the power of a large integer by multiplications, a thousand times slower.
    with mp.extraprec(size + 10):
        exponent = mp.floor(x / mp.ln2)
        rest = x - exponent * mp.ln2
    return mp.ldexp(mp.exp(rest), int(exponent))


def sinh(x: Any) -> Any:
    """``sinh x``."""
    return (mp.sinh(x)) if abs(x) < 4 else (exp(x) - exp(-x)) / 2


def cosh(x: Any) -> Any:
    """``cosh x``."""
    return (exp(x) + exp(-x)) / 2


def tanh(x: Any) -> Any:
    """``tanh x``; mpmath's own takes the exponent of x for a number of bits."""
    if abs(x) < 4:
        return mp.tanh(x)
    return mp.sign(x) * (1 - 2 / (exp(2 * abs(x)) + 1))


def moderate(f: Truth) -> Truth:
    """``f``, NaN where the exponent of x is itself astronomical and mpmath would take forever."""
    return lambda x: f(x) if x == 0 or mp.mag(x) <= LARGEST_EXPONENT else mp.nan


def expm1(x: Any) -> Any:
    """``e^x - 1``."""
    return mp.expm1(x) if abs(x) < 1 else exp(x) - 1


def divide(x: Any, y: Any) -> Any:
    """``x / y``, by a zero that is taken as positive too."""
    if y == 0:
        return mp.sign(x) * mp.inf if x != 0 else mp.nan
    return x / y


def power(x: Any, y: Any) -> Any:
    """``x**y``; of a zero as IEEE 754 has it."""
    if y == 0:
        return mp.one
    if x == 0:
        return mp.inf if y < 0 else mp.zero
    if x < 0 and not mp.isint(y):
        return mp.nan
    size = exp(y * mp.log(abs(x)))
    return -size if x < 0 and y % 2 == 1 else size


def softplus(x: Any) -> Any:
    """``log(1 + e^x)``, without losing either tail."""
    return (x if x > 0 else mp.zero) + mp.log1p(exp(-abs(x)))


def sigmoid(x: Any) -> Any:
    """``1 / (1 + e^-x)``."""
    return 1 / (1 + exp(-x))


def logistic_slope(x: Any) -> Any:
    """The derivative of `sigmoid`, even."""
    e = exp(-abs(x))
    return e / (1 + e) ** 2


def logaddexp(x: Any, y: Any) -> Any:
    """``log(e^x + e^y)``."""
    return max(x, y) + mp.log1p(exp(-abs(x - y)))


def ndtr(x: Any) -> Any:
    """The standard normal distribution function."""
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_ndtr(x: Any) -> Any:
    """The logarithm of `ndtr`; near 1 by what is missing to it."""
    return mp.log1p(-ndtr(-x)) if x > 0 else mp.log(ndtr(x))


def density(x: Any) -> Any:
    """The density of the standard normal distribution."""
    return exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def sinc(x: Any) -> Any:
    """``sin(π x) / (π x)``, the standard's and NumPy's."""
    return mp.sinpi(x) / (mp.pi * x) if x != 0 else mp.one


def sinc_slope(x: Any) -> Any:
    """The derivative of `sinc`; near zero its terms cancel and take more bits."""
    if x == 0:
        return mp.zero
    with mp.extraprec(10 + max(0, -2 * mp.mag(x))):
        return (mp.cospi(x) - sinc(x)) / x


def xlogy(x: Any, y: Any) -> Any:
    """``x log y``, zero for x = 0."""
    return x * mp.log(y) if x != 0 else mp.zero


def xlog1py(x: Any, y: Any) -> Any:
    """``x log(1 + y)``, zero for x = 0."""
    return x * mp.log1p(y) if x != 0 else mp.zero


def cbrt(x: Any) -> Any:
    """The real cube root."""
    return mp.sign(x) * mp.cbrt(abs(x))


def cbrt_slope(x: Any) -> Any:
    """The derivative of `cbrt`."""
    return 1 / (3 * cbrt(x) ** 2)


def gauss(x: Any) -> Any:
    """``e^(-x²)``."""
    return exp(-x * x)


def truncate(x: Any) -> Any:
    """``x`` without its fraction."""
    return mp.floor(x) if x > 0 else mp.ceil(x)


def copysign(x: Any, y: Any) -> Any:
    """``|x|`` with the sign of y; a zero counts as positive, for mpmath knows no other."""
    return -abs(x) if y < 0 else abs(x)


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """``x`` brought into [low, high]."""
    x = x if low is None else max(x, low)
    return x if high is None else min(x, high)


def lgamma(x: Any) -> Any:
    """``log |Γ(x)|``."""
    return mp.inf if x <= 0 and mp.isint(x) else mp.re(mp.loggamma(x))


def erfinv_slope(x: Any) -> Any:
    """The reciprocal of erf's derivative where erf is ``x``."""
    return mp.sqrt(mp.pi) / 2 * exp(mp.erfinv(x) ** 2)


def log_ndtr_slope(x: Any) -> Any:
    """``φ(x) / Φ(x)``."""
    return density(x) / ndtr(x)


def polygamma(order: int) -> Truth:
    """A derivative of digamma; NaN far down, where mpmath steps from pole to pole."""

    def function(x: Any) -> Any:
        far = x < -4096 or x > mp.ldexp(1, LARGEST_EXPONENT)
        return mp.nan if far or (x <= 0 and mp.isint(x)) else mp.psi(order, x)

    return function


def same(x: Any) -> Any:
    """``x``."""
    return x


def zero(x: Any) -> Any:
    """Zero."""
    return mp.zero


TRUTHS: dict[str, Truth] = {
    name: real(f)
    for name, f in {
        "abs": abs,
        "acos": mp.acos,
        "acosh": mp.acosh,
        "acosh_slope": lambda x: 1 / (mp.sqrt(x - 1) * mp.sqrt(x + 1)),
        "add": lambda x, y: x + y,
        "arc_slope": lambda x: 1 / mp.sqrt(1 - x * x),
        "asin": mp.asin,
        "asinh": mp.asinh,
        "atan": mp.atan,
        "atan2": mp.atan2,
        "atan_slope": lambda x: 1 / (1 + x * x),
        "atanh": mp.atanh,
        "atanh_slope": lambda x: 1 / (1 - x * x),
        "cbrt": cbrt,
        "cbrt_slope": cbrt_slope,
        "ceil": mp.ceil,
        "clip": clip,
        "conj": same,
        "copysign": copysign,
        "cos": moderate(mp.cos),
        "cos_pi": moderate(mp.cospi),
        "cosh": cosh,
        "difference": lambda x, y: x - y,
        "digamma": polygamma(0),
        "divide": divide,
        "erf": mp.erf,
        "erfc": mp.erfc,
        "erfinv": mp.erfinv,
        "erfinv_slope": erfinv_slope,
        "exp": exp,
        "exp2": lambda x: exp(x * mp.log(2)),
        "expm1": expm1,
        "floor": mp.floor,
        "floor_divide": lambda x, y: mp.floor(x / y),
        "gauss": gauss,
        "gauss_moment": lambda x: x * gauss(x),
        "hypot": lambda x, y: mp.sqrt(x * x + y * y),
        "imag": zero,
        "lgamma": moderate(lgamma),
        "lgamma_slope": polygamma(0),
        "log": lambda x: mp.log(x) if x >= 0 else mp.nan,
        "log10": lambda x: mp.log10(x) if x >= 0 else mp.nan,
        "log1p": lambda x: mp.log1p(x) if x > -1 else (-mp.inf if x == -1 else mp.nan),
        "log2": lambda x: mp.log(x) / mp.log(2) if x >= 0 else mp.nan,
        "log_ndtr": log_ndtr,
        "log_sigmoid": lambda x: -softplus(-x),
        "logaddexp": logaddexp,
        "maximum": max,
        "minimum": min,
        "multiply": lambda x, y: x * y,
        "ndtr": ndtr,
        "negative": lambda x: -x,
        "nextafter": lambda x, y: x,
        "normal_density": density,
        "normal_hazard": log_ndtr_slope,
        "normal_moment": lambda x: x * density(x),
        "positive": same,
        "pow": power,
        "real": same,
        "reciprocal": lambda x: divide(mp.one, x),
        "relu": lambda x: x if x > 0 else mp.zero,
        "remainder": lambda x, y: x - y * mp.floor(x / y),
        "round": mp.nint,
        "sech_squared": lambda x: 4 * exp(-2 * abs(x)) / (1 + exp(-2 * abs(x))) ** 2,
        "sigmoid": sigmoid,
        "logistic": sigmoid,
        "logistic_slope": logistic_slope,
        "sign": mp.sign,
        "silu": lambda x: x * sigmoid(x),
        "silu_curvature": lambda x: logistic_slope(x) * (2 - x * tanh(x / 2)),
        "silu_slope": lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
        "sin": moderate(mp.sin),
        "sin_pi": moderate(mp.sinpi),
        "sinc": moderate(sinc),
        "sinc_slope": moderate(sinc_slope),
        "sinh": sinh,
        "softplus": softplus,
        "sqrt": mp.sqrt,
        "square": lambda x: x * x,
        "subtract": lambda x, y: x - y,
        "tan": moderate(mp.tan),
        "tanh": tanh,
        "tanh_exp": lambda x: tanh(exp(x)),
        "tanh_softplus": lambda x: tanh(softplus(x)),
        "trigamma": polygamma(1),
        "trunc": truncate,
        "where": lambda condition, x, y: x if condition else y,
        "xlog1py": xlog1py,
        "xlogy": xlogy,
        "zeros_like": zero,
    }.items()
}
"""Every function by the name of its row, a function of mpmath numbers."""


DERIVATIVES: dict[str, tuple[Truth, Truth]] = {
    "digamma": (polygamma(1), polygamma(2)),
    "lgamma_slope": (polygamma(1), polygamma(2)),
    "trigamma": (polygamma(2), polygamma(3)),
    "normal_hazard": (
        lambda x: -log_ndtr_slope(x) * (x + log_ndtr_slope(x)),
        lambda x: log_ndtr_slope(x) * ((x + log_ndtr_slope(x)) * (x + 2 * log_ndtr_slope(x)) - 1),
    ),
    "erf": (
        lambda x: 2 / mp.sqrt(mp.pi) * gauss(x),
        lambda x: -4 * x / mp.sqrt(mp.pi) * gauss(x),
    ),
    "erfc": (
        lambda x: -2 / mp.sqrt(mp.pi) * gauss(x),
        lambda x: 4 * x / mp.sqrt(mp.pi) * gauss(x),
    ),
    "erfinv": (erfinv_slope, lambda x: 2 * mp.erfinv(x) * erfinv_slope(x) ** 2),
    "erfinv_slope": (
        lambda x: 2 * mp.erfinv(x) * erfinv_slope(x) ** 2,
        lambda x: 2 * (1 + 4 * mp.erfinv(x) ** 2) * erfinv_slope(x) ** 3,
    ),
    "lgamma": (polygamma(0), polygamma(1)),
    "log_ndtr": (log_ndtr_slope, lambda x: -log_ndtr_slope(x) * (x + log_ndtr_slope(x))),
    "ndtr": (density, lambda x: -x * density(x)),
}
"""Textbook derivatives, of first and second order, where mpmath's function is slow at the
precision that a numerical derivative needs."""
