"""The options of ``python -m dualad bench torch``, and what they stand for.

PyTorch is imported when it is measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..options import add_options, each_once, problem, refuse

__all__ = ["DESCRIPTION", "METHODS", "SUMMARY", "add_arguments", "run"]

METHODS = (
    "composed", "compiled", "checkpoint", "built-in", "dualad", "dualad compiled",
)  # fmt: skip
DTYPES = ("float32", "bfloat16", "float16")

SUMMARY = "activations in PyTorch"
DESCRIPTION = """\
Forward and backward of activations in PyTorch: time, bytes kept for backward, peak of memory. The
methods take turns in one run; each has been compared with float64 before it is timed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured, and how."""
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="where (default: %(default)s)"
    )
    parser.add_argument(
        "--dtype", choices=DTYPES, default="float32", help="of the tensors (default: %(default)s)"
    )
    sizes = "4 M on the CPU, 64 M on a GPU; 256 K with --quick"
    add_options(parser, METHODS, sizes, Path("bench-torch.png"))


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    found = problem(arguments, "torch", "PyTorch", {"--method": METHODS})
    if found:
        return refuse(found, status=2)
    import torch

    from ....compiler import CompilerWarning
    from ..agreement import DisagreementError
    from .methods import Settings
    from .report import report

    if arguments.device == "cuda" and not torch.cuda.is_available():
        return refuse(
            "--device cuda: PyTorch finds no CUDA device here (torch.cuda.is_available() is "
            "False); write --device cpu",
            status=2,
        )
    settings = Settings.of(
        arguments.device,
        arguments.dtype,
        quick=arguments.quick,
        size=arguments.size,
        activations=each_once(arguments.activation),
        methods=each_once(arguments.method),
    )
    try:
        report(settings, plot=arguments.plot, json_path=arguments.json)
    except (DisagreementError, CompilerWarning) as error:
        return refuse(str(error), status=1)
    return 0
