"""The benchmarks of ``python -m dualad bench``, with their defaults."""

from __future__ import annotations

import torch

from dualad.cli import main as command_line

__all__ = ["in_pytorch", "in_tensorflow"]


def in_pytorch(quick: bool = False) -> None:
    """Activations in PyTorch on the CPU, and on a GPU if there is one, against the alternatives."""
    for device in ("cpu", "cuda")[: 1 + torch.cuda.is_available()]:
        command_line(["bench", "torch", "--device", device, *["--quick"] * quick])


def in_tensorflow(quick: bool = False) -> None:
    """Activations in TensorFlow on the CPU: eager, in a tf.function, under XLA."""
    command_line(["bench", "tensorflow", *["--quick"] * quick])
