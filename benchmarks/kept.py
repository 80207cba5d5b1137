"""What mish keeps for the backward pass, by method."""

from __future__ import annotations

import tensorflow as tf
import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

import dualad_tensorflow
import dualad_torch
from dualad.activations import mish

SIZE = 1 << 20


def torch_composed(x: torch.Tensor) -> torch.Tensor:
    return x * torch.tanh(functional.softplus(x))


def tensorflow_composed(x: tf.Tensor) -> tf.Tensor:
    return x * tf.tanh(tf.math.softplus(x))


def main() -> None:
    """Bytes per element that mish keeps for backward beyond y, float32, eager."""
    x = torch.zeros(SIZE)
    methods = {
        "composed": torch_composed,
        "checkpoint": lambda x: checkpoint(torch_composed, x, use_reentrant=False),
        "F.mish": functional.mish,
        "dualad": mish,
        'dualad, keep="input"': mish.with_options(keep="input"),
    }
    for name, fn in methods.items():
        report = dualad_torch.saved_bytes(fn, x)
        print(f"PyTorch     {name:<22} {report.bytes / SIZE:5.2f}")
    y = tf.zeros([SIZE])
    methods = {
        "composed": tensorflow_composed,
        "recompute_grad": tf.recompute_grad(tensorflow_composed),
        "dualad": mish,
        'dualad, keep="input"': mish.with_options(keep="input"),
    }
    for name, fn in methods.items():
        report = dualad_tensorflow.saved_bytes(fn, y)
        print(f"TensorFlow  {name:<22} {report.bytes / SIZE:5.2f}")
