"""Codes: how a derivative is written down in fewer bytes, and read again.

Encoding and decoding are definitions like a user's. So they become a part of the program that
computes y and f', and of the one that multiplies in the backward pass: whatever runs or compiles
those runs these, on every backend. What goes beyond single elements, as the packing of bits, is
`packing` and `ranges`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import functions as da

__all__ = ["Code", "by_index", "cast", "scaled"]

LARGEST = 2.0**15
"""Half of float16's range: a bound found on a grid may be a little short."""

SMALLEST = 2.0**-100
"""One over a hundredth of what is smaller overflows in single precision."""


@dataclass(frozen=True, eq=False)
class Code:
    """How a derivative is kept.

    Parameters
    ----------
    encode : callable
        ``encode(slope)``, or ``encode(slope, noise)``, of what is kept: a definition. Conversion to
        an integer cuts off what is behind the point.
    decode : callable
        ``decode(kept)``, of the derivative: a definition.
    dtype : str
        The dtype of what is kept, by its name.
    bits : int
        Of each element; less than the dtype has if it is packed.
    error : float
        How far from f' it is read, at most; 0 if not at all, or not further than `dtype` rounds.
    noisy : bool
        Whether `encode` takes noise, uniform in [0, 1).
    levels : tuple of float
        The derivatives that can be read, where these are few.
    """

    encode: Callable[..., Any]
    decode: Callable[[Any], Any]
    dtype: str = "uint8"
    bits: int = 8
    error: float = 0.0
    noisy: bool = False
    levels: tuple[float, ...] = ()

    @property
    def packed(self) -> bool:
        """Whether several elements share a byte."""
        return self.dtype == "uint8" and self.bits < 8


def _same(slope: Any) -> Any:
    return slope


def cast(dtype: str) -> Code:
    """The derivative in a half type."""
    return Code(_same, _same, dtype, 16)


def scaled(bound: float) -> Code:
    """A derivative up to a bound as float16 times a power of two.

    Of the two half types float16 is the one with more digits, and the power moves small derivatives
    out of its subnormal numbers.
    """
    scale = 2.0 ** math.floor(math.log2(LARGEST / bound))
    return Code(
        lambda slope: slope * scale, lambda kept: kept * (1.0 / scale), dtype="float16", bits=16
    )


def by_index(levels: tuple[float, ...], bits: int) -> Code:
    """A derivative that has few values, by the place of its value among them.

    NaN, which conversion to an integer makes 0 of, is read as the lowest.

    Parameters
    ----------
    levels : tuple of float
        Rising.
    bits : int
        Enough for so many.
    """
    # So far apart that neither the distance nor one over it overflows in single precision.
    two = len(levels) == 2 and SMALLEST <= levels[1] - levels[0] <= 1.0 / SMALLEST

    def encode(slope: Any) -> Any:
        # By arithmetic: selections cost twenty multiplications on a CPU.
        if two:
            low, high = levels
            return (slope - low) * (1.0 / (high - low)) + 0.5
        place = 0.0 * slope
        for below, above in itertools.pairwise(levels):
            place = place + da.maximum(da.sign(slope - 0.5 * (below + above)), 0.0)
        return place

    def decode(place: Any) -> Any:
        if len(levels) == 2:
            low, high = levels
            # One of the two products is zero: the other is exact.
            return high * place + low * (1.0 - place)
        slope = 0.0
        for k, level in enumerate(levels):
            if level != 0.0:
                slope = slope + level * da.maximum(1.0 - da.abs(place - float(k)), 0.0)
        return slope

    return Code(encode, decode, bits=bits, levels=levels)
