"""What a call costs beyond the arithmetic, and how near the fused pair comes to a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dualad.activations import mish

from ..timing import alternate
from .methods import Settings, inputs, methods, step

__all__ = ["Bandwidth", "SmallCall", "bandwidths", "small_call"]

SMALL = 1000
"""Elements: the arithmetic is then a small part of the call."""


class Scale(torch.autograd.Function):
    """The least that a function of one's own does: a multiplication each way."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        """``x slope``."""
        ctx.save_for_backward(slope)
        return x * slope

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Tensor, None]:
        """The cotangent times the slope."""
        (slope,) = ctx.saved_tensors
        return cotangents[0] * slope, None


@dataclass(frozen=True)
class SmallCall:
    """Seconds of forward and backward on `SMALL` elements."""

    dualad: float
    multiplication: float

    @property
    def difference(self) -> float:
        """What mish costs more than a multiplication."""
        return self.dualad - self.multiplication


def small_call(settings: Settings) -> SmallCall:
    """Mish as it comes, and a Function that multiplies, in turns of many calls."""
    x, cotangent = inputs(settings, SMALL)
    slope = torch.ones_like(x)

    def scaled(v: Tensor) -> Tensor:
        y: Tensor = Scale.apply(v, slope)  # type: ignore[no-untyped-call]
        return y

    times = alternate(
        {"dualad": step(mish, x, cotangent), "multiplication": step(scaled, x, cotangent)},
        rounds=settings.rounds,
        calls=20 if settings.rounds < 10 else 500,
        clock=settings.clock,
    )
    return SmallCall(times["dualad"], times["multiplication"])


@dataclass(frozen=True)
class Bandwidth:
    """Bytes read and written in a second."""

    pair: float
    copy: float

    @property
    def share(self) -> float:
        """Of the copy's bandwidth."""
        return self.pair / self.copy


def bandwidths(settings: Settings) -> dict[str, Bandwidth]:
    """The forward pass of each fused activation beside ``copy_``.

    The pass reads x and writes y and f'; a copy reads once and writes once. Without the compiled
    method among those asked for there is nothing to measure.
    """
    x, _ = inputs(settings)
    leaf, target = x.requires_grad_(), torch.empty_like(x)
    size = x.numel() * x.element_size()

    def copy() -> None:
        target.copy_(x.detach())

    found = {}
    for activation in settings.activations:
        fused = methods(activation, settings).get("dualad compiled")
        if fused is None:
            continue
        times = alternate(
            {"pair": lambda fused=fused: fused(leaf), "copy": copy},  # type: ignore[misc]
            rounds=settings.rounds,
            calls=settings.calls,
            clock=settings.clock,
        )
        found[activation] = Bandwidth(3 * size / times["pair"], 2 * size / times["copy"])
    return found
