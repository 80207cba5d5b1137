"""A framework's situations, the ways to train in it, and the judge of what comes of them."""

from __future__ import annotations

import contextlib
import io
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import dualad
from dualad.activations import mish, prelu

from .situation import Cell, Situation, WrongNumber

__all__ = ["Column", "Framework", "with_options"]

REMEDIES = ('keep="input"', "order=2", "with_options(", "write ", "pass ", "use ")


@dataclass(frozen=True)
class Column:
    """A way to train with an activation.

    Parameters
    ----------
    name : str
        Its heading.
    functions : mapping of str to callable
        Mish and PReLU in this way, by these names.
    """

    name: str
    functions: Mapping[str, Callable[..., Any]]


def with_options(name: str, **options: Any) -> Column:
    """Dualad's activations with some options."""
    ours = {"mish": mish, "prelu": prelu}
    return Column(name, {key: f.with_options(**options) for key, f in ours.items()})


class Framework:
    """What is compared in one framework.

    Parameters
    ----------
    title : str
        Its name.
    columns : sequence of Column
        The ways to train in it.
    references : mapping of str to callable
        What is right: mish and PReLU written with the framework's elementary functions.
    adapter : module
        dualad's package for it.
    reset : callable, optional
        Called before each situation.
    says_wrong : callable, optional
        ``says_wrong(error)``: whether an error of the framework's own says that numbers differ.
    says_refused : callable, optional
        ``says_refused(error)``: whether an error of the framework's own passes on ours.
    """

    def __init__(
        self,
        title: str,
        columns: tuple[Column, ...],
        references: Mapping[str, Callable[..., Any]],
        adapter: ModuleType,
        reset: Callable[[], None] = lambda: None,
        says_wrong: Callable[[BaseException], bool] = lambda error: False,
        says_refused: Callable[[BaseException], bool] = lambda error: False,
    ) -> None:
        self.title = title
        self.columns = {column.name: column for column in columns}
        self.references = references
        self.situations: dict[str, Situation] = {}
        self._ours = tuple(str(Path(str(m.__file__)).parent) for m in (dualad, adapter))
        self._reset = reset
        self._says_wrong = says_wrong
        self._says_refused = says_refused
        self._cells: dict[tuple[str, str], Cell] = {}

    def situation(self, order: int = 1, takes: str = "mish") -> Callable[[Any], Any]:
        """Add a function ``run(f, reference)`` to the situations, under its own name."""

        def add(run: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
            name = run.__name__.strip("_").replace("_", " ")
            assert name not in self.situations, name
            theme = run.__module__.rpartition(".")[2]
            self.situations[name] = Situation(name, theme, order, takes, run)
            return run

        return add

    def cell(self, situation: str, column: str) -> Cell:
        """What a column makes of a situation; computed once."""
        key = situation, column
        if key not in self._cells:
            s = self.situations[situation]
            function = self.columns[column].functions[s.takes]
            self._cells[key] = self.judge(s, function, self.references[s.takes])
        return self._cells[key]

    def judge(self, situation: Situation, f: Any, reference: Any) -> Cell:
        """Run a situation and say what came of it."""
        self._reset()
        try:
            with _quiet():
                situation.run(f, reference)
        except Exception as error:
            return Cell(self._verdict(error), _line(error))
        return Cell("right")

    def _verdict(self, error: BaseException) -> str:
        # Frameworks wrap what they catch: the error that it started with is the one to look at.
        chain = list(_causes(error))
        if any(isinstance(e, WrongNumber) for e in chain):
            return "WRONG"
        if any(self._names_the_remedy(e) or self._says_refused(e) for e in chain):
            return "refused"
        return "WRONG" if self._says_wrong(error) else "fails"

    def _names_the_remedy(self, error: BaseException) -> bool:
        if not any(remedy in str(error) for remedy in REMEDIES):
            return False
        frames = traceback.extract_tb(error.__traceback__)
        ours = bool(frames) and frames[-1].filename.startswith(self._ours)
        of_second_order = isinstance(error, dualad.keep.SecondOrderError)
        return of_second_order or (isinstance(error, TypeError) and ours)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters and compilers are talkative."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {lines[0].strip()}"
