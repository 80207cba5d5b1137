"""The catalogue as compiled kernels against mpmath, over the whole range."""

import numpy as np
import pytest
import torch
from mpmath import mpf

from dualad import activations
from dualad.testing import ulp_error
from tests.activations.conftest import CONSTANTS, TRUTHS, looked_at, truth

ULP = 8.0


def magnified(name, x):
    """What an exponential makes of an ulp in its argument, where that is not x itself."""
    b = np.minimum(np.abs(x.astype(float)), 40.0)
    if name == "gelu_tanh":
        return 5.0 * (b + 0.0447 * b**3)
    return 0.0


def check_exact(name, x, y, slope):
    _, sizes, _, terms = found = truth(name, x.dtype.type)
    tiny = np.finfo(x.dtype).smallest_normal
    for got, want, size in ((y, found[0], sizes), (slope, found[2], terms)):
        off = np.abs(
            ulp_error(got, [mpf(w) for w in want], np.minimum(size, np.finfo(x.dtype).max))
        )
        # A factor that is subnormal may be flushed to zero, though x times it would be normal.
        flushed = np.abs(got) <= 2.0 * tiny * np.clip(np.abs(x.astype(float)), 1.0, 1e3)
        small = size <= 2.0 * tiny * np.clip(np.abs(x.astype(float)), 1.0, 1e3)
        off[flushed & small] = 0.0
        i = int(np.argmax(off - magnified(name, x)))
        assert (off <= ULP + magnified(name, x)).all(), (x[i], got[i], float(want[i]), off[i])


@pytest.mark.parametrize("name", TRUTHS)
def test_the_catalogue_is_exact_over_the_whole_range(name):
    x = looked_at(name, np.float32)
    f = getattr(activations, name).with_options(execution="compiled")
    leaf = torch.from_numpy(x).clone().requires_grad_()
    y = f(leaf, *CONSTANTS.get(name, ()))
    (slope,) = torch.autograd.grad(y.sum(), leaf)
    check_exact(name, x, y.detach().numpy(), slope.numpy())


ENDS = torch.tensor([torch.nan, torch.inf, -torch.inf, 3e38, -3e38, 0.0, -0.0] * 5)


@pytest.mark.parametrize("name", TRUTHS)
def test_nan_and_infinities_are_those_of_whole_execution(name):
    found = []
    for execution in ("compiled", "whole"):
        f = getattr(activations, name).with_options(execution=execution)
        leaf = ENDS.clone().requires_grad_()
        y = f(leaf, *CONSTANTS.get(name, ()))
        found.append((y.detach(), torch.autograd.grad(y.sum(), leaf)[0]))
    for mine, other in zip(*found, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=0.0, equal_nan=True)


def test_inside_a_compiled_model_it_is_exact_in_double_precision():
    """What a user compiles calls the fused forms, too; one graph forward and one backward."""
    torch._dynamo.reset()
    names = ("elu", "tanhshrink", "softplus", "silu", "gelu", "mish", "serf")
    members = [(name, getattr(activations, name)) for name in names]

    def model(*xs):
        return [f(x) for x, (_, f) in zip(xs, members, strict=True)]

    points = [looked_at(name, np.float64) for name, _ in members]
    leaves = [torch.from_numpy(x).clone().requires_grad_() for x in points]
    results = torch.compile(model, fullgraph=True)(*leaves)
    slopes = torch.autograd.grad([y.sum() for y in results], leaves)
    for (name, _), x, y, slope in zip(members, points, results, slopes, strict=True):
        check_exact(name, x, y.detach().numpy(), slope.numpy())
