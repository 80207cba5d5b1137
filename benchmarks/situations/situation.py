"""A situation, and what a function makes of it: right, refused, fails, or WRONG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["VERDICTS", "Cell", "Situation", "WrongNumber", "require"]

VERDICTS = ("right", "refused", "fails", "WRONG")


@dataclass(frozen=True)
class Situation:
    """One way in which a framework's users call, differentiate, compile or store a function.

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


class WrongNumber(AssertionError):
    """A function returned, and what it returned is not right."""


def require(condition: bool, what: str) -> None:
    """Raise unless it holds: the numbers are right, but a promise besides is broken."""
    if not condition:
        raise AssertionError(what)
