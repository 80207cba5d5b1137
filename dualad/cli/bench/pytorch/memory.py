"""Memory of a method: what it keeps for backward, and the peak of forward and backward.

The peak counts everything that is allocated from the moment that x is made to the end of the
backward pass: x, y, what is kept, temporaries, the gradient by x. x is made as a layer makes it:
nobody else holds it, so it is freed after the forward pass if the method does not keep it. y is
held until the end. The cotangent is there before and is not counted. F.mish needs x, y and the
gradient: 12 bytes for each element in float32.

On a GPU PyTorch's allocator knows its peak. On the CPU its profiler sees neither the threads of
other libraries nor what is not allocated through PyTorch. There it is the peak of the process's
resident memory, in a process of its own where malloc maps every array for itself.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

import dualad_torch

from ..formulas import Function
from ..resident import can_measure_resident, resident_peak
from .methods import Settings, inputs, methods

__all__ = ["Peaks", "can_measure_peaks", "kept", "peaks"]

Peaks = dict[tuple[str, str], float]
"""Bytes for each element, by activation and method."""

SMALLEST = 1 << 21
"""Elements below which pages and small objects would show on the CPU."""

REPETITIONS = 3


def kept(fn: Function, x: Tensor) -> float:
    """The bytes that a function keeps for backward, for each element."""
    return dualad_torch.saved_bytes(fn, x).bytes / x.numel()


def can_measure_peaks(device: str) -> bool:
    """Whether this system can be asked for a peak."""
    return device == "cuda" or can_measure_resident()


def peaks(settings: Settings) -> Iterator[tuple[str, str, float]]:
    """Activation, method and the peak in bytes for each element, one after the other."""
    if settings.device == "cuda":
        yield from _peaks_here(settings)
        return
    command = [sys.executable, "-m", __name__, json.dumps(settings.as_dict())]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            activation, method, peak = json.loads(line)
            yield activation, method, peak
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _peaks_here(settings: Settings) -> Iterator[tuple[str, str, float]]:
    measure = _peak_on_cuda if settings.device == "cuda" else resident_peak
    smallest = 1 if settings.device == "cuda" else SMALLEST
    x, cotangent = inputs(settings, max(settings.size, smallest))
    for activation in settings.activations:
        for method, fn in methods(activation, settings).items():
            run = _in_a_network(fn, x, cotangent)
            run()  # what is compiled, cached or started once is there
            found = [measure(run) for _ in range(REPETITIONS)]
            yield activation, method, statistics.median(found) / x.numel()


def _in_a_network(fn: Function, x: Tensor, cotangent: Tensor) -> Callable[[], None]:
    """Forward and backward of an activation that follows a layer."""
    weight = torch.zeros((), device=x.device, requires_grad=True)

    def run() -> None:
        # Nothing but the activation holds the layer's result.
        y = fn(_Layer.apply(weight, x))  # type: ignore[no-untyped-call]
        torch.autograd.backward(y, cotangent)
        weight.grad = None

    return run


class _Layer(torch.autograd.Function):
    """A layer that makes x and needs no memory of its own."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Tensor, None]:
        return torch.zeros((), device=cotangents[0].device), None


def _peak_on_cuda(run: Callable[[], None]) -> int:
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated()) - int(before)


def main(text: str) -> None:
    """Print a line for each peak, in a process that `peaks` has started."""
    given = json.loads(text)
    given |= {name: tuple(given[name]) for name in ("activations", "methods")}
    for found in _peaks_here(Settings(**given)):
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
