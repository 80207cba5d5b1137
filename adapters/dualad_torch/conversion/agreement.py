"""Whether an activation computes what a module computes: values and gradients on probe points."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

__all__ = ["Probe", "Unusable", "compare", "of_numbers", "twin"]

TOLERANCE = 4e-6
"""Of 1 or of the value, whichever is more: constants in hand-written code have seven digits."""

NEAR = 20.0
"""Beyond it a hand-written formula may overflow and be forgiven; an activation may not."""


class Unusable(Exception):
    """A module cannot be called as an activation is, or cannot be compared."""


@dataclass(frozen=True)
class Probe:
    """What a comparison found.

    Parameters
    ----------
    worst : float
        The largest distance, in tolerances: at most 1 is agreement.
    where : str
        The point, and what both sides give there.
    shape : tuple of int
        The shape of an input that the module takes.
    """

    worst: float
    where: str
    shape: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Whether all points are within the tolerance."""
        return self.worst <= 1.0


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
        raise Unusable(f"cannot be copied to be checked ({_first_line(error)})") from error


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
            refusals.append(f"cannot be called with {tensors} ({_first_line(error)})")
            continue
        try:
            expected, overwriting = _results(ours, xs)
        except RuntimeError as error:  # of a shape that ours does not broadcast with
            return Probe(float("inf"), f"for shape {tuple(x.shape)}: {_first_line(error)}", ())
        if overwritten and not overwriting:
            raise Unusable("works in place")
        found.append(_distance(xs, got, expected))
    if not found:
        raise Unusable(refusals[0])
    worst = max(found, key=lambda probe: probe.worst)
    return Probe(worst.worst, worst.where, found[0].shape)


def _inputs(parameters: list[Any]) -> Iterator[torch.Tensor]:
    """Probe points, in the shapes that parameters along some axis ask for."""
    tails = torch.logspace(-6, 4, 61, dtype=torch.float64)
    # No point is a kink of anything: there two right answers may differ.
    points = torch.cat([torch.linspace(-9.87, 9.91, 282, dtype=torch.float64), tails, -tails])
    yield points
    if not parameters:
        return
    channels = max(p.numel() for p in parameters)
    # What overflows far out spoils the gradient of a parameter, which is a sum: so near ones, too.
    for some in (points, points[points.abs() <= NEAR]):
        wide = torch.stack([some.roll(k) for k in range(channels)], 1)
        for axes in (0, 1, 2):
            yield wide.reshape(*wide.shape, *(1,) * axes).expand(*wide.shape, *(2,) * axes)


def _results(
    fn: Callable[..., Any], xs: list[torch.Tensor]
) -> tuple[list[tuple[str, torch.Tensor]], bool]:
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
    slopes = [(z if g is None else g).double() for g, z in named]
    inputs = [("its derivative", g / weights) for g in slopes[: len(xs)]]
    results = [
        ("its value", y.detach().double()),
        *inputs,
        *(("the gradient of its parameter", g) for g in slopes[len(xs) :]),
    ]
    return results, any(t._version > 0 for t in given)


def _distance(xs: list[torch.Tensor], got: Any, expected: Any) -> Probe:
    """The worst point of all results."""
    worst, where = 0.0, ""
    for (name, theirs), (_, ours) in zip(got, expected, strict=True):
        off = (theirs - ours).abs() / (TOLERANCE * ours.abs().clamp(min=1.0))
        off[theirs == ours] = 0.0
        if theirs.shape == xs[0].shape and name != "the gradient of its parameter":
            overflowed = torch.stack([x.abs() for x in xs]).amax(0) > NEAR
            off[~theirs.isfinite() & ours.isfinite() & overflowed] = 0.0
        elif not all(g.isfinite().all() for n, g in got[: 1 + len(xs)]):
            continue  # what overflowed has gone into the sum
        off[off.isnan()] = float("inf")
        if off.numel() and off.max() > worst:
            worst, at = float(off.max()), int(off.argmax())
            inputs = ", ".join(f"{float(x.flatten()[at]):.4g}" for x in xs)
            point = f" at {inputs}" if theirs.shape == xs[0].shape else ""
            values = float(theirs.flatten()[at]), float(ours.flatten()[at])
            where = f"{name}{point} is {values[0]:.6g} instead of {values[1]:.6g}"
    return Probe(worst, where, tuple(xs[0].shape))


def _parameters(thing: Any) -> list[torch.nn.Parameter]:
    return list(thing.parameters()) if isinstance(thing, torch.nn.Module) else []


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
