"""How much is kept for the backward pass: the report that both adapters give."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Report"]


@dataclass(frozen=True)
class Report:
    """Bytes that a function keeps alive for its backward pass.

    Parameters
    ----------
    bytes : int
        In total, beyond the function's results. Every piece of memory counts once; parameters,
        which live anyway, do not count.
    how : str
        How it was measured.
    parts : dict of str to int
        The same by module or operation, as far as the framework tells.

    Examples
    --------
    >>> from dualad.report import Report
    >>> print(Report(4096, "made up", {"mish": 4096}))
    kept for backward: 4,096 bytes (made up)
      mish  4,096
    """

    bytes: int
    how: str
    parts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"kept for backward: {self.bytes:,} bytes ({self.how})"]
        width = max(map(len, self.parts), default=0)
        lines += [f"  {name:<{width}}  {count:,}" for name, count in self.parts.items()]
        return "\n".join(lines)
