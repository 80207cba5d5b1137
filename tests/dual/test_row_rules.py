"""How rows apply to duals: half types, constants, singular slopes."""

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad.dual import CONSTANT, Tag
from dualad.rules import ROWS
from dualad.testing import ulp_error

mpmath.mp.dps = 50

SMOOTH = [row for row in ROWS if row.kind == "smooth" and row.arity == 1]


def all_halves():
    """Every finite number of half precision."""
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    return x[np.isfinite(x)]


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_half_precision_is_single_precision_rounded_once(row):
    x = all_halves()
    x = x[(x >= row.domain[0]) & (x <= row.domain[1])]
    function = getattr(da.array_namespace(da.Dual(x)), row.name)
    with np.errstate(all="ignore"):
        got = function(da.Dual(x, 1.0))
        want = function(da.Dual(x.astype(np.float32), 1.0)).tangent
        want = np.broadcast_to(np.float32(want), x.shape).astype(np.float16)
        value = getattr(da.array_namespace(x), row.name)(x)
    assert got.value.dtype == np.float16
    assert np.array_equal(got.value, value, equal_nan=True)
    tangent = np.broadcast_to(np.asarray(got.tangent, np.float16), x.shape)
    assert getattr(got.tangent, "dtype", np.float16) == np.float16
    assert np.array_equal(tangent, want, equal_nan=True)


def test_second_derivatives_of_half_types_are_rounded_once():
    x = np.float16([0.3, 1.7, 5.0])
    got = da.tanh(da.HyperDual(x, 1.0, 1.0))
    want = da.derivative(da.tanh, 2)(x.astype(np.float32)).astype(np.float16)
    assert (got.d1.dtype, got.d12.dtype) == (np.float16, np.float16)
    assert np.array_equal(got.d12, want)


def test_bfloat16():
    import torch

    x = torch.linspace(-8.0, 8.0, 33).to(torch.bfloat16)
    got = da.tanh(da.Dual(x, 1.0)).tangent
    assert got.dtype == torch.bfloat16
    assert torch.equal(got, da.derivative(da.tanh)(x.float()).to(torch.bfloat16))


def test_nested_half_types():
    x = np.float16([0.3, 1.7])
    inner = da.tanh(da.Dual(da.Dual(x, 1.0), 1.0))
    want = da.derivative(da.tanh, 2)(x.astype(np.float32)).astype(np.float16)
    assert inner.tangent.tangent.dtype == np.float16
    assert np.array_equal(inner.tangent.tangent, want)


def test_a_function_of_half_types_is_computed_in_single_precision():
    # Two roundings would be visible: exp(-x²) / x in half precision loses digits at each step.
    x = all_halves()
    x = x[(x > 0.05) & (x < 3.0)]

    def f(x):
        return da.exp(-x * x) / x

    got = da.derivative(f)(x)
    assert got.dtype == np.float16
    truth = [
        float(-mpmath.exp(-(mpmath.mpf(float(v)) ** 2)) * (2 + 1 / mpmath.mpf(float(v)) ** 2))
        for v in x
    ]
    assert np.abs(ulp_error(got, truth)).max() <= 0.51


def test_a_constant_beside_a_dual_is_an_array():
    constant = da.Dual(np.ones(2), None, CONSTANT)
    y = da.Dual(np.array([2.0, 3.0]), np.ones(2)) * constant
    assert type(y.value) is np.ndarray
    assert type(y.tangent) is np.ndarray
    assert (constant * 2.0).tag is CONSTANT


def test_the_frequent_case_refuses_a_leaked_number_too():
    with Tag() as tag:
        x = da.Dual(1.0, 1.0, tag)
    with pytest.raises(RuntimeError, match="exp: a dual number is used after"):
        da.exp(x)
    with pytest.raises(RuntimeError, match="add: a dual number is used after"):
        x + 1.0


def test_zero_times_infinity_is_zero_and_only_that():
    with np.errstate(all="ignore"):
        x = da.Dual(np.zeros(3), np.array([0.0, 1.0, np.nan]))
        tangent = da.sqrt(x).tangent
    assert tangent[:2].tolist() == [0.0, np.inf]
    assert np.isnan(tangent[2])
