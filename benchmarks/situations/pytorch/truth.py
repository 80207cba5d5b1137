"""Points to compute at, and what is right there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..situation import WrongNumber, require

__all__ = [
    "agree",
    "check",
    "cotangent",
    "derivative",
    "network",
    "points",
    "same",
]

TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5}


def points(*shape: int, dtype: Any = torch.float64, seed: int = 0) -> torch.Tensor:
    """A leaf that needs a gradient, the same in every run."""
    generator = torch.Generator().manual_seed(seed)
    x = 2 * torch.randn(shape, dtype=torch.float64, generator=generator)
    return x.to(dtype).requires_grad_()


def cotangent(x: torch.Tensor) -> torch.Tensor:
    """One for a result of the shape and layout of ``x``, of no simple numbers."""
    return torch.empty_like(x).copy_(points(*x.shape, seed=1).detach())


def derivative(reference: Callable[..., Any], x: torch.Tensor, order: int = 1) -> torch.Tensor:
    """The derivative of an element-wise function of PyTorch's own, in double precision."""
    leaf = x.detach().double().requires_grad_()
    with torch.enable_grad():
        y = reference(leaf)
        for _ in range(order):
            (y,) = torch.autograd.grad(y.sum(), leaf, create_graph=True)
    return y.detach()


def same(got: torch.Tensor, want: torch.Tensor) -> None:
    """Raise `WrongNumber` unless shape and numbers agree, as far as the dtype holds them."""
    got, want = got.detach(), want.detach().double()
    # The cotangent times a rounded slope, rounded: an epsilon of a half type, and one to spare.
    tolerance = TOLERANCES.get(got.dtype) or 2 * torch.finfo(got.dtype).eps
    if got.shape != want.shape:
        raise WrongNumber(f"a result of shape {tuple(got.shape)}, not {tuple(want.shape)}")
    if not torch.allclose(got.double(), want, rtol=tolerance, atol=tolerance):
        raise WrongNumber(f"off by {float((got - want).abs().max()):.3g}")


def check(f: Callable[..., Any], reference: Callable[..., Any], x: torch.Tensor) -> Any:
    """Compare the value and the gradient of ``f`` at ``x`` with the reference, and return both."""
    y = f(x)
    cot = cotangent(x)
    (g,) = torch.autograd.grad(y, x, cot)
    require(y.dtype == g.dtype == x.dtype, f"dtypes {x.dtype} -> {y.dtype}, gradient {g.dtype}")
    same(y, derivative(reference, x, 0))
    same(g, cot.double() * derivative(reference, x))
    return y, g


def agree(f: Callable[..., Any], reference: Callable[..., Any], *xs: torch.Tensor) -> None:
    """Compare value and gradients of any function of tensors, a network say, with the reference."""
    y, want = f(*xs), reference(*xs)
    same(y, want)
    wrt = [x for x in xs if x.requires_grad]
    cot = cotangent(y.detach())
    slopes, expected = (torch.autograd.grad(value, wrt, cot) for value in (y, want))
    for g, e, x in zip(slopes, expected, wrt, strict=True):
        require(g.dtype == x.dtype, f"a gradient of {g.dtype} for {x.dtype}")
        same(g, e)


class _Applied(torch.nn.Module):
    """A function as a module."""

    def __init__(self, f: Callable[..., Any]) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.f(x)


def network(
    f: Callable[..., Any], dtype: Any = torch.float64, seed: int = 0
) -> torch.nn.Sequential:
    """Linear, activation, linear; the same weights in every run."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = (torch.nn.Linear(3, 3, dtype=dtype) for _ in range(2))
    return torch.nn.Sequential(first, _Applied(f), last)
