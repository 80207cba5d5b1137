"""What a figure was measured on: without it a time says nothing."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

import dualad

__all__ = ["describe", "sentence"]


def describe(device: str) -> dict[str, str | int]:
    """The processor, the cores that this process may use, the versions, and the GPU if it is used.

    Parameters
    ----------
    device : {"cpu", "cuda"}
        Where the benchmark runs.

    Returns
    -------
    dict
        Only what can be found out; all of it can be written as JSON.
    """
    found: dict[str, str | int] = {
        "processor": _processor(),
        "cores": _cores(),
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "dualad": dualad.__version__,
    }
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        found["gpu"] = torch.cuda.get_device_name(0)
        found["gpu memory, GiB"] = round(properties.total_memory / 2**30)
        found["cuda"] = str(torch.version.cuda)
        with suppress(PackageNotFoundError):
            found["triton"] = version("triton")
    return found


def sentence(machine: dict[str, str | int]) -> str:
    """The description in a line."""
    gpu = f"{machine['gpu']}; " if "gpu" in machine else ""
    return (
        f"{gpu}{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads, "
        f"PyTorch {machine['torch']}, Python {machine['python']}"
    )


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
