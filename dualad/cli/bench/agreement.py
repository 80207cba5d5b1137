"""Whether the methods compute the same: a time of something wrong is worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dualad.namespace import array_namespace

__all__ = ["DisagreementError", "Pass", "check"]

Pass = Callable[[Any, Any], tuple[Any, Any]]
"""From x and the cotangent to the value and the gradient by x."""

TOLERANCE = 32
"""In epsilons, of 1 + |x|: composed functions in half types round after every operation, and where
tanh saturates 1 - tanh² cancels (tanhexp composed in TensorFlow: 18 in float32)."""


class DisagreementError(ValueError):
    """A method computes something else than the composed function."""


def check(
    activation: str, candidates: Mapping[str, Pass], composed: Pass, x: Any, cotangent: Any
) -> None:
    """Compare values and gradients with the composed function in float64.

    Parameters
    ----------
    activation : str
        For the message.
    candidates : mapping of str to callable
        What is compared, by name.
    composed : callable
        Forward and backward of the formula.
    x, cotangent : tensor
        Where, of any framework.

    Raises
    ------
    DisagreementError
        A candidate is off by more than `TOLERANCE`, or is NaN, anywhere.
    """
    xp = array_namespace(x)
    wide, wide_cotangent = xp.astype(x, xp.float64), xp.astype(cotangent, xp.float64)
    truths = composed(wide, wide_cotangent)
    unit = xp.finfo(x.dtype).eps * (1.0 + xp.abs(wide))
    units = (unit, unit * (1.0 + xp.abs(wide_cotangent)))
    for name, fn in candidates.items():
        for what, got, truth, unit in zip(
            ("value", "gradient"), fn(x, cotangent), truths, units, strict=True
        ):
            if got.dtype != x.dtype:
                raise DisagreementError(
                    f"{activation}, {name}: the {what} is {got.dtype}, for an x of {x.dtype}"
                )
            off = xp.abs(xp.astype(got, xp.float64) - truth) / unit
            worst = int(xp.argmax(xp.where(xp.isnan(off), xp.inf, off)))
            if not float(off[worst]) <= TOLERANCE:
                raise DisagreementError(
                    f"{activation}, {name}: the {what} at x = {float(x[worst]):.9g} is "
                    f"{float(got[worst]):.9g}, and should be {float(truth[worst]):.9g}; "
                    "nothing was timed"
                )
