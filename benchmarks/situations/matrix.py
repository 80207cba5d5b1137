"""The matrix of situations and columns, as a table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from .framework import Framework
from .situation import VERDICTS

__all__ = ["print_matrix"]


def print_matrix(framework: Framework, names: Sequence[str] = ()) -> None:
    """Situations by theme, or those of these themes and names: what each column makes of them."""
    start = time.perf_counter()
    situations = framework.situations.values()
    chosen = [s for s in situations if not names or {s.name, s.theme} & set(names)]
    if not chosen:
        return
    width = max(len(s.name) for s in chosen) + 2
    heading = "".join(f"{name:<12}" for name in framework.columns)
    notes, totals = [], {name: Counter[str]() for name in framework.columns}
    theme = ""
    print(f"\n{framework.title}")
    for s in chosen:
        if s.theme != theme:
            theme = s.theme
            print(f"\n{theme.upper():<{width}}order  {heading}")
        cells = {column: framework.cell(s.name, column) for column in framework.columns}
        verdicts = "".join(f"{c.verdict:<12}" for c in cells.values())
        print(f"{s.name:<{width}}{s.order:<7}{verdicts}", flush=True)
        for column, c in cells.items():
            totals[column][c.verdict] += 1
            if c.reason:
                notes.append(f"{s.name} / {column}: {c.verdict}. {c.reason}")
    print(f"\n{f'TOTAL of {len(chosen)}':<{width}}       {heading}")
    for verdict in VERDICTS:
        print(f"{verdict:<{width}}       " + "".join(f"{t[verdict]:<12}" for t in totals.values()))
    print(f"\n{time.perf_counter() - start:.0f} s\n")
    print("\n".join(notes))
