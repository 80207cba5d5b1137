"""float16 and bfloat16, computed in single precision: every value there is, rounded once."""

import ml_dtypes
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

# NumPy warns of infinities and of NaN in a cast.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

HALF = [
    (name, compiled)
    for name in (
        *("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "reciprocal", "square"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "erf", "lgamma"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    )
    for compiled in (False, True)
    # XLA's lgamma is exact to nothing near its zeros, in single precision too.
    if (name, compiled) != ("lgamma", True)
]


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize(("name", "compiled"), HALF)
def test_half_types_are_rounded_once(name, dtype, compiled):
    every = np.arange(65536, dtype=np.uint16).view(dtype)
    normal = np.abs(every.astype(np.float64)) >= float(ml_dtypes.finfo(dtype).smallest_normal)
    x = every[normal & np.isfinite(every.astype(np.float64))]
    true = {"erf": scipy.special.erf, "lgamma": scipy.special.gammaln}.get(name) or getattr(
        np, name
    )
    with np.errstate(all="ignore"):
        want = true(x.astype(np.float64))
        info = ml_dtypes.finfo(dtype)
        # XLA takes a half of the smallest numbers, and flushes it to zero.
        smallest = 4.0 * float(info.smallest_normal)
        inside = (np.abs(want) >= smallest) & (np.abs(want) <= float(info.max))
        unit = 2.0 ** (np.floor(np.log2(np.abs(want))) - info.nmant)
    function = getattr(xp, name)
    got = (tf.function(function, jit_compile=True) if compiled else function)(tf.constant(x))
    assert got.dtype == x.dtype
    error = np.abs(got.numpy().astype(np.float64) - want) / unit
    assert error[inside].max() < 0.51


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize(
    "name", ["remainder", "floor_divide", "hypot", "atan2", "logaddexp", "pow"]
)
def test_half_types_in_functions_of_two_are_rounded_once(name, dtype):
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(0.5, 40.0, 1000).astype(dtype) for _ in range(2))
    want = getattr(np, name)(x.astype(np.float64), y.astype(np.float64))
    info = ml_dtypes.finfo(dtype)
    inside = (np.abs(want) < float(info.max)) & (
        (want == 0.0) | (np.abs(want) > float(info.smallest_normal))
    )
    got = getattr(xp, name)(tf.constant(x), tf.constant(y)).numpy()
    with np.errstate(all="ignore"):
        unit = np.where(want == 0.0, 1e-30, 2.0 ** (np.floor(np.log2(np.abs(want))) - info.nmant))
        error = np.abs(got.astype(np.float64) - want) / unit
    assert error[inside].max() < 0.51
