"""Exponentials and logarithms."""

from __future__ import annotations

import math

from .row import Row

__all__ = ["ROWS"]


ROWS: tuple[Row, ...] = (
    Row(
        "exp",
        first=(lambda xp, x, y: y,),
        second=((lambda xp, x, y: y,),),
        formula="e^x",
        derivative="e^x",
        probes=(-80.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "expm1",
        first=(lambda xp, x, y: xp.exp(x),),
        second=((lambda xp, x, y: xp.exp(x),),),
        formula="e^x - 1",
        derivative="e^x",
        probes=(-80.0, -40.0, -1e-9, 0.0, 1e-9, 80.0),
    ),
    Row(
        "log",
        first=(lambda xp, x, y: 1.0 / x,),
        second=((lambda xp, x, y: -(1.0 / x) / x,),),
        formula="log x",
        derivative="1 / x",
        domain=(0.0, math.inf),
        probes=(1e-30, 1e-9, 1.0 - 1e-7, 1.0, 1.0 + 1e-7, 1e30),
    ),
    Row(
        "log1p",
        first=(lambda xp, x, y: 1.0 / (1.0 + x),),
        second=((lambda xp, x, y: -(1.0 / (1.0 + x)) / (1.0 + x),),),
        formula="log(1 + x)",
        derivative="1 / (1 + x)",
        domain=(-1.0, math.inf),
        probes=(-0.9, -1e-9, 0.0, 1e-9, 1e30),
    ),
)
