"""How far from f' the derivative is that a form gives: written down, and read again by autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.special import ndtri

from .cases import Case

__all__ = ["Error", "Reference"]

NORMAL = 1 << 16
"""Inputs that stand for N(0,1)."""


@dataclass(frozen=True)
class Error:
    """The error of f'.

    Parameters
    ----------
    sup : float
        The largest, over all inputs that are tried.
    rms : float
        In the mean square, for inputs from N(0,1).
    """

    sup: float
    rms: float


class Reference:
    """f' in double precision, at the inputs that are tried.

    Parameters
    ----------
    case : Case
        The activation. One array is tried at the quantiles of N(0,1) and on a grid with tails;
        several, as of a gate, at independent numbers from N(0,1).
    """

    def __init__(self, case: Case) -> None:
        one = case.arrays == 1
        inputs = [_with_tails()] if one else _normal(case.arrays)
        self.inputs = [x.astype(np.float32) for x in inputs]
        wide = iter([x.astype(np.float64) for x in self.inputs])
        values = [next(wide) if n is None else n for n in case.numbers]
        with np.errstate(all="ignore"):
            if one:
                self.slopes = [case.activation.derivative(*values)]
            else:
                self.slopes = list(case.activation.linearize(*values)[1])

    def error(self, fn: Callable[..., torch.Tensor]) -> Error:
        """The error of what autograd takes for f'."""
        leaves = [torch.from_numpy(x).requires_grad_() for x in self.inputs]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            y = fn(*leaves)
            gradients = torch.autograd.grad(y, leaves, torch.ones_like(y))
        off = [
            np.abs(gradient.numpy().astype(np.float64) - slope)
            for gradient, slope in zip(gradients, self.slopes, strict=True)
        ]
        squares = [float(np.mean(o[:NORMAL] ** 2)) for o in off]
        return Error(max(float(o.max()) for o in off), math.sqrt(sum(squares) / len(squares)))


def _with_tails() -> Any:
    """The quantiles of N(0,1), then an even grid and its tails, of either sign."""
    tail = np.logspace(-6.0, 4.0, 4001)
    return np.concatenate(
        [
            ndtri((np.arange(NORMAL) + 0.5) / NORMAL),
            np.linspace(-40.0, 40.0, 40001),
            *(-tail, tail, [0.0]),
        ]
    )


def _normal(arrays: int) -> list[Any]:
    return list(np.random.default_rng(0).normal(size=(arrays, NORMAL)))
