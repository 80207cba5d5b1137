"""Whether the methods compute the same: a time of something wrong is worth nothing."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .torch_formulas import Function

__all__ = ["DisagreementError", "check"]

TOLERANCE = 16
"""In epsilons, of 1 + |x|: composed functions in half types round after every operation."""


class DisagreementError(ValueError):
    """A method computes something else than the composed function."""


def check(
    activation: str,
    candidates: Mapping[str, Function],
    composed: Function,
    x: Tensor,
    cotangent: Tensor,
) -> None:
    """Compare values and gradients with the composed function in float64.

    Parameters
    ----------
    activation : str
        For the message.
    candidates : mapping of str to callable
        What is compared, by name.
    composed : callable
        The formula.
    x, cotangent : tensor
        Where.

    Raises
    ------
    DisagreementError
        A candidate is off by more than `TOLERANCE`, or is NaN, anywhere.
    """
    truths = value_and_gradient(composed, x.double(), cotangent.double())
    scale = 1.0 + x.double().abs()
    epsilon = torch.finfo(x.dtype).eps
    for name, fn in candidates.items():
        results = value_and_gradient(fn, x, cotangent)
        factors = (torch.ones_like(scale), 1.0 + cotangent.double().abs())
        for what, got, truth, factor in zip(
            ("value", "gradient"), results, truths, factors, strict=True
        ):
            if got.dtype != x.dtype:
                raise DisagreementError(
                    f"{activation}, {name}: the {what} is {got.dtype}, for an x of {x.dtype}"
                )
            off = (got.double() - truth).abs() / (epsilon * scale * factor)
            worst = int(off.nan_to_num(nan=torch.inf).argmax())
            if not off[worst] <= TOLERANCE:
                raise DisagreementError(
                    f"{activation}, {name}: the {what} at x = {x[worst].item():.9g} is "
                    f"{got[worst].item():.9g}, and should be {truth[worst].item():.9g}; "
                    "nothing was timed"
                )


def value_and_gradient(fn: Function, x: Tensor, cotangent: Tensor) -> tuple[Tensor, Tensor]:
    """``fn(x)`` and the gradient by x."""
    leaf = x.detach().requires_grad_()
    y = fn(leaf)
    (gradient,) = torch.autograd.grad(y, leaf, cotangent)
    return y.detach(), gradient
