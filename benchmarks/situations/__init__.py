"""What an activation must survive in PyTorch and in TensorFlow, by theme, and who survives it.

``python -m benchmarks.situations`` prints a matrix for each framework: a row per situation, a
column per way to train with mish.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from .framework import Framework
from .matrix import print_matrix

__all__ = ["FRAMEWORKS", "framework", "main"]

FRAMEWORKS = ("pytorch", "tensorflow")
"""Each a folder: its themes, its columns, and what is right in it."""


def framework(name: str) -> Framework:
    """A framework with all its situations, imported when it is asked for."""
    found: Framework = import_module(f"{__name__}.{name}").FRAMEWORK
    return found


def main(names: Sequence[str] = ()) -> None:
    """Situations of PyTorch and TensorFlow: what the built-in and each way to keep make of them.

    Parameters
    ----------
    names : sequence of str
        Frameworks, themes, situations; all by default.

    Raises
    ------
    ValueError
        There is no such name.
    """
    chosen = [
        framework(name) for name in FRAMEWORKS if name in names or not {*names} & {*FRAMEWORKS}
    ]
    rest = [name for name in names if name not in FRAMEWORKS]
    known = {n for f in chosen for s in f.situations.values() for n in (s.name, s.theme)}
    if unknown := [name for name in rest if name not in known]:
        themes = sorted({s.theme for f in chosen for s in f.situations.values()})
        raise ValueError(
            f"no situation or theme {unknown[0]!r}; the themes are {', '.join(themes)}"
        )
    for each in chosen:
        print_matrix(each, rest)
