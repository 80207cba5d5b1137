"""The engine on NumPy arrays, against NumPy by hand, JAX and autograd."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

import dualad as da
from dualad.activations import mish

from .timing import alternate, print_times

__all__ = ["measure"]

Candidates = dict[str, Callable[[], object]]

WHOLE = mish.with_options(execution="whole")


def measure(quick: bool = False) -> None:
    """Value and derivative of mish, of one number; gradient and Hessian of Rosenbrock functions."""
    missing = [name for name in ("jax", "autograd") if find_spec(name) is None]
    if missing:
        print(f"without {' and '.join(missing)}: pip install {' '.join(missing)} to compare with\n")
    for title, candidates, rounds, calls in (
        ("value and derivative of mish, 4 M float32", pair(), 15, 1),
        ("value and derivative of x tanh(log1p(exp x)), one number", number(), 50, 100),
        ("gradient of the Rosenbrock function of 1,000 inputs", gradient(), 20, 20),
        ("Hessian of the Rosenbrock function of 100 inputs", hessian(), 10, 5),
    ):
        rounds = max(3, rounds // 10) if quick else rounds
        times = alternate(candidates, rounds=rounds, calls=calls)
        print(title)
        print_times(times, against=[name for name in times if name != "dualad"])
        print()
    print(f"transient memory of mish's pair, 4 M float32: {transient() / 2**20:.1f} MiB")


def pair() -> Candidates:
    """Value and derivative of mish on a large array."""
    x = (np.random.default_rng(0).normal(size=1 << 22) * 3).astype(np.float32)

    def by_hand() -> tuple[Any, Any]:
        """As one writes it in NumPy, exact in the tails."""
        e = np.exp(-np.abs(x))
        softplus = np.maximum(x, 0) + np.log1p(e)
        sigmoid = np.where(x > 0, 1, e) / (1 + e)
        t = np.tanh(softplus)
        q = np.exp(-2 * softplus)
        return x * t, t + x * (4 * q / (1 + q) ** 2) * sigmoid

    candidates: Candidates = {
        "dualad": lambda: mish.linearize(x),
        "NumPy": by_hand,
        "dualad, whole": lambda: WHOLE.linearize(x),
    }
    if find_spec("jax"):
        import jax

        one, there = np.ones_like(x), jax.numpy.asarray(x)

        def in_jax(v: Any) -> Any:
            return v * jax.numpy.tanh(jax.nn.softplus(v))

        compiled = jax.jit(lambda v: jax.jvp(in_jax, (v,), (one,)))
        candidates["jit(jvp)"] = lambda: compiled(there)[1].block_until_ready()
    return candidates


def number() -> Candidates:
    """Value and derivative at one number: what a call costs beyond the arithmetic."""
    both = da.value_and_derivative(lambda x: x * da.tanh(da.log1p(da.exp(x))))
    x = np.float64(0.5)

    def by_hand() -> tuple[Any, Any]:
        e = np.exp(x)
        t = np.tanh(np.log1p(e))
        return x * t, t + x * (1 - t * t) * e / (1 + e)

    candidates: Candidates = {"dualad": lambda: both(0.5), "NumPy": by_hand}
    if find_spec("autograd"):
        import autograd
        import autograd.numpy as anp

        slope = autograd.value_and_grad(lambda x: x * anp.tanh(anp.log1p(anp.exp(x))))
        candidates["autograd"] = lambda: slope(0.5)
    return candidates


def rosenbrock(x: Any) -> Any:
    """A chain of valleys: each input meets its neighbour (Rosenbrock 1960)."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def gradient() -> Candidates:
    """The gradient of a function of many inputs."""
    return _of_rosenbrock(1000, da.gradient, "grad", "grad")


def hessian() -> Candidates:
    """The Hessian of a function of some inputs."""
    return _of_rosenbrock(100, da.hessian, "hessian", "hessian")


def _of_rosenbrock(size: int, transform: Any, in_jax: str, in_autograd: str) -> Candidates:
    x = np.random.default_rng(0).normal(size=size)
    ours = transform(rosenbrock)
    candidates: Candidates = {"dualad": lambda: ours(x)}
    if find_spec("autograd"):
        import autograd

        theirs = getattr(autograd, in_autograd)(rosenbrock)
        candidates["autograd"] = lambda: theirs(x)
    if find_spec("jax"):
        import jax

        plain, there = getattr(jax, in_jax)(rosenbrock), jax.numpy.asarray(x)
        candidates["JAX, no jit"] = lambda: plain(there).block_until_ready()
    return candidates


def transient() -> int:
    """The peak of memory of mish's pair, beyond the two results, in bytes."""
    x = np.random.default_rng(0).normal(size=1 << 22).astype(np.float32)
    mish.linearize(x)  # threads and code are there
    tracemalloc.start()
    y, slope = mish.linearize(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - int(y.nbytes) - int(slope.nbytes)
