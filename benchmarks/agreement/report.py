"""The table of agreement, as it is printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..compiler import COMPILER
from .errors import Agreement, measure
from .modes import MODES

__all__ = ["main"]


def main() -> None:
    """Every activation in every mode: worst errors in ulp against mpmath, value/slope.

    At special points, kinks and their neighbours, in the middle and in both tails. An ulp is that
    of the larger term where a sum cancels. What a subnormal factor makes is left out: TensorFlow
    flushes it.
    """
    print(f"torch.compile with {COMPILER}")
    for number, mode in enumerate(MODES, 1):
        print(f"{number:>2} {mode}")
    agreements = [measure(dtype) for dtype in (np.float32, np.float64)]
    for agreement in agreements:
        print_table(agreement)
    print_beyond(agreements)


def print_table(agreement: Agreement) -> None:
    width = max(map(len, agreement.names))
    heads = "".join(f"{number:>10}" for number in range(1, len(MODES) + 1))
    print(f"\n{agreement.dtype.__name__:<{width}}{heads}{'apart':>7}")
    for name in agreement.names:
        cells = [agreement.worst(name, mode) for mode in MODES]
        row = "".join(f"{shown(value) + '/' + shown(slope):>10}" for value, slope in cells)
        print(f"{name:<{width}}{row}{shown(agreement.apart(name)[0]):>7}")


def print_beyond(agreements: Sequence[Agreement]) -> None:
    """Who is more than 4 ulp off, where not an ulp of an exponent explains it."""
    names = agreements[0].names
    off = {name: max(a.beyond(name, mode) for a in agreements for mode in MODES) for name in names}
    further = {name: ulp for name, ulp in off.items() if ulp > 4.0}
    rest = ", ".join(f"{name} {shown(ulp)}" for name, ulp in further.items())
    within = len(names) - len(further)
    print(f"\nwithin 4 ulp in every mode: {within} of {len(names)}; the others: {rest}")


def shown(ulp: float) -> str:
    return f"{ulp:.1f}" if ulp < 99.95 else f"{ulp:.0f}"
