"""Functions that Inductor's C++ makes less of than PyTorch's own kernels do.

Its ``expm1(x)`` is ``exp(x) - 1`` and its ``atanh(x)`` half the logarithm of ``(1 + x) / (1 - x)``:
no right digit near zero. Its ``acosh`` overflows long before its argument does, its ``sinh`` and
``cosh`` a little before their results. Its remainder is
``x - floor(x / y) y`` and its quotient ``floor(x / y)``, where the division has rounded before.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from dualad.fused import EXPM1
from dualad.rules.polynomial import polynomial

__all__ = ["CORRECTED"]

# (exp(d) - 1) / d for |d| <= 1/2 in double precision: its series to degree 14, error 2e-18.
EXPM1_DOUBLE = tuple(1.0 / math.factorial(k + 1) for k in range(15))

LARGE = 2.0**30
"""From here on ``acosh(x)`` is ``log(2 x)`` in double precision, too."""

FAR = 80.0
"""From here on of ``exp(x)`` and ``exp(-x)`` one is nothing beside the other."""


def expm1(x: torch.Tensor) -> torch.Tensor:
    """A polynomial about zero."""
    near = x * polynomial(x, EXPM1_DOUBLE if x.dtype == torch.float64 else EXPM1)
    return torch.where(x.abs() < 0.5, near, torch.exp(x) - 1.0)


def atanh(x: torch.Tensor) -> torch.Tensor:
    """``log(1 + 2 |x| / (1 - |x|)) / 2`` with the sign of x."""
    a = x.abs()
    return torch.copysign(0.5 * torch.log1p(2.0 * a / (1.0 - a)), x)


def acosh(x: torch.Tensor) -> torch.Tensor:
    """``log(x) + log(2)`` of large numbers."""
    return torch.where(x > LARGE, torch.log(x) + math.log(2.0), torch.acosh(x))


def half_exponential(a: torch.Tensor) -> torch.Tensor:
    """``exp(a) / 2``, which overflows no sooner than it has to."""
    root = torch.exp(0.5 * a)
    return (0.5 * root) * root


def sinh(x: torch.Tensor) -> torch.Tensor:
    """An exponential where the other one is nothing beside it."""
    a = x.abs()
    return torch.where(a > FAR, torch.copysign(half_exponential(a), x), torch.sinh(x))


def cosh(x: torch.Tensor) -> torch.Tensor:
    """An exponential where the other one is nothing beside it."""
    a = x.abs()
    return torch.where(a > FAR, half_exponential(a), torch.cosh(x))


def division(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What is left of a division that rounds down, and where that is not what fmod leaves."""
    left = torch.fmod(x, y)
    other_sign = (left != 0.0) & ((left < 0.0) != (y < 0.0))
    return torch.where(other_sign, left + y, left), other_sign


def remainder(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """By fmod, which is exact."""
    return division(x, y)[0]


def floor_divide(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Next to ``(x - fmod(x, y)) / y``, which is a whole number but for rounding."""
    _, other_sign = division(x, y)
    quotient = (x - torch.fmod(x, y)) / y
    whole = torch.round(torch.where(other_sign, quotient - 1.0, quotient))
    return torch.where(
        y == 0.0, x / y, torch.where(whole == 0.0, torch.copysign(whole, x / y), whole)
    )


CORRECTED: dict[str, Callable[..., torch.Tensor]] = {
    "expm1": expm1,
    "atanh": atanh,
    "acosh": acosh,
    "sinh": sinh,
    "cosh": cosh,
    "remainder": remainder,
    "floor_divide": floor_divide,
}
