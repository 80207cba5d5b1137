"""Functions whose derivative is zero on both sides of every step, and stays zero at it."""

from __future__ import annotations

from .row import Row, nothing

__all__ = ["ROWS"]


ROWS: tuple[Row, ...] = (
    Row("zeros_like", kind="zero", formula="0, in the dtype and shape of x", derivative="0"),
    Row("sign", kind="zero", formula="sign x", derivative="0"),
    Row(
        "round",
        kind="zero",
        formula="the integer nearest to x, the even one of two",
        derivative="0",
        probes=(-1.75, -0.25, 0.25, 1.75),
    ),
    Row(
        "floor",
        kind="zero",
        formula="the largest integer ≤ x",
        derivative="0",
        probes=(-1.75, -0.25, 0.25, 1.75),
    ),
    Row(
        "ceil",
        kind="zero",
        formula="the smallest integer ≥ x",
        derivative="0",
        probes=(-1.75, -0.25, 0.25, 1.75),
    ),
    Row(
        "trunc",
        kind="zero",
        formula="x without its fraction",
        derivative="0",
        probes=(-1.75, -0.25, 0.25, 1.75),
    ),
    Row(
        "floor_divide",
        kind="zero",
        arity=2,
        operator="floordiv",
        formula="floor(x / y)",
        derivative="0, 0",
    ),
    Row(
        # One unit in the last place beside x: a function of a real x that differs from x by less
        # than any number, and so has its derivative, also at x = y. (PyTorch and JAX have none.)
        "nextafter",
        first=(lambda xp, x, y, z: 1.0, nothing),
        second=((nothing,), (nothing, nothing)),
        arity=2,
        formula="the number next to x in the direction of y",
        derivative="1, 0",
    ),
)
