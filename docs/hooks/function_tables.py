"""The page of all functions, made from both tables while the site is built.

Nothing of it is written down anywhere else, so it cannot say what the tables do not.
"""

from __future__ import annotations

import inspect
import math
from types import ModuleType
from typing import Any

from mkdocs.structure.files import File, Files

from dualad import arrays, rules
from dualad.array_functions import INTERNAL
from dualad.arrays import ArrayRow
from dualad.rules import Row

PAGE = "functions.md"

STATED = (4.0, 16.0)
"""Within how many ulp a row is whose bounds are not told apart."""

INTRODUCTION = """\
# Functions

This page is made from the two tables that the engine runs on. A function is `da.` and its name; it
takes arrays of every backend, dual numbers, and Python numbers. Those of the Python Array API
standard have their names there.

## Element by element

Several derivatives, separated by commas, are those by each argument; of one argument, *y* is the
value. The domain is that of the first argument; all numbers, where none is given. At a kink the
first derivative jumps; its value there is given with it.

The last column says within how many ulp the first and the second derivative are, over the whole
domain, wherever they are representable, in single and in double precision on NumPy arrays. The
tests hold every row to it, against mpmath.
"""

EXCEPTIONS = """\
### Less exact

All other rows are within 4 and 16 ulp. ∞: terms cancel at a zero, and the error is measured against
the larger of them.
"""

ARRAYS = """\
## Arrays

Options are those of the standard. Indexing, `x[key]`, is linear too, and dual numbers have NumPy's
methods: `x.sum(0)`, `x.reshape(2, 3)`, `x.T`. `da.linalg` has besides the functions here `norm`,
with NumPy's arguments.
"""

REFUSED = """\
## Without a derivative

These have no derivative rule. They take arrays, and dual numbers whose tangent is zero; on any
other dual number they raise an error that says what to write instead.
"""

DERIVATIVES = {"zero": "0", "predicate": "none: truth values"}

TANGENTS = {
    "linear": "the same function of dx",
    "bilinear": "the function of dx and y, plus that of x and dy",
    "constant": "none: integers or truth values",
}


def page() -> str:
    """The page, in Markdown."""
    parts = [INTRODUCTION]
    for family in rules.FAMILIES:
        parts += [heading(family), table(ELEMENTWISE, [elementwise(row) for row in family.ROWS])]
    inexact = [row for row in rules.ROWS if row.ulp != STATED]
    parts += [EXCEPTIONS, table(INEXACT, [bounds(row) for row in inexact])]
    parts.append(ARRAYS)
    for family in arrays.FAMILIES:
        rows = [row for row in family.ROWS if row.kind != "refused" and row.name not in INTERNAL]
        parts += [heading(family), table(ARRAYWISE, [arraywise(row) for row in rows])]
    refused = [row for row in arrays.ARRAY_ROWS if row.kind == "refused"]
    parts += [REFUSED, table(ARRAYWISE[:2], [arraywise(row)[:2] for row in refused])]
    return "\n".join(parts)


ELEMENTWISE = ("Function", "Value", "Derivative", "Domain", "Kinks", "ulp")

INEXACT = ("Function", "First", "Second", "Why")

ARRAYWISE = ("Function", "Value", "Tangent")


def elementwise(row: Row) -> tuple[str, ...]:
    """The cells of a primitive."""
    arguments = [*row.names[: row.required], *(f"{n}=None" for n in row.names[row.required :])]
    return (
        call(row.name, ", ".join(arguments)),
        plain(row.formula),
        plain(row.derivative or DERIVATIVES[row.kind]),
        domain(row),
        ", ".join(map(number, row.kinks)),
        ", ".join(map(number, row.ulp)) if row.kind == "smooth" else "",
    )


def bounds(row: Row) -> tuple[str, ...]:
    """The cells of a primitive that states bounds of its own."""
    return f"`{row.name}`", *map(number, row.ulp), plain(row.reason)


def arraywise(row: ArrayRow) -> tuple[str, ...]:
    """The cells of an array function."""
    tangent = row.derivative or TANGENTS.get(row.kind, "")
    return call(row.title, row.signature), plain(row.summary), plain(tangent)


def domain(row: Row) -> str:
    """The interval of the first argument."""
    if row.logical:
        return "truth values"
    if row.integer:
        return "integers"
    low, high = row.domain
    if row.domain == (-math.inf, math.inf):
        return ""
    left, right = "(" if math.isinf(low) else "[", ")" if math.isinf(high) else "]"
    return plain(f"{left}{number(low)}, {number(high)}{right}")


def number(x: float) -> str:
    """A number as one writes it."""
    return f"{x:g}".replace("inf", "∞")


def call(name: str, arguments: str) -> str:
    """A function with its arguments, and a place to link to."""
    return f'<span id="{name}"></span>`{name}({arguments})`'


def plain(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_[]<>|&" else c for c in text)


def heading(family: ModuleType) -> str:
    """A family's heading: what its module says first."""
    first = (inspect.getdoc(family) or "").partition("\n")[0]
    return f"### {plain(first.rstrip('.').replace('``', ''))}\n"


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def on_files(files: Files, config: Any) -> Files:
    """MkDocs calls this when it has collected the files of the site."""
    files.append(File.generated(config, PAGE, content=page()))
    return files
