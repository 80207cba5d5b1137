"""The options of ``python -m dualad bench tensorflow``, and what they stand for.

TensorFlow is imported when it is measured.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..options import add_names, add_options, each_once, problem, refuse

__all__ = ["DESCRIPTION", "METHODS", "MODES", "SUMMARY", "add_arguments", "run"]

METHODS = (
    "composed", "compiled", "recompute_grad", "built-in", "dualad", "dualad input",
    "dualad compiled",
)  # fmt: skip
MODES = ("eager", "graph", "xla")

SUMMARY = "activations in TensorFlow and Keras"
DESCRIPTION = """\
Forward and backward of activations in TensorFlow, on the CPU: time, and bytes kept for backward. In
eager mode the tape is around the activation; a graph is a step in a tf.function, with the tape
inside; xla is such a step compiled by XLA. The methods take turns in one run; each has been
compared with float64 before it is timed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be measured, and how."""
    add_names(parser, "--mode", MODES)
    add_options(parser, METHODS, "4 M; 256 K with --quick", Path("bench-tensorflow.png"))


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    known = {"--method": METHODS, "--mode": MODES}
    found = problem(arguments, "tensorflow", "TensorFlow", known)
    if found:
        return refuse(found, status=2)
    # TensorFlow reads both when it is imported: its notices would break the progress bar, and Keras
    # may be set up for another backend.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"

    from ....compiler import CompilerWarning
    from ..agreement import DisagreementError
    from .methods import Settings
    from .report import report

    settings = Settings.of(
        quick=arguments.quick,
        size=arguments.size,
        modes=each_once(arguments.mode),
        activations=each_once(arguments.activation),
        methods=each_once(arguments.method),
    )
    try:
        report(settings, plot=arguments.plot, json_path=arguments.json)
    except (DisagreementError, CompilerWarning) as error:
        return refuse(str(error), status=1)
    return 0
