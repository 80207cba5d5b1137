"""One definition in every framework and mode: how far value and slope are from the truth."""

from .report import main

__all__ = ["main"]
