"""Forward and backward of an activation in each of the modes that train, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

import dualad_tensorflow

from ..agreement import Pass
from ..formulas import Function

__all__ = ["MODES", "forward_and_backward", "kept", "turn"]

MODES: dict[str, Callable[[Pass], Pass]] = {
    "eager": lambda step: step,
    "graph": tf.function,
    "xla": tf.function(jit_compile=True),
}
"""What a step is wrapped in."""


def forward_and_backward(fn: Function, mode: str) -> Pass:
    """A step from x and the cotangent to the value and the gradient.

    Both are arguments, and the value is a result, as in a network whose next layer needs it: a
    compiler finds nothing that it may fold or drop.
    """

    def step(x: Any, cotangent: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = fn(x)
        return y, tape.gradient(y, x, output_gradients=cotangent)

    return MODES[mode](step)


def turn(step: Pass, x: Any, cotangent: Any) -> Callable[[], object]:
    """A step that has computed its results when it returns, to be timed."""

    def run() -> None:
        # A function of the runtime may return before its results are there. This waits for them;
        # their method numpy would copy them, too.
        for result in step(x, cotangent):
            np.asarray(result)

    return run


def kept(fn: Function, mode: str, x: Any) -> float:
    """The bytes for each element that are kept for backward, beyond y.

    In a step, x is what another layer made, an addition, which keeps nothing: what a step is given
    its caller keeps.
    """
    if mode == "eager":
        report = dualad_tensorflow.saved_bytes(fn, x)
    else:
        step = forward_and_backward(lambda made: fn(made + 1.0), mode)
        report = dualad_tensorflow.saved_bytes(step, x, x)
    return report.bytes / int(tf.size(x))
