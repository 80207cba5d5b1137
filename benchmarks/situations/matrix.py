"""The matrix of situations and columns, as a table."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Sequence

from .columns import COLUMNS, REFERENCES
from .situation import SITUATIONS, Cell, judge

__all__ = ["cell", "main"]

VERDICTS = ("right", "refused", "fails", "WRONG")


@functools.cache
def cell(situation: str, column: str) -> Cell:
    """What a column makes of a situation; computed once."""
    run = SITUATIONS[situation]
    return judge(run, COLUMNS[column].function(run.takes), REFERENCES[run.takes])


def main(names: Sequence[str] = ()) -> None:
    """Situations of PyTorch, by theme: what the built-in and each way to keep make of them."""
    start = time.perf_counter()
    chosen = [s for s in SITUATIONS.values() if not names or {s.name, s.theme} & set(names)]
    width = max(len(s.name) for s in chosen) + 2
    heading = "".join(f"{name:<12}" for name in COLUMNS)
    notes, totals = [], {name: Counter[str]() for name in COLUMNS}
    theme = ""
    for s in chosen:
        if s.theme != theme:
            theme = s.theme
            print(f"\n{theme.upper():<{width}}order  {heading}")
        cells = {column: cell(s.name, column) for column in COLUMNS}
        print(
            f"{s.name:<{width}}{s.order:<7}" + "".join(f"{c.verdict:<12}" for c in cells.values())
        )
        for column, c in cells.items():
            totals[column][c.verdict] += 1
            if c.reason:
                notes.append(f"{s.name} / {column}: {c.verdict}. {c.reason}")
    print(f"\n{f'TOTAL of {len(chosen)}':<{width}}       {heading}")
    for verdict in VERDICTS:
        print(f"{verdict:<{width}}       " + "".join(f"{t[verdict]:<12}" for t in totals.values()))
    print(f"\n{time.perf_counter() - start:.0f} s\n")
    print("\n".join(notes))
