"""The modes in which an activation is trained, each as a function of all activations at once.

A mode takes activations and points, both by name, and gives for each the value and the slope by
every argument that is an array: of the gates the half that they open, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
import torch

from dualad import Activation

from ..compiler import COMPILER
from ..truths import CONSTANTS, GATES

__all__ = ["COMPILING", "MODES", "Mode", "Results", "flushes"]

Array = np.ndarray[Any, Any]
Results = dict[str, list[Array]]
Mode = Callable[[Mapping[str, Activation], Mapping[str, Array]], Results]


def arguments(name: str, x: Array) -> tuple[list[Array], tuple[float, ...]]:
    """Those that are arrays, and the numbers behind them."""
    constants = CONSTANTS.get(name, ())
    if name in GATES:
        return [x, np.full_like(x, constants[0])], ()
    return [x], constants


def in_numpy(**options: Any) -> Mode:
    def mode(activations: Mapping[str, Activation], points: Mapping[str, Array]) -> Results:
        found = {}
        for name, f in activations.items():
            arrays, numbers = arguments(name, points[name])
            with np.errstate(all="ignore"):
                y, slopes = f.with_options(**options).linearize(*arrays, *numbers)
            slopes = slopes if isinstance(slopes, tuple) else (slopes,)
            found[name] = [np.broadcast_to(s, y.shape) for s in (y, *slopes[: len(arrays)])]
        return found

    return mode


def in_torch(wrap: Callable[..., Any] = lambda f: f, **options: Any) -> Mode:
    def mode(activations: Mapping[str, Activation], points: Mapping[str, Array]) -> Results:
        leaves, numbers = {}, {}
        for name in activations:
            arrays, numbers[name] = arguments(name, points[name])
            leaves[name] = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
        chosen = {name: f.with_options(**options) for name, f in activations.items()}

        @wrap
        def model(leaves: dict[str, list[torch.Tensor]]) -> dict[str, torch.Tensor]:
            return {name: f(*leaves[name], *numbers[name]) for name, f in chosen.items()}

        results = model(leaves)
        every = [leaf for name in results for leaf in leaves[name]]
        slopes = iter(torch.autograd.grad([y.sum() for y in results.values()], every))
        return {
            name: [y.detach().numpy(), *(next(slopes).numpy() for _ in leaves[name])]
            for name, y in results.items()
        }

    return mode


def in_tensorflow(wrap: Callable[..., Any] = lambda f: f, **options: Any) -> Mode:
    def mode(activations: Mapping[str, Activation], points: Mapping[str, Array]) -> Results:
        tensors, numbers = {}, {}
        for name in activations:
            arrays, numbers[name] = arguments(name, points[name])
            tensors[name] = [tf.constant(a) for a in arrays]
        chosen = {name: f.with_options(**options) for name, f in activations.items()}

        @wrap
        def step(tensors: dict[str, list[Any]]) -> dict[str, list[Any]]:
            found = {}
            for name, f in chosen.items():
                with tf.GradientTape() as tape:
                    tape.watch(tensors[name])
                    y = f(*tensors[name], *numbers[name])
                found[name] = [y, *tape.gradient(y, tensors[name])]
            return found

        return {name: [t.numpy() for t in found] for name, found in step(tensors).items()}

    return mode


XLA = tf.function(jit_compile=True)

MODES: dict[str, Mode] = {
    "numpy": in_numpy(execution="whole"),
    "numpy, blocks": in_numpy(execution="blocks"),
    "torch": in_torch(execution="whole"),
    "torch, blocks": in_torch(execution="blocks"),
    "torch, keep input": in_torch(keep="input"),
    "torch, order 2": in_torch(order=2),
    "torch.compile": in_torch(torch.compile(fullgraph=True, backend=COMPILER)),
    "tensorflow": in_tensorflow(),
    "tensorflow, keep input": in_tensorflow(keep="input"),
    "tensorflow, order 2": in_tensorflow(order=2),
    "tensorflow, compiled": in_tensorflow(execution="compiled"),
    "tf.function": in_tensorflow(tf.function),
    "tf.function, keep input": in_tensorflow(tf.function, keep="input"),
    "XLA": in_tensorflow(XLA),
    "XLA, keep input": in_tensorflow(XLA, keep="input"),
}

COMPILING = frozenset({"torch.compile", "tensorflow, compiled"})
"""The modes that compile each activation by itself, or take half a minute for all of them."""


def flushes(mode: str) -> bool:
    """Whether a mode takes subnormal numbers for zero."""
    return not mode.startswith(("numpy", "torch"))
