"""Whether frameworks agree: one function, the same points, value and derivatives in each."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..definition import Activation
from ..rules import TABLE
from ..transforms import checked_order
from ..transforms import derivative as engine_derivative
from .checks import describe
from .measure import FLUSHED, neighbours, spacing
from .oracles import row_name
from .points import probe_points
from .reports import aligned, shortest

__all__ = ["Agreement", "FrameworkError", "check_frameworks_agree"]

Array = np.ndarray[Any, Any]
Function = Callable[..., Any]

SHOWN = 5


def _torch_gradient(module: Any, f: Any, x: Any) -> Any:
    leaf = x.clone().requires_grad_()
    return module.autograd.grad(f(leaf).sum(), leaf)[0]


def _tensorflow_gradient(module: Any, f: Any, x: Any) -> Any:
    with module.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, x)


def _jax_array(module: Any, x: Array) -> Any:
    y = module.numpy.asarray(x)
    if y.dtype != x.dtype:
        raise ValueError(
            f"jax has no {x.dtype} unless it is told: jax.config.update('jax_enable_x64', True)"
        )
    return y


@dataclass(frozen=True)
class Framework:
    """How a framework takes arrays, gives them back, and differentiates by itself."""

    array: Callable[[Any, Array], Any]
    numpy: Callable[[Any], Array]
    gradient: Callable[[Any, Any, Any], Any] | None = None


FRAMEWORKS: dict[str, Framework] = {
    "numpy": Framework(lambda module, x: x, np.asarray),
    "torch": Framework(
        lambda module, x: module.from_numpy(x.copy()),
        lambda y: np.asarray(y.detach().cpu().numpy()),
        _torch_gradient,
    ),
    "tensorflow": Framework(
        lambda module, x: module.constant(x), lambda y: np.asarray(y.numpy()), _tensorflow_gradient
    ),
    "jax": Framework(_jax_array, np.asarray),
}
"""What can be compared; each is imported when it is asked for, no sooner."""

DEFAULT = ("numpy", "torch", "tensorflow")


class FrameworkError(AssertionError):
    """Two frameworks disagree."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far frameworks are from one another.

    Parameters
    ----------
    function : str
        What was compared.
    points : ndarray
        Where.
    results : dict
        What each framework computed, by its name and the order of the derivative.
    ulp : dict
        The distance of every pair of frameworks, by their names and the order.
    """

    function: str
    points: Array
    results: dict[tuple[str, int], Array]
    ulp: dict[tuple[str, str, int], Array]

    @property
    def worst(self) -> float:
        """The largest distance of all."""
        return max((float(u.max(initial=0.0)) for u in self.ulp.values()), default=0.0)

    def __str__(self) -> str:
        rows = []
        for (a, b, order), u in self.ulp.items():
            i = int(np.argmax(u))
            rows.append((f"{a}, {b}", str(order), f"{u[i]:.3g}", shortest(self.points[i])))
        head = f"{self.function}: {len(self.points)} points ({self.points.dtype})"
        return "\n".join([head, *aligned(("frameworks", "order", "worst ulp", "at x"), rows)])


def check_frameworks_agree(
    f: Function,
    frameworks: Sequence[str] | None = None,
    *,
    ulp: float = 4.0,
    order: int | Sequence[int] = (0, 1),
    dtype: Any = np.float32,
    domain: tuple[float, float] | None = None,
    kinks: Sequence[float] = (),
    points: Any = None,
    constants: Sequence[float] = (),
) -> Agreement:
    """Check that value and derivatives are the same in every framework.

    Parameters
    ----------
    f : Activation or callable
        An activation is differentiated the way it trains, through the framework's own autograd; a
        plain function by `dualad.derivative` on the framework's arrays.
    frameworks : sequence of str, optional
        Of "numpy", "torch", "tensorflow", "jax"; by default the first three, where installed.
    ulp : float, optional
        How far apart two results may be, beyond what one ulp in x makes.
    order : int or sequence of int, optional
        Which derivatives; 0 is the value.
    dtype : dtype, optional
        float16, float32 or float64.
    domain : tuple of float, optional
        The closed interval to look at.
    kinks : sequence of float, optional
        Look there, and beside them.
    points : array_like, optional
        Look at these points instead.
    constants : sequence of float, optional
        Further arguments of `f`.

    Returns
    -------
    Agreement
        What was compared, with ``.worst`` and a table as text.

    Raises
    ------
    FrameworkError
        An `AssertionError` that says who differs from whom, where and by how much.
    ModuleNotFoundError
        A framework that is asked for is not installed.
    ValueError
        A framework is unknown, or fewer than two are compared.

    Notes
    -----
    NaN agrees with NaN and an infinity with the same infinity. Subnormal numbers may be flushed to
    zero, those also that are multiplied by x: TensorFlow and XLA do so.

    Examples
    --------
    >>> from dualad import testing
    >>> from dualad.activations import mish
    >>> testing.check_frameworks_agree(mish, ("numpy", "numpy")).worst
    0.0
    """
    names = _installed(frameworks)
    orders = [checked_order(k) for k in ((order,) if np.isscalar(order) else order)]  # type: ignore[union-attr]
    if points is None:
        row = TABLE.get(row_name(f) or "")
        domain = domain or (row.domain if row else (-np.inf, np.inf))
        x = probe_points(dtype, domain, kinks or (row.kinks if row else ()))
        x = x[np.isfinite(x)]
    else:
        x = np.asarray(points).astype(dtype).ravel()
    results = {
        (n, k): _evaluate(n, f, k, x, constants) for k in orders for n in dict.fromkeys(names)
    }
    ulp_apart, messages = {}, []
    for k in orders:
        sizes = _sizes(f, k, x, constants)
        for a, b in itertools.combinations(names, 2):
            got, other = results[a, k], results[b, k]
            distance, allowed = _apart(x, got, other, sizes, ulp)
            ulp_apart[a, b, k] = distance
            if (off := distance > allowed).any():
                messages.append(_message(f, k, (a, b), x, (got, other), distance, allowed, off))
    if messages:
        raise FrameworkError("\n\n".join(messages))
    return Agreement(describe(f), x, results, ulp_apart)


def _installed(frameworks: Sequence[str] | None) -> tuple[str, ...]:
    """The frameworks to compare, imported."""
    if frameworks is None:
        frameworks = [name for name in DEFAULT if find_spec(name)]
    unknown = [name for name in frameworks if name not in FRAMEWORKS]
    if unknown:
        raise ValueError(f"frameworks are {', '.join(FRAMEWORKS)}; got {', '.join(unknown)}")
    if len(frameworks) < 2:
        raise ValueError(f"a comparison takes two frameworks, got {list(frameworks)}")
    for name in frameworks:
        importlib.import_module(name)
    return tuple(frameworks)


def _evaluate(name: str, f: Function, order: int, x: Array, constants: Sequence[float]) -> Array:
    """One derivative in one framework, as a NumPy array."""
    framework, module = FRAMEWORKS[name], importlib.import_module(name)
    array = framework.array(module, x)

    def of(v: Any) -> Any:
        return f(v, *constants)

    with np.errstate(all="ignore"):
        if order == 0:
            result = of(array)
        elif not isinstance(f, Activation):
            result = engine_derivative(f, order)(array, *constants)
        elif order == 1 and framework.gradient is not None:
            result = framework.gradient(module, of, array)
        else:
            result = f.derivative(array, *constants, order=order)
    y = framework.numpy(result)
    if y.shape != x.shape:
        raise ValueError(f"{name}: the function maps shape {x.shape} to {y.shape}")
    if y.dtype != x.dtype:
        raise FrameworkError(f"{name}: {describe(f)} of {x.dtype} gives {y.dtype}")
    return y


def _sizes(f: Function, order: int, x: Array, constants: Sequence[float]) -> tuple[Array, Array]:
    """The size of the derivative beside a crossing of zero, and what one ulp in x makes of it."""
    wide = x.astype(np.float64)

    def size(v: Array, k: int) -> Array:
        found = np.abs(_evaluate("numpy", f, k, v, constants))
        return np.nan_to_num(found, nan=0.0, posinf=0.0)

    with np.errstate(all="ignore"):
        beside = np.minimum(*(size(place, order) for place in neighbours(wide)))
        return beside, size(wide, order + 1) * spacing(x)


def _apart(
    x: Array, got: Array, other: Array, sizes: tuple[Array, Array], ulp: float
) -> tuple[Array, Array]:
    """The distance in ulp of the larger result, and how much of it is allowed."""
    beside, moved = sizes
    dtype = x.dtype
    info = np.finfo(dtype)
    with np.errstate(all="ignore"):
        same = (got == other) | (np.isnan(got) & np.isnan(other))
        a, b = got.astype(np.float64), other.astype(np.float64)
        larger = np.fmax(np.abs(a), np.abs(b))
        unit = spacing(larger.astype(dtype))
        distance = np.where(same, 0.0, np.abs(a - b) / unit)
        distance = np.where(np.isnan(distance), np.inf, distance)
        crossing = np.maximum(spacing(np.maximum(larger, beside).astype(dtype)) - unit, 0.0)
        flushed = FLUSHED * float(info.smallest_normal) * np.maximum(np.abs(x.astype(float)), 1.0)
        return distance, ulp + (ulp * (crossing + moved) + flushed) / unit


def _message(
    f: Function,
    order: int,
    names: tuple[str, str],
    x: Array,
    results: tuple[Array, Array],
    distance: Array,
    allowed: Array,
    off: Array,
) -> str:
    """Who differs from whom, where and by how much."""
    which = "value" if order == 0 else f"derivative of order {order}"
    worst = sorted(np.nonzero(off)[0], key=lambda i: (-distance[i] / allowed[i], abs(x[i])))
    rows = [
        (
            *map(shortest, (x[i], results[0][i], results[1][i])),
            f"{distance[i]:.3g}",
            f"{allowed[i]:.3g}",
        )
        for i in worst[:SHOWN]
    ]
    head = (
        f"{names[0]} and {names[1]} differ: {which} of {describe(f)} ({x.dtype}), "
        f"at {int(off.sum())} of {len(x)} points; the worst:"
    )
    return "\n".join([head, *aligned(("x", *names, "ulp", "allowed"), rows)])
