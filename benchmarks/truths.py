"""The truth about the catalogue: values and slopes by mpmath, and where to look at them."""

from __future__ import annotations

import functools

import numpy as np
from mpmath import mp, mpf

from dualad import activations
from dualad.testing import points

__all__ = ["CONSTANTS", "GATES", "TRUTHS", "errors", "looked_at", "magnified", "truth"]

FAR = 3000
"""Beyond it an exponential is 0 or infinite in every dtype; mpmath would take seconds for it."""

PIECES = (-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)
"""Where some member of the catalogue has a kink, or might have one."""


def near(x):
    return min(max(x, mpf(-FAR)), mpf(FAR))


def exp(x):
    return mp.exp(near(x))


def tanh(x):
    return mp.tanh(near(x))


def sech(x):
    return mp.sech(near(x))


def logistic(x):
    return 1 / (1 + exp(-x))


def log1p_exp(x):
    return x if x > FAR else mp.log1p(exp(x))


def clip(x, low, high):
    return min(max(x, mpf(low)), mpf(high))


def normal(x):
    return mp.erfc(-clip(x, -60, 60) / mp.sqrt(2)) / 2


def density(x):
    return mp.npdf(clip(x, -60, 60))


def exponential(x, left, slope, right=1):
    """``right x``, else ``left (e^x - 1)`` with the slope ``slope e^x``."""
    if x > 0:
        return right * x, right
    return left * mp.expm1(near(x)), slope * exp(x)


def gated(gate):
    """``x gate(x)``, of which `gate` gives value and slope: two terms of the slope."""

    def function(x):
        g, slope = gate(x)
        return x * g, g, x * slope

    return function


def softplus_gate(outer, slope):
    return gated(lambda x: (outer(log1p_exp(x)), slope(log1p_exp(x)) * logistic(x)))


def gelu_tanh(x):
    c, k = mp.sqrt(8 / mp.pi), mpf("0.044715")
    b = clip(x, -1000, 1000)
    u = c * (b + k * b**3)
    s = logistic(u)
    return x * s, s, x * s * logistic(-u) * c * (1 + 3 * k * b * b)


def squareplus(x):
    """Left of zero by ``(x + r) (r - x) = b``: 40 digits are not enough for the difference."""
    r = mp.hypot(x, 2)
    y = (x + r) / 2 if x > 0 else 2 / (r - x)
    return y, y / r


def pau(x):
    c = [mpf(v) for v in activations.pau.defaults.values()]
    a, b = c[:6], [mpf(0), *c[6:]]
    p, q = (mp.fsum(v * x**k for k, v in enumerate(s)) for s in (a, b))
    dp, dq = (mp.fsum(k * v * x ** (k - 1) for k, v in enumerate(s) if k) for s in (a, b))
    d = 1 + abs(q)
    return p / d, dp / d, -p * mp.sign(q) * dq / d**2


SELU = mpf("1.7580993408473768599402175208123")
SELU_SCALE = mpf("1.0507009873554804934193349852946")

TRUTHS = {
    "relu": lambda x: (max(x, 0), x > 0),
    "leaky_relu": lambda x: (x, 1) if x > 0 else (x * mpf(0.01), mpf(0.01)),
    "prelu": lambda x: (x, 1) if x > 0 else (x / 4, mpf(1) / 4),
    "relu6": lambda x: (clip(x, 0, 6), 0 < x < 6),
    "threshold": lambda x: (x, 1) if x > 0.5 else (2, 0),
    "elu": lambda x: exponential(x, 1, 1),
    "celu": lambda x: exponential(x, 1, 1),
    "selu": lambda x: exponential(x, SELU, SELU, SELU_SCALE),
    "sigmoid": lambda x: (logistic(x), logistic(x) * logistic(-x)),
    "tanh": lambda x: (tanh(x), sech(x) ** 2),
    "softsign": lambda x: (x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2),
    "hardsigmoid": lambda x: (clip(x + 3, 0, 6) / 6, (-3 < x < 3) * mpf(1) / 6),
    "hardtanh": lambda x: (clip(x, -1, 1), -1 < x < 1),
    "softplus": lambda x: (log1p_exp(x), logistic(x)),
    "log_sigmoid": lambda x: (-log1p_exp(-x), logistic(-x)),
    "squareplus": squareplus,
    "tanhshrink": lambda x: (x - tanh(x), tanh(x) ** 2),
    "softshrink": lambda x: (x - clip(x, -0.5, 0.5), abs(x) > 0.5),
    "hardshrink": lambda x: (x * (abs(x) > 0.5), abs(x) > 0.5),
    "silu": gated(lambda x: (logistic(x), logistic(x) * logistic(-x))),
    "swish": gated(lambda x: (logistic(x), logistic(x) * logistic(-x))),
    "gelu": gated(lambda x: (normal(x), density(x))),
    "gelu_tanh": gelu_tanh,
    "mish": softplus_gate(tanh, lambda s: sech(s) ** 2),
    "tanhexp": gated(lambda x: (tanh(exp(x)), exp(x) * sech(exp(x)) ** 2)),
    "serf": softplus_gate(
        lambda s: mp.erf(clip(s, 0, 60)),
        lambda s: 2 / mp.sqrt(mp.pi) * exp(-(s**2)),
    ),
    "hardswish": lambda x: (
        x * clip(x + 3, 0, 6) / 6,
        *((0, 0) if x <= -3 else (1, 0) if x >= 3 else (clip(x + 3, 0, 6) / 6, x / 6)),
    ),
    "snake": lambda x: (x + mp.sin(x) ** 2, mpf(1), mp.sin(2 * x)),
    "pau": pau,
}
"""By name: the value, then the terms that the slope is the sum of."""

UP = 1.5
GATES = {"swiglu": "silu", "geglu": "gelu", "reglu": "relu"}
"""What opens the other half, which is `UP` here."""

TRUTHS |= {
    name: lambda x, gate=TRUTHS[gate]: [UP * term for term in gate(x)]
    for name, gate in GATES.items()
}


def pau_terms(x):
    a = list(activations.pau.defaults.values())[:6]
    d = 1 + activations.pau.defaults["b2"] * x * x + activations.pau.defaults["b4"] * x**4
    return (
        max(abs(c * x**k) for k, c in enumerate(a)) / d,
        max(abs(k * c * x ** (k - 1)) for k, c in enumerate(a) if k) / d,
    )


SUMS = {
    "tanhshrink": lambda x: (abs(x), 0.0),
    "snake": lambda x: (abs(x), 0.0),
    "pau": pau_terms,
}
"""The larger terms of value and slope, where the value is a sum that cancels."""

CONSTANTS = {"threshold": (0.5, 2.0)} | dict.fromkeys(GATES, (UP,))
"""Further arguments, where they have no default."""

RANGE = {
    # Powers of x overflow beyond.
    "pau": {np.float32: 1e6, np.float64: 1e50},
    # NumPy's and PyTorch's own sine of large numbers is another matter.
    "snake": {np.float32: 1e4, np.float64: 1e4},
}
"""Up to where, if not over the whole range."""


@functools.cache
def looked_at(name, dtype):
    """The points: special ones, kinks and their neighbours, the middle, both tails."""
    reach = 110 if dtype == np.float32 else 760
    grids = [np.linspace(-12, 12, 161), np.linspace(-reach, reach, 61)]
    special = points.special_points(dtype, kinks=PIECES)
    x = np.unique(np.concatenate([special, *(g.astype(dtype) for g in grids)]))
    x = x[np.isfinite(x)]
    return x[np.abs(x) <= RANGE.get(name, {}).get(dtype, np.inf)]


@functools.cache
def truth(name, dtype):
    """Value, its size, slope, and the size of the slope's larger term, at these points."""
    with mp.workdps(40):
        found = [[+mpf(t) for t in TRUTHS[name](mpf(float(v)))] for v in looked_at(name, dtype)]
        values = [f[0] for f in found]
        slopes = [mp.fsum(f[1:]) for f in found]
    size = SUMS.get(name, lambda x: (0.0, 0.0))
    terms = [size(float(x)) for x in looked_at(name, dtype)]
    return (
        values,
        np.array([max(abs(float(v)), t[0]) for v, t in zip(values, terms, strict=True)]),
        slopes,
        np.array(
            [max(*(abs(float(v)) for v in f[1:]), t[1]) for f, t in zip(found, terms, strict=True)]
        ),
    )


FLUSHED = {"gelu_tanh": 50.0}
"""What a subnormal factor is multiplied by beside x, if more than 2: here the slope of a cube."""


def errors(name, x, got, want, size, *, flushes=True):
    """Signed errors in ulp of the size, beyond what a subnormal factor makes.

    Such a factor is rough, or flushed to zero, though x times it would be a normal number. Who
    flushes takes a subnormal argument for zero, too, which is a kink of some.
    """
    info = np.finfo(got.dtype)
    tiny = float(info.smallest_normal)
    with np.errstate(all="ignore"):
        below = np.nextafter(info.max, 0.0)  # an ulp of the largest number itself overflows
        unit = np.spacing(np.clip(size, tiny, below).astype(got.dtype)).astype(np.float64)
        target = np.array([float(w) for w in want]).astype(got.dtype)
        off = np.array(
            [
                float(mpf(float(g)) - w) if np.isfinite(g) else np.inf
                for g, w in zip(got, want, strict=True)
            ]
        )
        rough = FLUSHED.get(name, 2.0) * tiny * np.clip(np.abs(x.astype(float)), 1.0, 1e3)
        off = np.sign(off) * np.maximum(np.abs(off) - rough, 0.0) / unit
        off[np.isinf(target) & (got == target)] = 0.0
    if flushes:
        off[(x != 0) & (np.abs(x) < tiny) & (got == got[x == 0][0])] = 0.0
    return off


def magnified(name, x, *, by_scipy=False):
    """What an exponential makes of an ulp in its argument, where that is not x itself, in ulp.

    SciPy's ndtr, which NumPy's float64 arrays go through, scales x by √½ before it squares it.
    """
    b = np.minimum(np.abs(x.astype(float)), 40.0)
    if name == "gelu_tanh":
        return 5.0 * (b + 0.0447 * b**3)
    if by_scipy and name in ("gelu", "geglu") and x.dtype == np.float64:
        return 2.0 * b * b
    return np.zeros(len(x))
