"""Whether an activation computes what a module computes: values and gradients on probe points."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from dualad.conversion import NEAR, TOLERANCE, Probe, Unusable, distance, first_line, points

__all__ = ["compare", "of_numbers", "twin"]


@contextmanager
def of_numbers() -> Iterator[None]:
    """Exact arithmetic on the CPU, with gradients, whatever is set around the call."""
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.device("cpu"),
        torch.random.fork_rng(devices=[]),
        _disable_current_modes(),  # as FakeTensorMode, in which nothing has a value
    ):
        yield


def twin(thing: Any, dtype: torch.dtype) -> Any:
    """A copy on the CPU without hooks, to be measured in the original's place; a function itself.

    Raises
    ------
    Unusable
        There are no numbers to copy, or the class forbids it.
    """
    if not isinstance(thing, torch.nn.Module):
        return thing
    # Hooks may lead to anything, and are the user's to run: they are left behind before copying.
    bare = object.__new__(type(thing))
    hooks = {n: v for n, v in torch.nn.Module().__dict__.items() if "hook" in n}
    bare.__dict__ = {**thing.__dict__, **hooks}
    try:
        return copy.deepcopy(bare).to(device="cpu", dtype=dtype)
    except Exception as error:
        raise Unusable(f"cannot be copied to be checked ({first_line(error)})") from error


def compare(theirs: Any, ours: Any, arity: int) -> Probe:
    """Compare what two callables compute, in double precision.

    Parameters
    ----------
    theirs, ours : module or function
        Twins. Their parameters correspond in order. They are compared in training and evaluation
        mode, and with other values of the parameters.
    arity : int
        How many tensors they take.

    Returns
    -------
    Probe
        Its worst point.

    Raises
    ------
    Unusable
        `theirs` takes no such tensors or gives something else than one of the same shape.
    """
    worst: Probe | None = None
    parameters = list(zip(_parameters(theirs), _parameters(ours), strict=True))
    for moved in (False, True) if parameters else (False,):
        if moved:
            with torch.no_grad():
                for a, b in parameters:
                    b.copy_(a.mul_(1.1).add_(0.03))
        for training in (True, False) if isinstance(theirs, torch.nn.Module) else (True,):
            for side in (theirs, ours):
                if isinstance(side, torch.nn.Module):
                    side.train(training)
            found = _compare_shapes(theirs, ours, arity, [a for a, _ in parameters])
            if worst is None or found.worst > worst.worst:
                worst = found
    assert worst is not None
    return worst


def _compare_shapes(theirs: Any, ours: Any, arity: int, parameters: list[Any]) -> Probe:
    """The worst of all shapes that the module takes; the shape is that of the first."""
    found: list[Probe] = []
    refusals = []
    for x in _inputs(parameters):
        xs = [x.roll(k, 0) if k else x for k in range(arity)]
        try:
            got, overwritten = _results(theirs, xs)
        except Unusable as error:
            refusals.append(str(error))
            continue
        except Exception as error:
            tensors = "one tensor" if arity == 1 else f"{arity} tensors"
            refusals.append(f"cannot be called with {tensors} ({first_line(error)})")
            continue
        try:
            expected, overwriting = _results(ours, xs)
        except RuntimeError as error:  # of a shape that ours does not broadcast with
            return Probe(float("inf"), f"for shape {tuple(x.shape)}: {first_line(error)}", ())
        if overwritten and not overwriting:
            raise Unusable("works in place")
        found.append(distance([x.numpy() for x in xs], got, expected, TOLERANCE))
    if not found:
        raise Unusable(refusals[0])
    worst = max(found, key=lambda probe: probe.worst)
    return Probe(worst.worst, worst.where, found[0].shape)


def _inputs(parameters: list[Any]) -> Iterator[torch.Tensor]:
    """Probe points, in the shapes that parameters along some axis ask for."""
    every = torch.from_numpy(points())
    yield every
    if not parameters:
        return
    channels = max(p.numel() for p in parameters)
    # What overflows far out spoils the gradient of a parameter, which is a sum: so near ones, too.
    for some in (every, every[every.abs() <= NEAR]):
        wide = torch.stack([some.roll(k) for k in range(channels)], 1)
        for axes in (0, 1, 2):
            yield wide.reshape(*wide.shape, *(1,) * axes).expand(*wide.shape, *(2,) * axes)


def _results(fn: Callable[..., Any], xs: list[torch.Tensor]) -> tuple[list[tuple[str, Any]], bool]:
    """The value, and the gradients by all inputs and parameters; whether it worked in place."""
    leaves = [x.clone().requires_grad_() for x in xs]
    # Code that works in place may not write into a leaf.
    given = [leaf * 1 for leaf in leaves]
    y = fn(*given)
    if not isinstance(y, torch.Tensor) or y.shape != xs[0].shape:
        shape = tuple(y.shape) if isinstance(y, torch.Tensor) else type(y).__name__
        raise Unusable(f"is not element-wise: of shape {tuple(xs[0].shape)} it makes {shape}")
    learned = [p for p in _parameters(fn) if p.requires_grad]
    weights = torch.linspace(0.5, 1.5, y.numel(), dtype=torch.float64).reshape(y.shape)
    if not y.requires_grad:
        raise Unusable("has no gradient")
    gradients = torch.autograd.grad((y * weights).sum(), [*leaves, *learned], allow_unused=True)
    zeros = [torch.zeros_like(t) for t in (*leaves, *learned)]
    named = zip(gradients, zeros, strict=True)
    slopes = [(z if g is None else g).detach().double() for g, z in named]
    inputs = [("its derivative", (g / weights).numpy()) for g in slopes[: len(xs)]]
    results = [
        ("its value", y.detach().double().numpy()),
        *inputs,
        *(("the gradient of its parameter", g.numpy()) for g in slopes[len(xs) :]),
    ]
    return results, any(t._version > 0 for t in given)


def _parameters(thing: Any) -> list[torch.nn.Parameter]:
    return list(thing.parameters()) if isinstance(thing, torch.nn.Module) else []
