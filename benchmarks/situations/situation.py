"""A situation, and what a function makes of it: right, refused, fails, or WRONG."""

from __future__ import annotations

import contextlib
import io
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.autograd.gradcheck import GradcheckError

import dualad
import dualad_torch
from dualad.keep import SecondOrderError

from .truth import WrongNumber

__all__ = ["SITUATIONS", "Cell", "Situation", "judge", "situation"]

OURS = tuple(str(Path(module.__file__).parent) for module in (dualad, dualad_torch))
REMEDIES = ('keep="input"', "order=2", "with_options(", "write ", "pass ", "use ")


@dataclass(frozen=True)
class Situation:
    """One way in which PyTorch's users call, differentiate, compile or store a function.

    Parameters
    ----------
    name : str
        What is done.
    theme : str
        The file it stands in.
    order : int
        The highest derivative that is asked for, or recorded on the way to it.
    takes : {"mish", "prelu"}
        The function it is made for: of one argument, or with a learned one.
    run : callable
        ``run(f, reference)`` raises if ``f`` gives something else than the reference does.
    """

    name: str
    theme: str
    order: int
    takes: str
    run: Callable[[Any, Any], None]


SITUATIONS: dict[str, Situation] = {}
"""By name. A file of situations elsewhere adds its own with `situation`."""


def situation(order: int = 1, takes: str = "mish") -> Callable[[Any], Any]:
    """Add a function ``run(f, reference)`` to the situations, under its own name."""

    def add(run: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        name = run.__name__.strip("_").replace("_", " ")
        assert name not in SITUATIONS, name
        theme = run.__module__.rpartition(".")[2]
        SITUATIONS[name] = Situation(name, theme, order, takes, run)
        return run

    return add


@dataclass(frozen=True)
class Cell:
    """What came of it.

    Parameters
    ----------
    verdict : {"right", "refused", "fails", "WRONG"}
        Refused is an error of dualad's own that names the remedy; fails is any other.
    reason : str
        The error, where there is one.
    """

    verdict: str
    reason: str = ""


def judge(situation: Situation, f: Any, reference: Any) -> Cell:
    """Run a situation and say what came of it."""
    torch.compiler.reset()
    try:
        with _quiet():
            situation.run(f, reference)
    except Exception as error:
        return Cell(_verdict(error), _first_line(error))
    return Cell("right")


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


def _verdict(error: BaseException) -> str:
    # PyTorch wraps what it catches: the error that it started with is the one to look at.
    chain = list(_causes(error))
    if any(isinstance(e, WrongNumber) for e in chain):
        return "WRONG"
    if any(_names_the_remedy(e) for e in chain):
        return "refused"
    if isinstance(error, GradcheckError) and "mismatch" in str(error):
        return "WRONG"
    return "fails"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _names_the_remedy(error: BaseException) -> bool:
    if not any(remedy in str(error) for remedy in REMEDIES):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    ours = bool(frames) and frames[-1].filename.startswith(OURS)
    return isinstance(error, SecondOrderError) or (isinstance(error, TypeError) and ours)


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    return f"{type(error).__name__}: {lines[0].strip()}"
