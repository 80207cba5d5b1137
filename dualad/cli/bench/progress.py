"""A progress bar for long work, where there is a terminal to draw it on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

__all__ = ["Progress", "progress_bar"]


class Progress:
    """What long work tells about itself.

    Parameters
    ----------
    update : callable
        Called after each unit of work.
    describe : callable
        Called with what is done next.
    """

    def __init__(
        self,
        update: Callable[[], object] = lambda: None,
        describe: Callable[[str], object] = lambda text: None,
    ) -> None:
        self.update = update
        self.describe = describe


@contextmanager
def progress_bar(total: int, unit: str) -> Iterator[Progress]:
    """A bar on a terminal where tqdm is installed, and silence elsewhere.

    Parameters
    ----------
    total : int
        How many units of work there are.
    unit : str
        What a unit is called.
    """
    if not sys.stderr.isatty() or find_spec("tqdm") is None:
        yield Progress()
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=unit, leave=False) as bar:
        yield Progress(bar.update, bar.set_description)
