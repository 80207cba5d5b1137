"""The functions that compiled programs call: forms of which a compiler makes a short kernel.

In a fused kernel a selection and a polynomial cost next to nothing, an exponential about as much as
two divisions, PyTorch's own tanh five exponentials, its erfc nine (Inductor, AVX-512), and its erf
has no right digit near zero. So everything here is made of ``e = exp(-|x|)`` and ``1 / (1 + e)``,
which the functions of one program share. Single precision: double precision keeps PyTorch's
functions and the table's.

These forms are not to be differentiated: a selection at zero has no derivative there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import array_api_compat.torch as standard
import torch

from dualad.namespace import Namespace
from dualad.rules import TABLE
from dualad.rules.polynomial import polynomial
from dualad.rules.rectifiers import EXP_MINIMUM, MINIMUM

from .corrected import CORRECTED, EXPM1
from .functions import NATIVE, PROGRAMS

__all__ = ["dialect"]

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

Form = Callable[[torch.Tensor], torch.Tensor]


def decay(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``e = exp(-|x|)`` and ``1 / (1 + e)``."""
    e = torch.exp(-x.abs())
    return e, 1.0 / (1.0 + e)


def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """``e r`` on the left, r on the right."""
    e, r = decay(x)
    return torch.where(x < 0.0, e, 1.0) * r


def logistic_slope(x: torch.Tensor) -> torch.Tensor:
    """``e r²``."""
    e, r = decay(x)
    return (e * r) * r


def tanh(x: torch.Tensor) -> torch.Tensor:
    """``1 - 2 e r`` of ``2 |x|`` with the sign of x; a polynomial where that would cancel."""
    e, r = decay(2.0 * x)
    z = x * x
    near = x + (x * z) * polynomial(z, TANH)
    # The sign of x last: the sum has lost it at minus zero.
    return torch.copysign(torch.where(x.abs() < 0.625, near, 1.0 - 2.0 * (e * r)), x)


def sech_squared(x: torch.Tensor) -> torch.Tensor:
    """``4 e r²`` of ``2 x``."""
    return 4.0 * logistic_slope(2.0 * x)


def tanh_exp(x: torch.Tensor) -> torch.Tensor:
    """``tanh(u)``, u = exp(x), by ``exp(-u)``, which its derivative has need of too."""
    u = torch.exp(torch.clamp_max(x, 20.0))
    q = torch.exp(-u)
    square = q * q
    z = u * u
    near = u + (u * z) * polynomial(z, TANH)
    return torch.where(u < 0.625, near, 1.0 - 2.0 * (square / (1.0 + square)))


def log1p_decay(x: torch.Tensor) -> torch.Tensor:
    """``log(1 + exp(-|x|))``."""
    e = torch.exp(-x.abs())
    return torch.addcmul(e, e * e, polynomial(e, LOG1P))


def softplus(x: torch.Tensor) -> torch.Tensor:
    """``max(x, 0) + log(1 + exp(-|x|))``."""
    return torch.clamp_min(x, 0.0) + log1p_decay(x)


def log_sigmoid(x: torch.Tensor) -> torch.Tensor:
    """``min(x, 0) - log(1 + exp(-|x|))``."""
    return torch.clamp_max(x, 0.0) - log1p_decay(x)


def shifted_decay(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """``e`` and ``1 / (1 + e)``, the first raised out of the subnormal numbers, and by what.

    Beyond 64 the shift by 32 is exact, and e is nothing beside 1.
    """
    far = x.abs() > 64.0
    e = torch.exp(torch.where(far, 32.0 - x.abs(), -x.abs()))
    return e, 1.0 / (1.0 + e), torch.where(far, math.exp(-32.0), 1.0)


def silu(x: torch.Tensor) -> torch.Tensor:
    """``x e r`` on the left, ``x r`` on the right."""
    e, r, scale = shifted_decay(x)
    left = x < 0.0
    return (x * (torch.where(left, e, 1.0) * r)) * torch.where(left, scale, 1.0)


def silu_slope(x: torch.Tensor) -> torch.Tensor:
    """``e r² (1 + x + e)`` on the left, with a zero, and ``1 + e r² (x - 1 - e)`` on the right.

    About the zero, with d the distance, the sum is ``d + c (exp(d) - 1)``, c = exp(root).
    """
    b = torch.clamp(x, -2000.0, 2000.0)
    e, r, scale = shifted_decay(x)
    d = (b - MINIMUM[0]) - MINIMUM[1]
    about = d + EXP_MINIMUM * (d * polynomial(d, EXPM1))
    small = e * scale
    left = e * (r * torch.where(d.abs() < 0.5, about, (1.0 + b) + small)) * (r * scale)
    right = 1.0 + (small * ((b - 1.0) - small)) * (r * r)
    return torch.where(x < 0.0, left, right)


def gaussian(x: torch.Tensor, half: float) -> torch.Tensor:
    """``exp(-half x²)``: the rounding of the square, found by Dekker's product, is put right."""
    b = torch.clamp(x, -16.0, 16.0)
    square = b * b
    c = 4097.0 * b
    high = c - (c - b)
    low = b - high
    rounding = ((high * high - square) + 2.0 * (high * low)) + low * low
    g = torch.exp(-half * square)
    return g - g * (half * rounding)


def gauss(x: torch.Tensor) -> torch.Tensor:
    """``exp(-x²)``."""
    return gaussian(x, 1.0)


def normal_density(x: torch.Tensor) -> torch.Tensor:
    """``exp(-x²/2) / √(2π)``."""
    return (1.0 / math.sqrt(2.0 * math.pi)) * gaussian(x, 0.5)


def erf(x: torch.Tensor) -> torch.Tensor:
    """A polynomial about zero, 1 minus the tail elsewhere."""
    s = 1.0 / (math.sqrt(2.0) * x.abs() + 4.0)
    tail = 2.0 * gauss(x) * (s * polynomial(1.0 - 8.0 * s, NORMAL_TAIL))
    near = x * polynomial(x * x, ERF)
    return torch.where(x.abs() < 1.0, near, torch.copysign(1.0 - tail, x))


def ndtr(x: torch.Tensor) -> torch.Tensor:
    """The tail beyond ``|x|`` on the left, 1 minus the tail on the right."""
    s = 1.0 / (x.abs() + 4.0)
    tail = gaussian(x, 0.5) * (s * polynomial(1.0 - 8.0 * s, NORMAL_TAIL))
    return torch.where(x < 0.0, tail, 1.0 - tail)


def in_single_precision(name: str, form: Form) -> Form:
    """The form; in double precision PyTorch's own function, or the table's definition."""
    row = TABLE[name]
    own = PROGRAMS.get(name, NATIVE.get(name))

    def function(x: torch.Tensor) -> torch.Tensor:
        if x.dtype != torch.float64:
            return form(x)
        if callable(own):
            return own(x)  # type: ignore[no-any-return]
        assert row.written is not None
        return row.written(dialect, x)  # type: ignore[no-any-return]

    return function


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

dialect = Namespace(
    "torch, compiled",
    standard,
    native={**NATIVE, **CORRECTED},
    programs={
        **PROGRAMS,
        "erfc": None,
        **{name: in_single_precision(name, form) for name, form in FORMS.items()},
    },
)
