"""How much is kept for the backward pass: the report that both adapters give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Change", "Report"]


@dataclass(frozen=True)
class Change:
    """What a conversion did with one activation of a model.

    Parameters
    ----------
    module : str
        Where it is in the model, by the framework's own names; several, if it is shared.
    was : str
        What stood there.
    now : str, optional
        What stands there; None if it stays as it was.
    reason : str, optional
        Why it stays; of what was replaced, what else a reader should know.
    before, after : int, optional
        The bytes that it adds to what is kept; None if that is not known.
    """

    module: str
    was: str
    now: str | None = None
    reason: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Report:
    """Bytes that a function or a model keeps alive for its backward pass.

    Parameters
    ----------
    bytes : int
        In total, beyond the function's results. Every piece of memory counts once; parameters,
        which live anyway, do not count. Of a model that was converted, what is kept now.
    how : str
        How it was measured.
    parts : dict of str to int
        The same by module or operation, as far as the framework tells.
    before : int, optional
        Of a model that was converted: what was kept before.
    changes : tuple of Change
        Of a model that was converted: what became of each activation.
    elements : int, optional
        Of how many elements each activation was measured alone. The table then gives bytes per
        element; every number in this object is bytes.
    notes : tuple of str
        What else a reader should know.

    Examples
    --------
    >>> from dualad.report import Change, Report
    >>> print(Report(4096, "made up", {"mish": 4096}))
    kept for backward: 4,096 bytes (made up)
      mish  4,096
    >>> changes = (
    ...     Change("act", "Mish()", "mish(x)", before=8192, after=4096),
    ...     Change("last", "ReLU()", reason="relu(x) would keep more", before=0, after=0),
    ... )
    >>> print(Report(4096, "made up", before=8192, changes=changes))
    1 of 2 activations converted; bytes kept for backward (made up):
      module  was     now      before  after
      act     Mish()  mish(x)   8,192  4,096
      last    ReLU()  stays         0      0  relu(x) would keep more
      total                     8,192  4,096
    """

    bytes: int
    how: str
    parts: dict[str, int] = field(default_factory=dict)
    before: int | None = None
    changes: tuple[Change, ...] = ()
    elements: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def converted(self) -> tuple[str, ...]:
        """Where an activation was replaced."""
        return tuple(c.module for c in self.changes if c.now is not None)

    def __str__(self) -> str:
        lines = self._conversion() if self.before is not None else self._parts()
        return "\n".join([*lines, *self.notes])

    def _parts(self) -> list[str]:
        lines = [f"kept for backward: {self.bytes:,} bytes ({self.how})"]
        width = max(map(len, self.parts), default=0)
        return lines + [f"  {name:<{width}}  {count:,}" for name, count in self.parts.items()]

    def _conversion(self) -> list[str]:
        if not self.changes:
            return ["no activation that could be converted was found; the model is as it was"]
        unit = "bytes" if self.elements is None else "bytes per element"
        rows = [
            ("module", "was", "now", "before", "after", ""),
            *(
                (
                    *(c.module, c.was, c.now or "stays"),
                    *(self._count(c.before), self._count(c.after)),
                    c.reason,
                )
                for c in self.changes
            ),
            ("total", "", "", self._count(self.before), self._count(self.bytes), ""),
        ]
        return [
            f"{len(self.converted)} of {len(self.changes)} activations converted; "
            f"{unit} kept for backward ({self.how}):",
            *_aligned(rows),
        ]

    def _count(self, number: int | None) -> str:
        """A number of bytes as the table shows it."""
        if number is None:
            return "?"
        return f"{number:,}" if self.elements is None else f"{number / self.elements:,.1f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines of a table: the two columns of numbers to the right, everything else to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = "<<<>><"
    line = "  " + "  ".join(f"{{:{s}{w}}}" for s, w in zip(sides, widths, strict=True))
    return [line.format(*row).rstrip() for row in rows]
