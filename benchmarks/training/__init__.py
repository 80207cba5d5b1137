"""Whether networks learn as well when f' is kept in few bits."""

from .report import main

__all__ = ["main"]
