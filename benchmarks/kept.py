"""What mish keeps for the backward pass, by method."""

from __future__ import annotations

import tensorflow as tf
import torch

import dualad_tensorflow
import dualad_torch
from dualad.activations import mish
from dualad.cli.bench.pytorch.formulas import FORMULAS as IN_PYTORCH
from dualad.cli.bench.pytorch.methods import alternatives as pytorch_alternatives
from dualad.cli.bench.tensorflow.formulas import FORMULAS as IN_TENSORFLOW
from dualad.cli.bench.tensorflow.methods import alternatives as tensorflow_alternatives

SIZE = 1 << 20

OURS = {"dualad": mish, 'dualad, keep="input"': mish.with_options(keep="input")}


def main() -> None:
    """Bytes per element that mish keeps for backward beyond y, float32, eager."""
    formula = IN_PYTORCH["mish"]
    theirs = pytorch_alternatives(formula.composed)
    methods = {
        "composed": theirs["composed"],
        "checkpoint": theirs["checkpoint"],
        "F.mish": formula.built_in,
        **OURS,
    }
    for name, fn in methods.items():
        report = dualad_torch.saved_bytes(fn, torch.zeros(SIZE))
        print(f"PyTorch     {name:<22} {report.bytes / SIZE:5.2f}")
    theirs = tensorflow_alternatives(IN_TENSORFLOW["mish"].composed)
    methods = {name: theirs[name] for name in ("composed", "recompute_grad")} | OURS
    for name, fn in methods.items():
        report = dualad_tensorflow.saved_bytes(fn, tf.zeros([SIZE]))
        print(f"TensorFlow  {name:<22} {report.bytes / SIZE:5.2f}")
