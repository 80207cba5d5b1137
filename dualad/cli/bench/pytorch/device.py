"""Where PyTorch computes: its description, its clock, its compiler."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import torch

from .. import machine
from ..timing import Clock, wall_clock

__all__ = ["clock", "describe", "missing_compiler"]


def describe(device: str) -> machine.Machine:
    """The machine, PyTorch, and the GPU if it is used.

    Parameters
    ----------
    device : {"cpu", "cuda"}
        Where the benchmark runs.
    """
    found = machine.describe(threads=torch.get_num_threads(), torch=torch.__version__)
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        found["gpu"] = torch.cuda.get_device_name(0)
        found["gpu memory, GiB"] = round(properties.total_memory / 2**30)
        found["cuda"] = str(torch.version.cuda)
        with suppress(PackageNotFoundError):
            found["triton"] = version("triton")
    return found


def clock(device: str) -> Clock:
    """How a turn is timed on a device."""
    return wall_clock if device == "cpu" else _on_cuda


def _on_cuda(run: Callable[[], object], calls: int) -> float:
    """The seconds of a call on the GPU, between two events."""
    event: Any = torch.cuda.Event
    start, end = event(enable_timing=True), event(enable_timing=True)
    torch.cuda.synchronize()
    start.record()
    for _ in range(calls):
        run()
    end.record()
    torch.cuda.synchronize()
    return float(start.elapsed_time(end)) / 1e3 / calls


def missing_compiler(device: str) -> str | None:
    """What torch.compile needs on a device and does not find; None if it is there."""
    if device == "cuda":
        return None if find_spec("triton") else "Triton"
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    return None if shutil.which(compiler) else f"a C++ compiler ({compiler})"
