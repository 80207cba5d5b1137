"""Times that can be compared on a noisy machine: all candidates take turns in one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["Clock", "alternate", "print_times", "wall_clock"]

Clock = Callable[[Callable[[], object], int], float]
"""Takes a candidate and a number of calls, and gives the seconds of one call."""


def wall_clock(run: Callable[[], object], calls: int) -> float:
    """The seconds of a call, of ``calls`` in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def alternate(
    candidates: Mapping[str, Callable[[], object]],
    rounds: int,
    calls: int = 1,
    clock: Clock = wall_clock,
    turn_done: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """The median time of each candidate, in seconds; a first round is not counted.

    A turn is `calls` calls in a row: one call of a few microseconds alone would be measured with
    the caches as another candidate has left them. `turn_done` is called after each of the
    ``(rounds + 1) * len(candidates)`` turns.
    """
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds + 1):
        for name, run in candidates.items():
            times[name].append(clock(run, calls))
            turn_done()
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def print_times(times: Mapping[str, float], against: list[str]) -> None:
    """A table of medians, and of the ratios to some of the candidates."""
    width = max(map(len, times))
    unit, factor = ("ms", 1e3) if max(times.values()) > 1e-3 else ("µs", 1e6)
    print(" " * width, f"{unit:>9}", *(f"{'/ ' + name:>{len(name) + 4}}" for name in against))
    for name, seconds in times.items():
        ratios = [f"{seconds / times[other]:>{len(other) + 4}.2f}" for other in against]
        print(f"{name:<{width}} {seconds * factor:>9.2f}", *ratios)
