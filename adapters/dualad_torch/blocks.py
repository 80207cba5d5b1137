"""PyTorch's CPU tensors in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import array_api_compat.torch as standard
import torch

from .functions import NATIVE, PROGRAMS, WRITERS

__all__ = ["PLAIN", "TorchBlocks", "flattened", "is_plain", "storage_order"]

PLAIN = frozenset((torch.Tensor, torch.nn.Parameter))


def is_plain(arrays: Sequence[Any]) -> bool:
    """Whether these are tensors in memory, of no tracer, transform or subclass.

    What is written into memory a block at a time, or by a kernel, is seen by no tracer: its program
    would keep memory that nobody has filled.
    """
    if (
        torch.compiler.is_compiling()
        or torch._C._get_tracing_state() is not None
        or torch._C._len_torch_dispatch_stack()
    ):
        return False
    for a in arrays:
        if type(a) not in PLAIN or a.layout is not torch.strided or a.is_meta:
            return False
        if torch._C._functorch.is_functorch_wrapped_tensor(a):
            return False
        if torch._C._functorch.is_legacy_batchedtensor(a):
            return False
    return True


def storage_order(arrays: Sequence[torch.Tensor]) -> list[int] | None:
    """The axes from the longest stride to the shortest; None if layouts differ or have holes."""
    first = arrays[0]
    strides = first.stride()
    for a in arrays[1:]:
        if a.shape != first.shape or a.stride() != strides:
            return None
    if first.is_contiguous():
        return list(range(first.ndim))
    axes = sorted(range(first.ndim), key=lambda i: (-strides[i], i))
    return axes if first.permute(axes).is_contiguous() else None


def flattened(array: torch.Tensor, axes: list[int]) -> torch.Tensor:
    """A view with one axis, in storage order."""
    if array.requires_grad:
        array = array.detach()
    if array.ndim == 1:
        return array
    return array.view(-1) if array.is_contiguous() else array.permute(axes).view(-1)


class TorchBlocks:
    """CPU tensors in blocks."""

    def __init__(self) -> None:
        self._modes: list[Any] = []

    def accepts(self, arrays: Sequence[Any]) -> bool:
        """Whether these very tensors can be walked: plain, on the CPU, of no transform."""
        return is_plain(arrays) and all(a.is_cpu for a in arrays)

    def flat(self, arrays: Sequence[Any]) -> list[Any] | None:
        """One-dimensional views in storage order; None if the layouts differ or have holes."""
        axes = storage_order(arrays)
        return None if axes is None else [flattened(a, axes) for a in arrays]

    def compact(self, array: Any) -> Any:
        """A copy without holes."""
        return array.detach().contiguous()

    def empty_like(self, array: Any, dtype: Any) -> Any:
        """A new tensor of the same shape and layout."""
        return torch.empty_like(array, dtype=dtype)

    def buffer(self, size: int, dtype: Any) -> Any:
        """A one-dimensional scratch tensor."""
        return torch.empty(size, dtype=dtype, device="cpu")

    def writer(self, name: str) -> Callable[..., Any]:
        """The function ``name`` that writes into ``out``."""
        if name in WRITERS:
            return WRITERS[name]
        program = PROGRAMS.get(name)
        function = program if callable(program) else NATIVE.get(name) or getattr(standard, name)
        return lambda *arguments, out: out.copy_(function(*arguments))

    def copy(self, source: Any, out: Any) -> Any:
        """Copy ``source`` into ``out``, converting the dtype."""
        out.copy_(source)

    def total(self, array: Any) -> float:
        """The sum of a block."""
        return float(array.sum())

    def constant(self, value: float, dtype: Any) -> Any:
        """A zero-dimensional tensor: 1.2 microseconds a call cheaper than a Python number."""
        return torch.tensor(value, dtype=dtype, device="cpu")

    def boolean(self) -> Any:
        """The boolean dtype."""
        return torch.bool

    def threads(self) -> int:
        """As many as PyTorch itself may use."""
        return torch.get_num_threads()

    def start_worker(self) -> None:
        """A worker computes alone: two pools of threads on one core would wait for each other.

        The setting holds for this thread only. Inference mode lets it write into tensors of either
        kind, whatever mode the calling thread is in.
        """
        # A thread takes PyTorch's setting over at its first parallel call, or here; after that its
        # own setting holds: 1.6 times faster, measured with mish, 4 M float32, two threads.
        torch.get_num_threads()
        torch.set_num_threads(1)
        mode = torch.inference_mode()
        mode.__enter__()
        self._modes.append(mode)  # it would end with the last reference to it

    def workers_started(self) -> None:
        """Threads that start later take their setting from the last that was made."""
        # The vector library sets itself up at its first call. Where two threads made it at once,
        # one of 3,000 processes had a block of exp or tanh that was 1e-4 off.
        torch.exp(torch.ones(64))
        torch.set_num_threads(torch.get_num_threads())

    def quiet(self) -> AbstractContextManager[Any]:
        """No autograd: what is kept for the backward pass is decided elsewhere."""
        return torch.no_grad()
