"""The peak of the process's resident memory; only Linux can be asked for it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["can_measure_resident", "resident_peak"]

STATUS, PEAK_RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def can_measure_resident() -> bool:
    """Whether this system can be asked for a peak."""
    return STATUS.exists() and os.access(PEAK_RESET, os.W_OK)


def resident_peak(run: Callable[[], object]) -> int:
    """How many bytes more than before are resident at the peak of a run.

    Exact to some pages, of megabytes, where malloc maps large arrays for themselves, so that what
    is freed is gone; and where nothing else runs in the process.
    """
    gc.collect()
    before = _resident("VmRSS")
    PEAK_RESET.write_text("5")  # the peak starts anew
    run()
    return _resident("VmHWM") - before


def _resident(field: str) -> int:
    """Bytes, of a field of the process's status."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024
