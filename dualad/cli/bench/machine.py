"""What a figure was measured on: without it a time says nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import dualad

__all__ = ["Machine", "describe", "sentence"]

Machine = dict[str, str | int]
"""Only what can be found out; all of it can be written as JSON."""

FRAMEWORKS = {"torch": "PyTorch", "tensorflow": "TensorFlow", "keras": "Keras"}


def describe(**framework: str | int) -> Machine:
    """The processor, the cores that this process may use, and the versions.

    Parameters
    ----------
    **framework
        What the framework knows: its version, its threads, the GPU if it is used.
    """
    return {
        "processor": _processor(),
        "cores": _cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "dualad": dualad.__version__,
        **framework,
    }


def sentence(machine: Machine) -> str:
    """The description in a line."""
    found = [f"{machine['processor']}", f"{machine['cores']} cores"]
    if "threads" in machine:
        found.append(f"{machine['threads']} threads")
    found += [f"{name} {machine[key]}" for key, name in FRAMEWORKS.items() if key in machine]
    gpu = f"{machine['gpu']}; " if "gpu" in machine else ""
    return f"{gpu}{', '.join(found)}, Python {machine['python']}"


def _processor() -> str:
    """The model, as Linux knows it; elsewhere what Python knows."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    """How many cores this process may use, which in a container may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
