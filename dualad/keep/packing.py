"""Several small numbers in a byte.

Not neighbours share a byte, but elements that are a share of the array apart: then packing is
arithmetic on whole rows, which every backend does at the speed of memory. Written with the
functions of the Array API standard: TensorFlow's tensors have no operators for shifts.

Where a graph does not know the size of an array (it is None), it is a multiple of 8.
"""

from __future__ import annotations

from typing import Any

__all__ = ["pack", "unpack"]


def pack(xp: Any, codes: Any, bits: int) -> Any:
    """Pack numbers below ``2**bits``.

    Parameters
    ----------
    xp : namespace
        Of the arrays.
    codes : uint8 array
        One-dimensional.
    bits : {1, 2, 3, 4}
        Of each number.

    Returns
    -------
    uint8 array
        One-dimensional: of n elements ``ceil(n bits / 8)`` bytes; with 3 bits one more at most.

    Examples
    --------
    >>> import numpy as np
    >>> pack(np, np.array([1, 0, 1, 1, 0, 0, 0, 0, 1], np.uint8), 1)
    array([19,  2], dtype=uint8)
    """
    if bits == 3:
        low, high = pack(xp, codes & 3, 2), pack(xp, xp.bitwise_right_shift(codes, 2), 1)
        return xp.concat([low, high])
    rows, size = 8 // bits, codes.shape[0]
    width = -1 if size is None else _width(size, bits)
    full = rows * width
    if size is not None and (type(full) is not int or full > size):
        # By a fixed number, so that there is one graph for all sizes where these are symbols.
        zeros = xp.broadcast_to(xp.zeros_like(codes[:1]), (rows - 1,))
        codes = xp.concat([codes, zeros])[:full]
    codes = xp.reshape(codes, (rows, width))
    packed = codes[0, :]
    for k in range(1, rows):
        packed = packed | xp.bitwise_left_shift(codes[k, :], k * bits)
    return packed


def unpack(xp: Any, packed: Any, bits: int, size: int) -> Any:
    """The numbers that were packed.

    Parameters
    ----------
    xp : namespace
        Of the arrays.
    packed : uint8 array
        What `pack` gave.
    bits : {1, 2, 3, 4}
        Of each number.
    size : int, or 0-d integer array
        How many there were.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.arange(8, dtype=np.uint8)
    >>> unpack(np, pack(np, codes, 3), 3, 8)
    array([0, 1, 2, 3, 4, 5, 6, 7], dtype=uint8)
    """
    if bits == 3:
        width = _width(size, 2)
        low, high = unpack(xp, packed[:width], 2, size), unpack(xp, packed[width:], 1, size)
        return low | xp.bitwise_left_shift(high, 2)
    mask, shifts = 2**bits - 1, range(0, 8, bits)
    return xp.concat([xp.bitwise_right_shift(packed, s) & mask for s in shifts])[:size]


def _width(size: int, bits: int) -> int:
    """Bytes for so many numbers."""
    return -(-size * bits // 8)
