"""The methods that are compared, and in which modes: each is a function from tensor to tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tensorflow as tf

import dualad as da
from dualad import activations as catalogue

from ..comparison import Against
from ..formulas import Function
from .formulas import FORMULAS

__all__ = ["AGAINST", "MEANS", "Settings", "alternatives", "inputs", "methods", "ours_of"]

ALTERNATIVES = ("composed", "compiled", "recompute_grad", "built-in")

AGAINST: Against = {
    "best": ALTERNATIVES,
    "composed": ("composed",),
    "recompute_grad": ("recompute_grad",),
    "built-in": ("built-in",),
}
"""What a time is compared with in the table."""

MEANS: Against = {name: AGAINST[name] for name in ("best", "composed", "recompute_grad")}
"""What is compared with in the geometric means."""

DISSOLVED_IN_XLA = ("compiled", "dualad compiled")
"""A function that XLA compiles, within a step that it compiles, is part of the step."""

SIZE, QUICK_SIZE = 1 << 22, 1 << 18
ROUNDS, QUICK_ROUNDS = 15, 3
LARGEST_INPUT = 8.0


@dataclass(frozen=True)
class Settings:
    """What is measured, and how long.

    Parameters
    ----------
    size : int
        Elements of the tensors, float32.
    rounds : int
        Turns of each method.
    modes, activations, methods : tuple of str
        By the names of `steps.MODES`, `dualad.activations` and `methods`.
    """

    size: int
    rounds: int
    modes: tuple[str, ...]
    activations: tuple[str, ...]
    methods: tuple[str, ...]

    @classmethod
    def of(
        cls,
        quick: bool,
        size: int | None,
        modes: tuple[str, ...],
        activations: tuple[str, ...],
        methods: tuple[str, ...],
    ) -> Settings:
        """The settings that the command line's options stand for."""
        size = size or (QUICK_SIZE if quick else SIZE)
        return cls(size, QUICK_ROUNDS if quick else ROUNDS, modes, activations, methods)

    def as_dict(self) -> dict[str, Any]:
        """What can be written as JSON."""
        return asdict(self)


def methods(activation: str, mode: str, settings: Settings) -> dict[str, Function]:
    """The methods that there are for an activation, by name, in the order of the table.

    Parameters
    ----------
    activation : str
        One of `dualad.activations`.
    mode : str
        One of `steps.MODES`.
    settings : Settings
        Of which `methods` are asked for.
    """
    ours: da.Activation = getattr(catalogue, activation)
    found = alternatives(FORMULAS[activation].composed, FORMULAS[activation].built_in)
    found["dualad"] = ours.with_options(execution="whole")
    found["dualad input"] = ours.with_options(execution="whole", keep="input")
    found["dualad compiled"] = ours.with_options(execution="compiled")
    left_out = DISSOLVED_IN_XLA if mode == "xla" else ()
    asked = [name for name in found if name in settings.methods and name not in left_out]
    return {name: found[name] for name in asked}


def alternatives(composed: Function, built_in: Function | None = None) -> dict[str, Function]:
    """What TensorFlow has to offer for a composed function, by name.

    Parameters
    ----------
    composed, built_in : callable
        As a `Formula` has them.
    """
    found: dict[str, Function] = {
        "composed": composed,
        "compiled": tf.function(composed, jit_compile=True),
        "recompute_grad": tf.recompute_grad(composed),
    }
    if built_in is not None:
        found["built-in"] = built_in
    return found


def inputs(size: int) -> tuple[Any, Any]:
    """X and the cotangent, the same in every run."""
    generator = np.random.default_rng(0)
    x, cotangent = generator.standard_normal((2, size), dtype=np.float32)
    return tf.constant((2.0 * x).clip(-LARGEST_INPUT, LARGEST_INPUT)), tf.constant(cotangent)


def ours_of(rows: Mapping[str, Any]) -> list[str]:
    """Which of some methods are dualad's."""
    return [name for name in rows if name not in ALTERNATIVES]
