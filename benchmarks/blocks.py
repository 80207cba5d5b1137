"""mish through blocks in PyTorch: time and transient memory."""

from __future__ import annotations

import subprocess
import sys

import torch

from dualad.activations import mish
from dualad.cli.bench.pytorch.formulas import FORMULAS
from dualad.cli.bench.pytorch.methods import alternatives, step
from dualad.cli.bench.resident import can_measure_resident, resident_peak
from dualad.cli.bench.timing import alternate, print_times

SIZE = 1 << 24
MIB = 1 << 20


def main() -> None:
    """Mish in PyTorch, 16 M float32 on the CPU, forward and backward; transient memory."""
    x, cotangent = torch.randn(SIZE) * 3, torch.randn(SIZE)
    theirs = alternatives(FORMULAS["mish"].composed)
    functions = {
        "composed": theirs["composed"],
        "checkpoint": theirs["checkpoint"],
        "F.mish": FORMULAS["mish"].built_in,
        "dualad": mish,
    }
    steps = {name: step(fn, x, cotangent) for name, fn in functions.items()}
    times = alternate(steps, rounds=15)
    print_times(times, against=["composed", "checkpoint", "F.mish"])
    if can_measure_resident():
        command = [sys.executable, "-c", "from benchmarks.blocks import memory; memory()"]
        subprocess.run(command, check=True)


def memory() -> None:
    """Print the forward pass's peak of resident memory beyond y and f', in a process of its own."""
    x = torch.randn(SIZE).requires_grad_()
    mish(x)  # threads and code are there
    kept = 2 * x.numel() * x.element_size()
    transient = resident_peak(lambda: mish(x)) - kept
    print(f"transient memory of the forward pass: {transient / MIB:.1f} MiB")
