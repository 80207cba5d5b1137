"""The benchmark of ``python -m dualad bench torch``, with its defaults."""

from __future__ import annotations

import torch

from dualad.cli import main as command_line


def main(quick: bool = False) -> None:
    """Activations in PyTorch on the CPU, and on a GPU if there is one, against the alternatives."""
    for device in ("cpu", "cuda")[: 1 + torch.cuda.is_available()]:
        command_line(["bench", "torch", "--device", device, *["--quick"] * quick])
