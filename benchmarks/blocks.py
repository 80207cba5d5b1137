"""mish through blocks in PyTorch: time and transient memory."""

from __future__ import annotations

import gc
import subprocess
import sys

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from dualad.activations import mish
from dualad.cli.bench.timing import alternate, print_times

SIZE = 1 << 24
MIB = 1 << 20


def composed(x: torch.Tensor) -> torch.Tensor:
    return x * torch.tanh(functional.softplus(x))


def main() -> None:
    """Mish in PyTorch, 16 M float32 on the CPU, forward and backward; transient memory."""
    x, cotangent = torch.randn(SIZE) * 3, torch.randn(SIZE)

    def step(fn):
        def run():
            leaf = x.detach().requires_grad_()
            fn(leaf).backward(cotangent)

        return run

    times = alternate(
        {
            "composed": step(composed),
            "checkpoint": step(lambda x: checkpoint(composed, x, use_reentrant=False)),
            "F.mish": step(functional.mish),
            "dualad": step(mish),
        },
        rounds=15,
    )
    print_times(times, against=["composed", "checkpoint", "F.mish"])
    if sys.platform == "linux":
        command = [sys.executable, "-c", "from benchmarks.blocks import memory; memory()"]
        subprocess.run(command, check=True)


def memory() -> None:
    """Print the forward pass's peak of resident memory beyond y and f', in a process of its own."""
    x = torch.randn(SIZE).requires_grad_()
    mish(x)  # threads and code are there
    gc.collect()
    before = _resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak starts anew
    y = mish(x)
    peak = _resident("VmHWM")
    kept = 2 * y.numel() * y.element_size()
    print(f"transient memory of the forward pass: {(peak - before - kept) / MIB:.1f} MiB")


def _resident(field: str) -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) * 1024
