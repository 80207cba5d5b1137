"""A program as one kernel, made by torch.compile: C++ on the CPU, Triton on CUDA.

The arrays go in as flat views in storage order, so that one kernel serves every shape and layout;
its size is dynamic. What else a kernel depends on is its key. So nothing has to be guarded, and
what Inductor made is called without what PyTorch puts around it: 3 microseconds instead of 23.
Arguments that broadcast against each other go in as they are, and through PyTorch's guards.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch

from dualad.compiler import CompilerWarning
from dualad.scalars import is_scalar

from .blocks import flattened, is_plain, storage_order
from .functions import computing_dtype
from .fused import dialect

__all__ = ["TorchCompiler"]

Kernel = Callable[..., Sequence[Any]]

SAMPLE = 1 << 18
"""Elements that a kernel for the CPU is made for: enough for every core to get a share."""

NO_MEMORY = "can't allocate memory"
"""What the CPU's allocator says: it has no error of its own type for it."""

_serial = itertools.count(1)


class TorchCompiler:
    """PyTorch's compiler."""

    dialect = dialect

    def __init__(self) -> None:
        self.works = True
        self._lock = threading.RLock()

    def prefers(self, arrays: Sequence[torch.Tensor]) -> bool:
        """On an accelerator, where a chain of small kernels loses what the method wins."""
        return any(not a.is_cpu for a in arrays)

    def accepts(self, arrays: Sequence[torch.Tensor]) -> bool:
        """Plain tensors, more than a number, that stand in memory with their sign."""
        return (
            self.works
            and is_plain(arrays)
            and any(a.numel() > 1 for a in arrays)
            and not any(a.is_neg() for a in arrays)
        )

    def run(
        self,
        executable: Any,
        arguments: Sequence[Any],
        dtype: torch.dtype,
        outputs: Sequence[Any] | None,
        inplace: bool,
    ) -> Sequence[Any] | None:
        """The outputs; None where there is no working compiler."""
        wide = [a for a in arguments if not is_scalar(a) and a.ndim > 0]
        if not wide or any(a.numel() == 0 for a in wide):
            return None
        like = wide[0]
        axes = storage_order(wide)
        if axes is None and not fitting(wide):
            return None  # what is wrong is said elsewhere, and better
        quiet = torch.no_grad() if torch.is_grad_enabled() else contextlib.nullcontext()
        with quiet:
            operands = [
                number(a, dtype, like.device)
                if is_scalar(a)
                else (flattened(a, axes) if a.ndim and axes is not None else a.detach())
                for a in arguments
            ]
            key = (
                # PyTorch makes few kernels of one program, and one for every way to broadcast.
                axes is None and tuple(map(broadcasting, operands)),
                dtype,
                like.device,
                torch.get_num_threads() if like.is_cpu else None,
                like.numel() >> 31 > 0,
                outputs,
                inplace,
                *[(a.dtype, a.ndim, a.is_cpu) for a in operands],
            )
            kernel = executable.kernels.get(key)
            if kernel is None:
                computed = self._first(executable, key, operands, dtype, outputs, inplace)
                if computed is None:
                    return None
            else:
                computed = kernel(*operands)
            # What is an argument, or two results, is one tensor: autograd has to know.
            known = {place(a): given for a, given in zip(operands, arguments, strict=True)}
            reshaped = axes is not None and like.ndim > 1
            results = []
            for r in computed:
                if not is_scalar(r) and r.ndim:
                    where = place(r)
                    if where not in known:
                        known[where] = laid_out(r, like) if reshaped else r
                    r = known[where]
                results.append(r)
        if inplace:
            results[0] = arguments[0]
        return results

    def _first(
        self,
        executable: Any,
        key: Any,
        operands: Sequence[torch.Tensor],
        dtype: torch.dtype,
        outputs: Sequence[Any] | None,
        inplace: bool,
    ) -> Sequence[Any] | None:
        """Build the kernel by its first call; another thread that wants it waits."""
        if not executable.program.calls:
            return None  # there is nothing to compile
        with self._lock:
            if (kernel := executable.kernels.get(key)) is not None:
                return kernel(*operands)  # type: ignore[no-any-return]

            def program(*operands: torch.Tensor) -> Sequence[Any]:
                return executable.traced(operands, dtype, outputs, inplace)  # type: ignore[no-any-return]

            from torch._dynamo import config as dynamo  # takes seconds to import

            by_itself = not (key[0] or inplace)
            samples = [sample(a) for a in operands] if by_itself else operands
            made: list[Any] = []
            backend = functools.partial(_inductor, made)
            guarded: Any = torch.compile(own_code(program), backend=backend, dynamic=True)
            try:
                # A kernel made in inference mode would serve nowhere else; but to leave that mode
                # enables gradients. The numbers in the forms are no arguments.
                with (
                    torch.inference_mode(False),
                    torch.no_grad(),
                    dynamo.patch(specialize_float=True),
                ):
                    results = guarded(*samples)
            except Exception as error:
                # Dynamo wraps what is raised while Inductor works.
                inner = getattr(error, "inner_exception", error)
                if isinstance(inner, torch.OutOfMemoryError) or NO_MEMORY in str(inner):
                    raise inner from error
                self._give_up(executable.program.title, error)
                return None
            direct = _direct(made, samples, results) if by_itself else None
            if made:  # else Dynamo is switched off, and the call has run as it is
                executable.kernels[key] = direct or guarded
            return (direct or guarded)(*operands) if by_itself else results

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


def _inductor(made: list[Any], graph: Any, inputs: Sequence[Any]) -> Any:
    """Inductor as a backend, which also notes what it made of the graph, and for which inputs."""
    from torch._functorch import config as functorch
    from torch._inductor import config as inductor
    from torch._inductor.compile_fx import compile_fx, compile_fx_inner

    def inner(graph: Any, inputs: Sequence[Any], **options: Any) -> Any:
        code = compile_fx_inner(graph, inputs, **options)
        made.append((code, inputs))
        return code

    # AOTAutograd's cache would give the whole back without asking; Inductor's own goes on working.
    # One kernel needs one thread: in a forked child, a DataLoader's worker, the threads of
    # Inductor's pool are gone, and what is given to them is waited for in vain.
    with (
        functorch.patch(enable_autograd_cache=False),
        inductor.patch(compile_threads=1),
    ):
        return compile_fx(graph, inputs, inner_compile=inner)


def _direct(
    made: Sequence[Any], operands: Sequence[torch.Tensor], results: Sequence[Any]
) -> Kernel | None:
    """What Inductor made, called as it is; None if it is not what it is expected to be.

    It takes the size, where the size is dynamic, and the operands in their order, in a list that it
    empties, and leaves out results that are numbers. The proof is that it gives the same bits.
    """
    if len(made) != 1:
        return None
    code, inputs = made[0]
    sizes = [isinstance(i, torch.SymInt) for i in inputs]
    wide = next(i for i, a in enumerate(operands) if a.ndim > 0)
    if sizes.count(False) != len(operands) or sizes.count(True) > 1:
        return None
    place = sizes.index(True) if True in sizes else None
    numbers = {i: r for i, r in enumerate(results) if is_scalar(r)}

    def kernel(*operands: torch.Tensor) -> Sequence[Any]:
        inputs: list[Any] = list(operands)
        if place is not None:
            inputs.insert(place, operands[wide].shape[0])
        computed = code(inputs)
        if not numbers:
            return computed  # type: ignore[no-any-return]
        tensors = iter(computed)
        return [numbers[i] if i in numbers else next(tensors) for i in range(len(results))]

    try:
        again = kernel(*operands)
    except Exception:  # whatever it says, there is the other way
        return None
    same = len(again) == len(results) and all(
        i in numbers
        or (
            isinstance(a, torch.Tensor)
            and isinstance(r, torch.Tensor)
            and torch.allclose(a, r, rtol=0.0, atol=0.0, equal_nan=True)
        )
        for i, (a, r) in enumerate(zip(again, results, strict=True))
    )
    return kernel if same else None


def fitting(arrays: Sequence[torch.Tensor]) -> bool:
    """Whether arrays broadcast against each other."""
    try:
        torch.broadcast_shapes(*(a.shape for a in arrays))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return False
    return True


def broadcasting(array: torch.Tensor) -> tuple[bool, ...]:
    """Along which axes an array is repeated, and whether it has the plain layout."""
    return (array.is_contiguous(), *(n == 1 for n in array.shape))


def place(array: torch.Tensor) -> tuple[Any, ...]:
    """What two tensors have in common that are the same numbers in memory."""
    return array.data_ptr(), array.dtype, array.shape, array.stride()


def sample(array: torch.Tensor) -> torch.Tensor:
    """An array to compile for, instead of the first that comes.

    C++ made for a small array would never share the work out to threads, and of a view Dynamo takes
    what it knows of its base for arguments, too.
    """
    if array.ndim == 0:
        return array
    if array.is_cpu and array.numel() >> 31 == 0:
        first = -4.0 if array.is_floating_point() else 0.0
        return torch.linspace(first, 4.0, SAMPLE, dtype=array.dtype)
    return array.clone() if array.storage_offset() else laid_out(array, array)


def laid_out(flat: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor of its own, and no view, on the memory of a flat one."""
    made = torch.empty(0, dtype=flat.dtype, device=flat.device)
    return made.set_(flat.untyped_storage(), 0, like.shape, like.stride())


def own_code(function: Kernel) -> Kernel:
    """The function with a code object unlike all others: what PyTorch makes is filed under it."""
    return types.FunctionType(
        function.__code__.replace(co_name=f"{function.__name__}_{next(_serial)}"),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )


@functools.lru_cache(maxsize=256)
def _number(value: str, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    with torch.inference_mode(False):
        return torch.full((), float.fromhex(value), dtype=dtype, device=device)


def number(value: float, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """A number as a tensor on the device, remembered: a transfer takes longer than a kernel."""
    return _number(float(value).hex(), computing_dtype(dtype), device)
