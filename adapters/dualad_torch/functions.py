"""PyTorch's functions by the names of the standard and of the table."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import torch

from dualad.namespace import Written
from dualad.rules.error_functions import bounded

from .indexing import FUNCTIONS as INDEXING

__all__ = ["NATIVE", "PROGRAMS", "SPECIAL", "WRITERS", "computing_dtype", "number", "result_dtype"]


SQRT_HALF = math.sqrt(0.5)
SQRT_HALF_PARTS = (11585 / 2**14, 1.44960302975244e-05)  # the first of 14 bits
ONE_OVER_SQRT_PI = 1.0 / math.sqrt(math.pi)

HALF = (torch.float16, torch.bfloat16)


def computing_dtype(dtype: Any) -> Any:
    """Half types are computed in single precision and rounded once."""
    return torch.float32 if dtype in HALF else dtype


def _as_tensor(x: Any, like: torch.Tensor) -> torch.Tensor:
    if isinstance(x, torch.Tensor):
        return x
    return torch.full((), x, dtype=like.dtype, device=like.device)


def _of_numbers_too(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """The function, of which one argument may be a number.

    Not as a clamp, which has another gradient at a tie: here two share it half and half.
    """

    def extreme(x: Any, y: Any) -> torch.Tensor:
        if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor):
            return function(x, y)
        like = x if isinstance(x, torch.Tensor) else y
        return function(_as_tensor(x, like), _as_tensor(y, like))

    return extreme


def result_dtype(*tensors: torch.Tensor) -> Any:
    """The common dtype; a zero-dimensional tensor is weak beside others, as in PyTorch itself."""
    ranked = [t for t in tensors if t.ndim > 0] or list(tensors)
    dtype = ranked[0].dtype
    for tensor in ranked[1:]:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype


def number(value: float, dtype: Any) -> torch.Tensor:
    """A Python number as a tensor on the CPU, which may stand beside tensors of any device."""
    return torch.full((), value, dtype=dtype, device="cpu")


def power_out(x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """``pow`` into a given tensor; PyTorch's special cases want the exponent as a number."""
    return torch.pow(x, y.item() if y.ndim == 0 else y, out=out)


def zero_out(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """``zeros_like`` into a given tensor."""
    return out.zero_()


def astype(x: torch.Tensor, dtype: Any, *, copy: bool = True) -> torch.Tensor:
    """Convert; Inductor has vector instructions from floats to bytes only by way of integers."""
    if dtype is torch.uint8 and x.is_floating_point() and torch.compiler.is_compiling():
        return x.to(torch.int32).to(dtype)
    return x.to(dtype)


SPECIAL: dict[str, Callable[..., Any]] = {
    "erf": torch.erf,
    "erfc": torch.erfc,
    "erfinv": torch.erfinv,
    "ndtr": torch.special.ndtr,
    "log_ndtr": torch.special.log_ndtr,
    "lgamma": torch.lgamma,
    "digamma": torch.digamma,
    "sinc": torch.sinc,
    "xlogy": torch.xlogy,
    "xlog1py": torch.special.xlog1py,
    "silu": torch.nn.functional.silu,
    "log_sigmoid": torch.nn.functional.logsigmoid,
}
"""PyTorch's special functions."""


def rounded_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A special function that computes half types in single precision, and rounds once.

    PyTorch has some of them in half precision, and refuses others.
    """

    def special(*arguments: Any) -> torch.Tensor:
        if not any(getattr(a, "dtype", None) in HALF for a in arguments):
            return function(*arguments)  # type: ignore[no-any-return]
        tensors = [a for a in arguments if isinstance(a, torch.Tensor)]
        wide = [a.float() if getattr(a, "dtype", None) in HALF else a for a in arguments]
        return function(*wide).to(result_dtype(*tensors))  # type: ignore[no-any-return]

    return special


WRITERS: dict[str, Callable[..., Any]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "pow": power_out,
    "negative": torch.neg,
    "abs": torch.abs,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "where": torch.where,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "round": torch.round,
    "zeros_like": zero_out,
    "equal": torch.eq,
    "not_equal": torch.ne,
    "less": torch.lt,
    "less_equal": torch.le,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "logical_and": torch.logical_and,
    "logical_or": torch.logical_or,
    "logical_not": torch.logical_not,
    **SPECIAL,
    # The functions behind those of torch.nn.functional, which have no ``out=``.
    "silu": torch._C._nn.silu,
    "log_sigmoid": torch._C._nn.log_sigmoid,
}
"""The functions that take ``out=``, for tensors on both sides."""

NATIVE: dict[str, Callable[..., Any]] = {
    **WRITERS,
    **{name: rounded_once(function) for name, function in SPECIAL.items()},
    "relu": torch.relu,
    # Python's operators take numbers on either side.
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "pow": operator.pow,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "maximum": _of_numbers_too(torch.maximum),
    "minimum": _of_numbers_too(torch.minimum),
    "zeros_like": torch.zeros_like,
    "astype": astype,
    **INDEXING,
}


def ndtr(xp: Any, x: Any) -> Any:
    """``erfc(-x / √2) / 2``, put right for the rounding of the argument, which the tail magnifies.

    x times the first part of ``√½`` is exact for the part of x that has few bits; so the rounding
    of the product is known, and to first order what it does to the result. A quarter of the calls
    that the table's definition takes.
    """
    b = bounded(xp, x)
    t = b * SQRT_HALF
    few = xp.round(b * 16.0) * 0.0625
    rounding = ((few * SQRT_HALF_PARTS[0] - t) + few * SQRT_HALF_PARTS[1]) + (b - few) * SQRT_HALF
    return 0.5 * xp.erfc(-t) + ONE_OVER_SQRT_PI * (rounding * xp.exp(-(t * t)))


PROGRAMS: dict[str, Callable[..., Any] | Written | None] = {
    # A program computes in single precision already.
    **SPECIAL,
    # PyTorch's are no better than 1e-7 in a tail (ndtr: no right digit at -6, float32), near a
    # root (digamma) or near an integer (sinc).
    "ndtr": Written(ndtr),
    "log_ndtr": None,
    "digamma": None,
    "sinc": None,
    "relu": None,
}
"""What recorded programs call instead; None: what they write out."""
