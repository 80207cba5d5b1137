"""What bears an activation's name and is none, or would lose something: it stays, and why."""

import pytest
import torch
from torch import nn
from torch.nn import functional

import dualad as da
from dualad_torch import convert


class Gelu(nn.Module):
    """Says one thing and does another, by a hair."""

    def forward(self, x):
        return functional.gelu(x) + 1e-4 * torch.exp(-((x - 1) ** 2))


class SiLU(nn.Module):
    """The value is right, the gradient is not."""

    def forward(self, x):
        return functional.silu(x) + (x - x.detach())


class SoftSign(nn.Module):
    """Right everywhere but far out."""

    def forward(self, x):
        return torch.where(x.abs() > 2000, 0.0, functional.softsign(x))


class Tanhshrink(nn.Module):
    """Not element-wise."""

    def forward(self, x):
        return x - torch.tanh(x.mean())


class ELU(nn.Module):
    """Another function in evaluation than in training."""

    def forward(self, x):
        return functional.elu(x) if self.training else functional.elu(x, 0.9)


class Snake(nn.Module):
    """Right as long as the parameter is 1, and so is its gradient."""

    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(()))

    def forward(self, x):
        a = self.alpha + (self.alpha - 1) ** 2
        return x + torch.sin(a * x) ** 2 / a


class PReLU(nn.Module):
    """The value is right, whatever the parameter; the parameter gets no gradient."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.full((), 0.25))

    def forward(self, x):
        return functional.prelu(x, self.weight.detach()) + 0 * self.weight


class LearnedSwish(nn.Module):
    """Overflows far out, and near the parameter's gradient is wrong."""

    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(()))

    def forward(self, x):
        e = torch.exp(self.beta.detach() * x)
        return x * (e / (1 + e)) + 0 * self.beta


class HardSigmoid(nn.Module):
    def forward(self, x, scale):
        return functional.hardsigmoid(x) * scale


class Softplus(nn.Module):
    def forward(self, x):
        return functional.softplus(x), x


class CELU(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("alpha", torch.ones(()))

    def forward(self, x):
        return functional.celu(x) * self.alpha


class HardTanh(nn.Module):
    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return functional.hardtanh(x)


class LogSigmoid(nn.Module):
    def get_extra_state(self):
        return 3

    def forward(self, x):
        return functional.logsigmoid(x)


class Serf(nn.Module):
    def forward(self, x):
        raise RuntimeError("only for experts\nof whom there are few")


class Swish(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


class MemoryEfficientSwish(nn.Module):
    """Writes into its input, and does not say so."""

    def forward(self, x):
        return x.mul_(x.sigmoid())


def with_another_forward():
    module = nn.SiLU()
    module.forward = torch.relu
    return module


def compiled_on_its_own():
    module = nn.SiLU()
    module.compile(backend="eager")
    return module


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (Gelu(), r"it is not gelu\(x\): its value at 1 is 0\.841445 instead of 0\.841345"),
        (SiLU(), r"it is not silu\(x\): its derivative at [-\d.e]+ is .* instead of"),
        (SoftSign(), r"it is not softsign\(x\): its value at 1e\+04 is 0 instead of 0\.9999"),
        (Tanhshrink(), r"it is not tanhshrink\(x\): its derivative"),
        (ELU(), r"it is not elu\(x\): its value at -\d.* is -0\.9 instead of -1"),
        (Snake(), r"it is not snake\(x, alpha learned\): (its d|the g)"),
        (PReLU(), r"it is not prelu\(x, weight learned\): the gradient of its parameter is 0 inst"),
        (LearnedSwish(), r"the gradient of its parameter is 0 instead of"),
        (HardSigmoid(), r"cannot be called with one tensor \(.*scale"),
        (Softplus(), r"is not element-wise: of shape \(404,\) it makes tuple"),
        (CELU(), r"has a buffer 'alpha'"),
        (HardTanh(), r"it is not hardtanh|has a parameter 'unused'"),
        (LogSigmoid(), r"has a get_extra_state of its own"),
        (Serf(), r"cannot be called with one tensor \(only for experts\)$"),
        (nn.Softplus(threshold=3), r"it is not softplus\(x\): its (value|derivative) at 3\.\d+ is"),
        (nn.PReLU(8), r"it is not prelu"),
        (Swish((5,)).to("meta"), r"cannot be copied to be checked \(.*meta"),
        (MemoryEfficientSwish(), r"works in place"),
        (with_another_forward(), r"had its forward replaced on the object"),
        (compiled_on_its_own(), r"is compiled on its own; convert before compiling"),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, nn.Module) else "",
)
def test_what_is_called_like_an_activation_and_is_none_stays(module, reason):
    model = nn.Sequential(module)
    report = convert(model)
    assert model[0] is module
    assert report.converted == ()
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(report.changes[0].reason)
    assert f"  {report.changes[0].reason}\n" in str(report)
    if report.changes[0].before is None:  # where it cannot even be called
        assert str(report).splitlines()[2].count(" ? ") == 2


def test_an_error_of_ours_is_not_hidden():
    @da.activation
    def silu(x):
        if x > 0:
            return x
        return x * da.sigmoid(x)

    model = nn.Sequential(nn.SiLU())
    with pytest.raises(da.DefinitionError, match="branches on"):
        convert(model, mapping={nn.SiLU: silu})
    assert isinstance(model[0], nn.SiLU)
