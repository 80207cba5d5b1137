"""Functions whose derivative is zero on both sides of every step, and stays zero at it."""

from __future__ import annotations

from .row import Row

__all__ = ["ROWS"]


ROWS: tuple[Row, ...] = (
    Row("zeros_like", kind="zero", formula="0, in the dtype and shape of x", derivative="0"),
    Row("sign", kind="zero", formula="sign x", derivative="0"),
    Row("round", kind="zero", formula="round x", derivative="0", probes=(0.25, 1.75)),
)
