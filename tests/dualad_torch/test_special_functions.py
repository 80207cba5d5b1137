"""PyTorch's special functions: its own, half types rounded once, the rest written out."""

import mpmath
import numpy as np
import pytest
import torch

import dualad as da
from dualad.testing import ulp_error
from dualad_torch.functions import SPECIAL
from dualad_torch.namespace import namespace

mp = mpmath.mp

HALF = [torch.float16, torch.bfloat16]
WRITTEN = ["cbrt", "trigamma", "normal_hazard", "erfinv_slope", "sinc_slope", "gauss"]


@pytest.mark.parametrize("name", SPECIAL)
def test_values_are_pytorchs_own(name):
    x = torch.tensor([0.3, 0.61, 0.95], dtype=torch.float64)
    arguments = (x, x) if name.startswith("xlog") else (x,)
    assert torch.equal(getattr(da, name)(*arguments), SPECIAL[name](*arguments))


@pytest.mark.parametrize("dtype", HALF, ids=str)
@pytest.mark.parametrize("name", SPECIAL)
def test_half_types_are_computed_in_single_precision_and_rounded_once(name, dtype):
    x = torch.tensor([0.3, 0.61, 0.95], dtype=dtype)
    arguments = (x, x) if name.startswith("xlog") else (x,)
    got = getattr(da, name)(*arguments)
    assert got.dtype == dtype
    assert torch.equal(got, SPECIAL[name](*(a.float() for a in arguments)).to(dtype))


def test_numbers_stay_weak():
    x = torch.tensor([0.3], dtype=torch.bfloat16)
    assert da.xlogy(x, 2.0).dtype == da.xlogy(2.0, x).dtype == torch.bfloat16
    assert da.xlog1py(x, x.float()).dtype == torch.float32


@pytest.mark.parametrize("name", [*SPECIAL, *WRITTEN, "relu"])
def test_derivatives_are_numpys(name):
    x = np.array([0.3, 0.61, 0.95])
    f = getattr(da, name)
    g = (lambda v: f(v, v)) if name.startswith("xlog") else f
    for order in (1, 2, 3):
        got = da.derivative(g, order)(torch.from_numpy(x))
        np.testing.assert_allclose(got.numpy(), da.derivative(g, order)(x), rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "truth"),
    [("ndtr", mp.ncdf), ("log_ndtr", lambda x: mp.log(mp.ncdf(x))), ("sinc", mp.sincpi)],
)
def test_what_pytorch_computes_badly_programs_write_out(name, truth):
    """torch.special.ndtr has no right digit at -6 in single precision."""
    assert namespace.writes_out(name)
    x = np.linspace(-12.0, -0.3, 400).astype(np.float32)
    y = da.activation(getattr(da, name), name=name)(torch.from_numpy(x)).numpy()
    with mp.workdps(60):
        want = [truth(mp.mpf(float(v))) for v in x]
    assert np.abs(ulp_error(y, want)).max() <= 5.0


@pytest.mark.parametrize("name", [*SPECIAL, *WRITTEN, "relu"])
def test_blocks_give_what_the_whole_gives(name):
    x = torch.linspace(0.05, 0.95, 70_001)
    f = getattr(da, name)
    definition = (lambda x: f(x, x)) if name.startswith("xlog") else lambda x: f(x)
    activation = da.activation(definition, name=name)
    whole = activation.with_options(execution="whole").linearize(x)
    blocks = activation.with_options(execution="blocks").linearize(x)
    for a, b in zip(whole, blocks, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)
