"""Half types: computed in single precision, rounded once; what is kept of f'."""

import numpy as np
import pytest
import torch
import torch._dynamo.testing

import dualad as da
from dualad.activations import mish, tanhexp
from dualad_torch import function

kept_input = mish.with_options(keep="input")


both = pytest.mark.parametrize("activation", [mish, kept_input], ids=["derivative", "input"])


def gradient(f, *xs):
    return torch.autograd.grad(f(*xs).sum(), xs)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [1000, 1 << 18])
@pytest.mark.parametrize("keep", ["derivative", "input"])
def test_half_types_are_computed_in_single_and_rounded_once(dtype, size, keep):
    x = (torch.randn(size) * 3).to(dtype).requires_grad_()
    wide = x.detach().float().requires_grad_()
    f = mish.with_options(keep=keep)
    (g,), (g_wide,) = gradient(f, x), gradient(f, wide)
    assert g.dtype == f(x).dtype == dtype
    assert torch.equal(f(x), f(wide).to(dtype))
    if keep == "input":
        assert torch.equal(g, g_wide.to(dtype))
    else:
        # f' is rounded to float16 to be kept, and the product to the dtype.
        kept = torch.finfo(torch.float16).eps / 2 * g_wide.abs()
        assert torch.all((g.float() - g_wide).abs() <= kept + spacing(g_wide, dtype) / 2)


def spacing(x, dtype):
    """The distance to the next number of a dtype."""
    info = torch.finfo(dtype)
    return 2.0 ** (x.abs().clamp_min(info.smallest_normal).log2().floor()) * info.eps


@pytest.mark.parametrize("execution", ["whole", "blocks"])
def test_a_bounded_derivative_is_kept_in_the_half_type_with_more_digits(execution):
    """RMS errors of a gradient in bfloat16, against double precision, and both tails."""
    x = (torch.randn(1 << 16) * 2).bfloat16()
    cotangent = torch.randn(1 << 16).bfloat16()
    f = tanhexp.with_options(execution=execution)
    truth = f.derivative(x.double()) * cotangent.double()

    def error(kept):
        return ((kept - truth).square().mean().sqrt() / truth.square().mean().sqrt()).item()

    leaf = x.clone().requires_grad_()
    f(leaf).backward(cotangent)
    in_bfloat16 = f.derivative(x.float()).bfloat16() * cotangent
    assert leaf.grad.dtype == torch.bfloat16
    assert error(leaf.grad) < 0.75 * error(in_bfloat16)
    # Small derivatives are moved out of float16's subnormal numbers.
    far = torch.tensor([-12.0, -16.0]).bfloat16().requires_grad_()
    (g,) = gradient(f, far)
    np.testing.assert_allclose(g.float(), tanhexp.derivative(far.detach().float()), rtol=2**-8)


@pytest.mark.parametrize("definition", [lambda x: x * x, lambda x: da.exp(x)])
def test_an_unbounded_derivative_is_kept_in_the_arguments_dtype(definition):
    x = torch.tensor([3e4], dtype=torch.bfloat16, requires_grad=True)
    f = da.activation(definition)
    (g,) = gradient(f, x)
    wide = x.detach().float().requires_grad_()
    assert torch.equal(g, gradient(f, wide)[0].bfloat16())


def test_autocast_does_not_reach_inside():
    x = torch.randn(100, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = tanhexp(x)
    assert y.dtype == torch.float32
    assert torch.equal(y, tanhexp(x))


def test_autocast_is_off_inside(monkeypatch):
    seen = []
    monkeypatch.setattr(
        function, "_apply", lambda *_: seen.append(torch.is_autocast_enabled("cpu"))
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mish(torch.ones(3))
    assert seen == [False]
