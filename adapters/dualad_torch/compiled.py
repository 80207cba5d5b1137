"""A program as one kernel, made by torch.compile: C++ on the CPU, Triton on CUDA.

The arrays go in as flat views in storage order, so that one kernel serves every shape and layout;
its size is dynamic. What else a kernel depends on is its key, and PyTorch's own guards, which cost
more than a small kernel, are left out. Arguments that broadcast against each other go in as they
are, guarded.
"""

from __future__ import annotations

import functools
import threading
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch

from dualad.compiler import CompilerWarning
from dualad.scalars import is_scalar

from .blocks import is_plain
from .fused import dialect

__all__ = ["TorchCompiler"]

Kernel = Callable[..., tuple[Any, ...]]


class TorchCompiler:
    """PyTorch's compiler."""

    dialect = dialect

    def __init__(self) -> None:
        self.works = True
        self._lock = threading.RLock()

    def prefers(self, arrays: Sequence[torch.Tensor]) -> bool:
        """On an accelerator, where a chain of small kernels loses what the method wins."""
        return not all(a.is_cpu for a in arrays)

    def accepts(self, arrays: Sequence[torch.Tensor]) -> bool:
        """Plain tensors, more than a number."""
        return self.works and is_plain(arrays) and any(a.numel() > 1 for a in arrays)

    def run(
        self,
        executable: Any,
        arguments: Sequence[Any],
        dtype: torch.dtype,
        outputs: Sequence[Any],
        inplace: bool,
    ) -> tuple[Any, ...] | None:
        """The outputs; None where there is no working compiler."""
        wide = [a for a in arguments if not is_scalar(a) and a.ndim > 0]
        if any(a.numel() == 0 for a in wide) or not wide:
            return None
        device = wide[0].device
        operands = [
            number(a, dtype, device, torch.is_inference_mode_enabled())
            if is_scalar(a)
            else a.detach()
            for a in arguments
        ]
        axes = storage_order(wide)
        if axes is not None:
            operands = [a.permute(axes).view(-1) if a.ndim else a for a in operands]
        key = (
            axes is None,
            device,
            dtype,
            *((a.dtype, a.ndim, a.device.type) for a in operands),
            tuple(outputs),
            inplace,
            torch.is_inference_mode_enabled(),
            torch.get_num_threads() if device.type == "cpu" else 0,
            max(a.numel() for a in wide) >= 1 << 31,
        )
        with torch.no_grad():
            kernel = executable.kernels.get(key)
            if kernel is None:
                computed = self._first(executable, key, operands, dtype, outputs, inplace)
            else:
                computed = kernel(*operands)
        if computed is None:
            return None
        results = list(computed)
        if axes is not None:
            results = [r if is_scalar(r) or not r.ndim else laid_out(r, wide[0]) for r in results]
        if inplace:
            results[0] = arguments[0]
        return tuple(results)

    def _first(
        self,
        executable: Any,
        key: Any,
        operands: Sequence[torch.Tensor],
        dtype: torch.dtype,
        outputs: Sequence[Any],
        inplace: bool,
    ) -> tuple[Any, ...] | None:
        """Build the kernel by its first call; another thread that wants it waits."""
        with self._lock:
            if (kernel := executable.kernels.get(key)) is not None:
                return kernel(*operands)  # type: ignore[no-any-return]

            def program(*operands: torch.Tensor) -> tuple[Any, ...]:
                results: tuple[Any, ...] = executable.traced(operands, dtype, outputs, inplace)
                return results

            options: Any = (
                None if key[0] else {"guard_filter_fn": torch.compiler.skip_all_guards_unsafe}
            )
            kernel = torch.compile(own_code(program), dynamic=True, fullgraph=True, options=options)
            try:
                results = kernel(*operands)
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                self._give_up(executable.program.title, error)
                return None
            executable.kernels[key] = kernel
            return results  # type: ignore[no-any-return]

    def _give_up(self, title: str, error: Exception) -> None:
        """Never try again: what is missing will be missing the next time."""
        self.works = False
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        warnings.warn(
            f"{title} could not be compiled ({type(error).__name__}: {reason}); dualad goes on "
            'without PyTorch\'s compiler, as with execution="blocks": slower, and no less exact. '
            "What is missing most often is a C++ compiler or, on CUDA, Triton",
            CompilerWarning,
            stacklevel=2,
        )


def laid_out(flat: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor of its own, and no view, on the memory of a flat one."""
    made = torch.empty(0, dtype=flat.dtype, device=flat.device)
    return made.set_(flat.untyped_storage(), 0, like.shape, like.stride())


def own_code(function: Kernel) -> Kernel:
    """The function with a code object of its own: what PyTorch compiles is filed under that."""
    return types.FunctionType(
        function.__code__.replace(),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )


@functools.lru_cache(maxsize=256)
def _number(value: str, dtype: torch.dtype, device: torch.device, _inference: bool) -> torch.Tensor:
    return torch.full((), float.fromhex(value), dtype=dtype, device=device)


def number(value: float, dtype: torch.dtype, device: torch.device, inference: bool) -> torch.Tensor:
    """A number as a tensor on the device, remembered: a transfer takes longer than a kernel."""
    wide = torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
    return _number(float(value).hex(), wide, device, inference)


def storage_order(arrays: Sequence[torch.Tensor]) -> list[int] | None:
    """The axes from the longest stride to the shortest; None if layouts differ or have holes."""
    first = arrays[0]
    if any(a.shape != first.shape or a.stride() != first.stride() for a in arrays[1:]):
        return None
    strides = first.stride()
    axes = sorted(range(first.ndim), key=lambda i: (-strides[i], i))
    return axes if first.permute(axes).is_contiguous() else None
