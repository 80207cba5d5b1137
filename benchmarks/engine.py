"""The engine on NumPy arrays."""

from __future__ import annotations

import numpy as np

from dualad.activations import mish

from .timing import alternate, print_times


def by_hand(x):
    """Value and derivative of mish as one writes them in NumPy, exact in the tails."""
    e = np.exp(-np.abs(x))
    softplus = np.maximum(x, 0) + np.log1p(e)
    sigmoid = np.where(x > 0, 1, e) / (1 + e)
    t = np.tanh(softplus)
    q = np.exp(-2 * softplus)
    return x * t, t + x * (4 * q / (1 + q) ** 2) * sigmoid


def main() -> None:
    """Value and derivative of mish in NumPy, 4 M float32."""
    x = (np.random.default_rng(0).normal(size=1 << 22) * 3).astype(np.float32)
    times = alternate(
        {
            "by hand": lambda: by_hand(x),
            "dualad": lambda: mish.linearize(x),
            "dualad, whole arrays": lambda: whole.linearize(x),
        },
        rounds=9,
    )
    print_times(times, against=["by hand"])


whole = mish.with_options(execution="whole")
