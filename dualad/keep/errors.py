"""What a form of keeping cannot do, said with what to write instead."""

from __future__ import annotations

__all__ = ["KeepError", "SecondOrderError"]


class KeepError(ValueError):
    """A form of ``dualad.keep`` does not serve this activation, with these arguments."""


class SecondOrderError(RuntimeError):
    """More derivatives were asked of an activation than it keeps.

    Parameters
    ----------
    name : str
        The activation.
    kept : int
        How many derivatives it keeps.
    """

    def __init__(self, name: str, kept: int = 1) -> None:
        self.name, self.kept = name, kept
        words = {1: ("only its first derivative", "twice"), 2: ("two derivatives", "three times")}
        what, times = words[kept]
        also = f" or {name}.with_options(order=2), which keeps the second, too" if kept == 1 else ""
        super().__init__(
            f"{name} keeps {what} for the backward pass, so it cannot be differentiated {times}; "
            f'use {name}.with_options(keep="input"), which keeps the input and works to any '
            f"order{also}"
        )

    def __reduce__(self) -> tuple[type[SecondOrderError], tuple[str, int]]:
        return type(self), (self.name, self.kept)
