"""What ``dualad_tensorflow.convert`` makes of the networks, with activations that Keras has."""

from __future__ import annotations

import keras

import dualad_tensorflow
from dualad.report import Report

from ..cases import Case

__all__ = ["ACTIVATIONS", "converted", "summary"]

ACTIVATIONS = ("gelu", "mish", "relu")
"""Of Keras; the last keeps nothing of its own, and is to stay."""


def converted(case: Case, activation: str) -> tuple[keras.Model, keras.Model, Report]:
    """A network, the same converted, and the report."""
    shape = case.shape[1:]
    network = case.make(lambda: keras.layers.Activation(activation), shape)
    return network, *dualad_tensorflow.convert(network)


def summary(report: Report) -> str:
    """How many activations became others, and the bytes that a step on one example keeps."""
    before, after = report.before or 0, report.bytes
    return (
        f"{len(report.converted)} of {len(report.changes)} activations converted, "
        f"{before / 2**20:.1f} to {after / 2**20:.1f} MiB, {before / after:.2f} times less"
    )
