"""Which classes convert recognises, and that what takes their place computes the same."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

import dualad_torch
from dualad_torch import convert

BUILT_IN = [
    (nn.GELU(), "gelu(x)"),
    (nn.GELU(approximate="tanh"), "gelu_tanh(x)"),
    (nn.SiLU(), "silu(x)"),
    (nn.Mish(), "mish(x)"),
    (nn.Hardswish(), "hardswish(x)"),
    (nn.Hardsigmoid(), "hardsigmoid(x)"),
    (nn.Hardtanh(), "hardtanh(x)"),
    (nn.Hardtanh(-2, 3.5), "hardtanh(x, min_val=-2, max_val=3.5)"),
    (nn.ReLU6(), "relu6(x)"),
    (nn.ELU(0.7), "elu(x, alpha=0.7)"),
    (nn.CELU(2.0), "celu(x, alpha=2)"),
    (nn.SELU(), "selu(x)"),
    (nn.LeakyReLU(), "leaky_relu(x)"),
    (nn.LeakyReLU(0.2), "leaky_relu(x, negative_slope=0.2)"),
    (nn.Softplus(), "softplus(x)"),
    (nn.Softplus(beta=2), "softplus(x, beta=2)"),
    (nn.Softsign(), "softsign(x)"),
    (nn.Tanhshrink(), "tanhshrink(x)"),
    (nn.Softshrink(0.3), "softshrink(x, lambd=0.3)"),
    (nn.Hardshrink(0.3), "hardshrink(x, lambd=0.3)"),
    (nn.Threshold(0.4, -0.7), "threshold(x, threshold=0.4, value=-0.7)"),
    (nn.LogSigmoid(), "log_sigmoid(x)"),
]


CLOSE = {"rtol": 3e-6, "atol": 1e-6}


def value_and_gradient(module, x):
    x = x.clone().requires_grad_()
    y = module(x * 1)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


@pytest.mark.parametrize(("module", "now"), BUILT_IN, ids=lambda v: str(v))
def test_the_frameworks_own_modules(module, now):
    model = nn.Sequential(module)
    (change,) = convert(model).changes
    assert (change.now, change.reason) == (now, "")
    assert isinstance(model[0], dualad_torch.Activation)
    edges = [0.0, -0.0, 3.0, -3.0, 6.0, 0.4, 0.5, -0.5, 1.0, -1.0, 88.0, -88.0, math.inf, -math.inf]
    x = torch.cat([torch.linspace(-8.01, 8.02, 501), torch.tensor([*edges, math.nan])])
    for got, want in zip(*(value_and_gradient(m, x) for m in (model, module)), strict=True):
        # Far out PyTorch's own formula may be infinity times 0, or over infinity; ours need not.
        known = ~want.isnan()
        torch.testing.assert_close(got[known & ~x.isnan()], want[known & ~x.isnan()], **CLOSE)
    assert model(x)[x.isnan()].isnan().all()


@pytest.mark.parametrize("module", [nn.ReLU(), nn.Sigmoid(), nn.Tanh()], ids=str)
def test_what_keeps_its_result_alone_stays(module):
    model = nn.Sequential(nn.Linear(3, 3), module, nn.Linear(3, 3))
    (change,) = convert(model).changes
    assert model[1] is module
    assert change.now is None
    assert "would keep more" in change.reason
    assert change.before == change.after == 0


class NewGELUActivation(nn.Module):
    def forward(self, input):
        inner = math.sqrt(2.0 / math.pi) * (input + 0.044715 * torch.pow(input, 3.0))
        return 0.5 * input * (1.0 + torch.tanh(inner))


class FastGELUActivation(nn.Module):
    def forward(self, input):
        cubic = 1.0 + 0.044715 * input * input
        return 0.5 * input * (1.0 + torch.tanh(input * 0.7978845608 * cubic))


class QuickGELUActivation(nn.Module):
    def forward(self, input):
        return input * torch.sigmoid(1.702 * input)


class GELUActivation(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = functional.gelu

    def forward(self, input):
        return self.act(input)


class PytorchGELUTanh(nn.Module):
    def forward(self, input):
        return functional.gelu(input, approximate="tanh")


class MishActivation(nn.Module):
    def forward(self, input):
        return input * torch.tanh(functional.softplus(input))


class Mish(nn.Module):
    """As it was written before softplus was used: it overflows beyond 88."""

    def forward(self, x):
        return x * torch.tanh(torch.log(1 + torch.exp(x)))


class SiLUActivation(nn.Module):
    def forward(self, input):
        return functional.silu(input)


class SwishFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return g * s * (1 + x * (1 - s))


class MemoryEfficientSwish(nn.Module):
    def forward(self, x):
        return SwishFunction.apply(x)


class Swish(nn.Module):
    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, x):
        return x.mul_(x.sigmoid()) if self.inplace else x.mul(x.sigmoid())


class HardSwish(nn.Module):
    def forward(self, x):
        return x * functional.relu6(x + 3) / 6


class h_sigmoid(nn.Module):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU6()

    def forward(self, x):
        return self.relu(x + 3) / 6


class h_swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.sigmoid = h_sigmoid()

    def forward(self, x):
        return x * self.sigmoid(x)


class GELU(nn.Module):
    def forward(self, x):
        return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


class ScaledSwish(nn.SiLU):
    """Says by its base class what it may be."""


class TanhExp(nn.Module):
    def forward(self, x):
        return x * torch.tanh(torch.exp(x))


class BetaSwish(nn.Module):
    def __init__(self, beta):
        super().__init__()
        self.beta = beta

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


class LearnedSwish(nn.Module):
    def __init__(self, name="beta", shape=()):
        super().__init__()
        self.name = name
        self.register_parameter(name, nn.Parameter(torch.full(shape, 1.3)))

    def forward(self, x):
        return x * torch.sigmoid(getattr(self, self.name) * x)


@pytest.mark.parametrize(
    ("module", "now"),
    [
        (NewGELUActivation(), "gelu_tanh(x)"),
        (FastGELUActivation(), "gelu_tanh(x)"),
        (PytorchGELUTanh(), "gelu_tanh(x)"),
        (QuickGELUActivation(), "swish(x, beta=1.702)"),
        (GELUActivation(), "gelu(x)"),
        (GELU(), "gelu(x)"),
        (MishActivation(), "mish(x)"),
        (Mish(), "mish(x)"),
        (SiLUActivation(), "silu(x)"),
        (MemoryEfficientSwish(), "silu(x)"),
        (Swish(), "silu(x)"),
        (HardSwish(), "hardswish(x)"),
        (h_sigmoid(), "hardsigmoid(x)"),
        (h_swish(), "hardswish(x)"),
        (TanhExp(), "tanhexp(x)"),
        (ScaledSwish(), "silu(x)"),
        (BetaSwish(1.5), "swish(x, beta=1.5)"),
        (LearnedSwish(), "swish(x, beta learned)"),
        (LearnedSwish("weight", (1,)), "swish(x, beta learned)"),
        (LearnedSwish("beta", (5, 1, 1)), "swish(x, beta learned)"),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, nn.Module) else v,
)
def test_hand_written_classes_by_their_names(module, now):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = module

        def forward(self, x):
            return self.act(x)

    model = Model()
    x = torch.linspace(-8, 8, 2 * 5 * 7 * 3).reshape(2, 5, 7, 3)
    want = value_and_gradient(module, x)
    (change,) = convert(model).changes
    assert (change.now, change.reason) == (now, "")
    assert change.after <= change.before
    for a, b in zip(value_and_gradient(model, x), want, strict=True):
        torch.testing.assert_close(a, b, **CLOSE)
