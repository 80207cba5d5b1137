"""The catalogue against mpmath: value and slope, over the whole range, wherever they run."""

import numpy as np
import pytest
import torch

from benchmarks.truths import magnified
from dualad import activations

ULP = 8.0


def by_numpy(f, x, further):
    with np.errstate(all="ignore"):
        y, slopes = f.linearize(x, *further)
    return y, slopes[0] if isinstance(slopes, tuple) else slopes


def by_torch(f, x, further):
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    y = f(leaf, *further)
    (slope,) = torch.autograd.grad(y.sum(), leaf)
    return y.detach().numpy(), slope.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["single", "double"])
@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("run", [by_numpy, by_torch])
def test_value_and_slope_are_exact_over_the_whole_range(
    name, run, execution, dtype, look, errors, constants
):
    x, values, sizes, slopes, terms = look(name, dtype)
    f = getattr(activations, name).with_options(execution=execution)
    y, slope = run(f, x, constants(name))
    assert y.dtype == slope.dtype == dtype
    allowed = ULP + magnified(name, x, by_scipy=run is by_numpy)
    for got, want, size in ((y, values, sizes), (slope, slopes, terms)):
        off = errors(name, x, got, want, size)
        i = int(np.argmax(off / allowed))
        assert (off <= allowed).all(), (x[i], got[i], float(want[i]), off[i])


@pytest.mark.parametrize("run", [by_numpy, by_torch])
def test_nan_stays_nan(name, run, constants):
    with np.errstate(all="ignore"):
        y, _ = run(getattr(activations, name), np.full(40, np.nan, np.float32), constants(name))
    assert np.isnan(y).all()
