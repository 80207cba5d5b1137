"""The methods that are compared, and with what: each is a function from a tensor to a tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

import dualad as da
from dualad import activations as catalogue

from ..agreement import Pass
from ..comparison import Against
from ..formulas import Function
from ..timing import Clock
from .device import clock, missing_compiler
from .formulas import FORMULAS

__all__ = [
    "AGAINST",
    "ALTERNATIVES",
    "MEANS",
    "NEED_A_COMPILER",
    "Settings",
    "alternatives",
    "available",
    "forward_and_backward",
    "inputs",
    "methods",
    "ours_of",
    "step",
]

ALTERNATIVES = ("composed", "compiled", "checkpoint", "built-in")
"""What dualad is compared with; a checkpoint of the compiled function is not among them: compiled,
a function keeps x alone already, and the checkpoint would only compute it once more."""

AGAINST: Against = {
    "best": ALTERNATIVES,
    "checkpoint": ("checkpoint",),
    "built-in": ("built-in",),
}
"""What a time is compared with in the table."""

MEANS: Against = {name: AGAINST[name] for name in ("best", "checkpoint")}
"""What is compared with in the geometric means."""

NEED_A_COMPILER = ("compiled", "dualad compiled")

QUICK_SIZE = 1 << 18
SIZES = {"cpu": 1 << 22, "cuda": 1 << 26}
LARGEST_INPUT = 8.0
"""In float16 exp(x) overflows from 11 on; composed functions then have gradients that are NaN."""


@dataclass(frozen=True)
class Settings:
    """What is measured, and how long.

    Parameters
    ----------
    device, dtype : str
        Of the tensors.
    size : int
        Their elements.
    rounds, calls : int
        Turns of each method, and calls in a turn.
    activations, methods : tuple of str
        By the names of `dualad.activations` and of `methods`.
    """

    device: str
    dtype: str
    size: int
    rounds: int
    calls: int
    activations: tuple[str, ...]
    methods: tuple[str, ...]

    @classmethod
    def of(
        cls,
        device: str,
        dtype: str,
        quick: bool,
        size: int | None,
        activations: tuple[str, ...],
        methods: tuple[str, ...],
    ) -> Settings:
        """The settings that the command line's options stand for."""
        rounds, calls = (15, 1) if device == "cpu" else (50, 5)
        size = size or (QUICK_SIZE if quick else SIZES[device])
        return cls(device, dtype, size, 3 if quick else rounds, calls, activations, methods)

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype, as PyTorch has it."""
        return getattr(torch, self.dtype)  # type: ignore[no-any-return]

    @property
    def clock(self) -> Clock:
        """How a turn is timed on this device."""
        return clock(self.device)

    def as_dict(self) -> dict[str, Any]:
        """What can be written as JSON."""
        return asdict(self)


def methods(activation: str, settings: Settings) -> dict[str, Function]:
    """The methods that there are for an activation, by name, in the order of the table.

    Parameters
    ----------
    activation : str
        One of `dualad.activations`.
    settings : Settings
        Of which `methods` are asked for, and on what device.
    """
    ours: da.Activation = getattr(catalogue, activation)
    # Blocks are for caches: on a GPU the program runs on whole tensors.
    eager = "blocks" if settings.device == "cpu" else "whole"
    found = alternatives(FORMULAS[activation].composed, FORMULAS[activation].built_in)
    found["dualad"] = ours.with_options(execution=eager)
    found["dualad compiled"] = ours.with_options(execution="compiled")
    found = available(found, settings.device)
    return {name: fn for name, fn in found.items() if name in settings.methods}


def available(functions: dict[str, Function], device: str) -> dict[str, Function]:
    """Those of some methods that can run: without a compiler nothing is compiled."""
    if not missing_compiler(device):
        return functions
    return {name: fn for name, fn in functions.items() if "compiled" not in name}


def alternatives(
    composed: Function, built_in: Function | None = None, dynamic: bool | None = None
) -> dict[str, Function]:
    """What PyTorch has to offer for a composed function, by name.

    Parameters
    ----------
    composed, built_in : callable
        As a `Formula` has them.
    dynamic : bool, optional
        As `torch.compile` takes it: True where one function meets many shapes.
    """

    def recomputed(x: Tensor) -> Tensor:
        y: Tensor = checkpoint(composed, x, use_reentrant=False)
        return y

    found: dict[str, Function] = {
        "composed": composed,
        "compiled": torch.compile(composed, dynamic=dynamic),
        "checkpoint": recomputed,
    }
    if built_in is not None:
        found["built-in"] = built_in
    return found


def inputs(settings: Settings, size: int | None = None) -> tuple[Tensor, Tensor]:
    """X and the cotangent, the same in every run."""
    generator = torch.Generator(settings.device).manual_seed(0)
    x, cotangent = (
        torch.randn(size or settings.size, generator=generator, device=settings.device)
        for _ in range(2)
    )
    x = (2.0 * x).clamp_(-LARGEST_INPUT, LARGEST_INPUT)
    return x.to(settings.torch_dtype), cotangent.to(settings.torch_dtype)


def forward_and_backward(fn: Function) -> Pass:
    """Value and gradient by x, to be compared."""

    def run(x: Tensor, cotangent: Tensor) -> tuple[Tensor, Tensor]:
        leaf = x.detach().requires_grad_()
        y = fn(leaf)
        (gradient,) = torch.autograd.grad(y, leaf, cotangent)
        return y.detach(), gradient

    return run


def step(fn: Function, x: Tensor, cotangent: Tensor) -> Callable[[], object]:
    """Forward and backward, to be timed."""

    def run() -> None:
        leaf = x.detach().requires_grad_()
        torch.autograd.backward(fn(leaf), cotangent)

    return run


def ours_of(rows: Mapping[str, Any]) -> list[str]:
    """Which of some methods are dualad's."""
    return [name for name in rows if name not in ALTERNATIVES]
