"""``python -m dualad report rules``: how exact every function of the table is, against mpmath.

What needs mpmath is imported when the report runs.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any

SUMMARY = "how exact the rows of the table are, against mpmath"
DESCRIPTION = """\
Measure every row of the table against mpmath: the worst ulp of value and derivatives.
"""

TABLE_BOUNDS = (4.0, 16.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is measured, and how densely."""
    parser.add_argument(
        "--dtype",
        nargs="+",
        choices=["float64", "float32", "float16"],
        default=["float64", "float32"],
        help="in which precision (default: float64 float32)",
    )
    parser.add_argument(
        "--order",
        nargs="+",
        type=int,
        choices=[0, 1, 2],
        default=[0, 1, 2],
        help="0 the value, 1 and 2 the derivatives (default: all)",
    )
    parser.add_argument(
        "--function",
        nargs="+",
        metavar="NAME",
        help="only these rows",
    )
    parser.add_argument(
        "--points",
        type=int,
        default=80,
        metavar="N",
        help="points in the middle and in each tail (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print.

    Parameters
    ----------
    arguments
        As `add_arguments` declares them.

    Returns
    -------
    int
        The exit status: 1 if a row is less exact than it states, 2 if a row is unknown or mpmath
        is missing.
    """
    missing = [name for name in ("mpmath", "hypothesis") if find_spec(name) is None]
    if missing:
        return _refuse(f"The report needs {', '.join(missing)}: pip install 'dualad[testing]'")
    from ...testing.rows import ROWS_WITH_ACCURACY, measure_row

    rows = {row.name: row for row in ROWS_WITH_ACCURACY}
    names = arguments.function or list(rows)
    unknown = [name for name in names if name not in rows]
    if unknown:
        return _refuse(
            f"No row to measure is called {', '.join(unknown)}; there are {', '.join(rows)}"
        )
    width = max(map(len, names))
    print(f"{'function':<{width}}  dtype    " + " ".join(f"{h:>10}" for h in _headings(arguments)))
    exceeding, loose, count = [], set(), 0
    jobs = [(rows[name], dtype) for name in names for dtype in arguments.dtype]
    for row, dtype in _progress(jobs):
        found = list(measure_row(row, dtype, arguments.order, dense=arguments.points))
        count += len(found)
        cells, marks = [], []
        for order in arguments.order:
            ours = [a for a in found if a.order == order]
            worst = max(ours, key=_severity)
            cells.append(f"{_number(worst.worst):>9}{_mark(worst)}")
            marks += [a for a in ours if a.exceeds]
            if order and worst.bound > TABLE_BOUNDS[order - 1]:
                loose.add(row.name)
        peak = max(
            (a for a in found if a.order or math.isfinite(a.bound)), key=_severity, default=None
        )
        where = "" if peak is None else f"  {peak.quantity} at {_place(peak.where)}"
        _print(f"{row.name:<{width}}  {dtype:<8} {' '.join(cells)}{where}")
        exceeding += marks
    print()
    print(
        "ulp; ! more than the row states, ~ the row states more than 4 and 16, * NumPy's or SciPy's"
    )
    for accuracy in exceeding:
        print(f"! {accuracy}")
    summary = f"{len(names)} rows, {count} quantities"
    verdict = f"{len(exceeding)} exceed" if exceeding else "all within"
    print(f"{summary}: {verdict} what the rows state; {len(loose)} state more than 4 and 16 ulp")
    return 1 if exceeding else 0


def _headings(arguments: argparse.Namespace) -> list[str]:
    return [("value ", "first ", "second ")[order] for order in arguments.order]


def _severity(accuracy: Any) -> float:
    """How near to its bound; what exceeds it comes before all else."""
    bound = accuracy.bound if math.isfinite(accuracy.bound) else 1e6
    return float(accuracy.worst / bound + (1e9 if accuracy.exceeds else 0.0))


def _number(ulp: float) -> str:
    return f"{ulp:.2f}" if ulp < 1000 else f"{ulp:.1e}"


def _mark(accuracy: Any) -> str:
    if accuracy.exceeds:
        return "!"
    if accuracy.order == 0:
        return "*" if math.isinf(accuracy.bound) else " "
    return "~" if accuracy.bound > TABLE_BOUNDS[accuracy.order - 1] else " "


def _place(where: Sequence[float]) -> str:
    numbers = ", ".join(f"{x:.6g}" for x in where)
    return numbers if len(where) == 1 else f"({numbers})"


def _progress(jobs: Sequence[Any]) -> Iterable[Any]:
    """The jobs, behind a progress bar if there is a terminal to draw it on."""
    if not sys.stderr.isatty() or find_spec("tqdm") is None:
        return jobs
    from tqdm import tqdm

    return tqdm(jobs, unit="row", leave=False)  # type: ignore[no-any-return]


def _print(line: str) -> None:
    """A line above the progress bar."""
    if sys.stderr.isatty() and find_spec("tqdm") is not None:
        from tqdm import tqdm

        tqdm.write(line)
    else:
        print(line, flush=True)


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 2
