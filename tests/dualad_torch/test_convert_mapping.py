"""A user's own activations, by class and by name."""

import pytest
import torch
from torch import nn
from torch.nn import functional

import dualad as da
import dualad_torch
from dualad import activations
from dualad_torch import convert


class Odd(nn.Module):
    def __init__(self, slope=0.5):
        super().__init__()
        self.slope = slope

    def forward(self, x):
        return x * torch.sigmoid(self.slope * x)


class Gate(nn.Module):
    def forward(self, gate, up):
        return functional.silu(gate) * up


def cubic_swish(x):
    return x * torch.sigmoid(x**3)


@da.activation
def cubic(x):
    return x * da.sigmoid(x * x * x)


@pytest.mark.parametrize("key", [Odd, "Odd", f"{__name__}.Odd"], ids=["class", "name", "path"])
def test_a_mapping_by_class_and_by_name(key):
    model = nn.Sequential(Odd())

    def choose(module):
        return dualad_torch.Activation(activations.swish, values={"beta": module.slope})

    (change,) = convert(model, mapping={key: choose}).changes
    assert change.now == "swish(x, beta=0.5)"
    x = torch.linspace(-3, 3, 31)
    torch.testing.assert_close(model(x), x * torch.sigmoid(0.5 * x))


def test_a_mapping_to_activations_with_several_inputs_and_of_functions():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.fn, self.left = Gate(), cubic_swish, nn.GELU()

    model = Model()
    mapping = {Gate: activations.swiglu, cubic_swish: cubic, nn.GELU: lambda module: None}
    report = convert(model, mapping=mapping)
    assert [c.now for c in report.changes] == ["cubic(x)", "swiglu(gate, up)", None]
    assert report.changes[2].reason == "the mapping leaves it"
    assert model.fn is cubic
    assert isinstance(model.left, nn.GELU)
    a, b = torch.randn(2, 31)
    torch.testing.assert_close(model.gate(a, b), functional.silu(a) * b)


def test_a_mappings_own_module_takes_over_the_very_parameters():
    class PerChannel(nn.Module):
        def __init__(self):
            super().__init__()
            self.beta = nn.Parameter(torch.linspace(0.5, 1.5, 4).reshape(4, 1, 1))

        def forward(self, x):
            return x * torch.sigmoid(self.beta * x)

    model = nn.Sequential(PerChannel())
    beta = model[0].beta

    def choose(module):
        return dualad_torch.Activation(
            activations.swish, ["beta"], {"beta": module.beta.detach().clone()}
        )

    convert(model, mapping={PerChannel: choose})
    assert model[0].beta is beta
    other = nn.Sequential(PerChannel())
    with pytest.raises(ValueError, match=r"has parameters \{'beta': \(4, 1, 1\)\}, what it was"):
        convert(other, mapping={PerChannel: lambda m: dualad_torch.Activation(activations.silu)})


def test_a_mapping_that_does_not_agree_is_an_error_and_changes_nothing():
    model = nn.Sequential(nn.GELU(), Odd(), nn.SiLU())
    before = list(model)
    with pytest.raises(
        ValueError,
        match=r"mapping: 1 \(Odd\(\)\) is not silu\(x\): its value at -?[\d.]+ is [-\d.]+ instead",
    ):
        convert(model, mapping={Odd: activations.silu})
    with pytest.raises(ValueError, match=r"mapping: 1 \(Odd\(\)\) cannot be called with 2 tensors"):
        convert(model, mapping={Odd: activations.swiglu})
    with pytest.raises(ValueError, match="was mapped to 3, which is neither a dualad activation"):
        convert(model, mapping={Odd: lambda module: 3})
    assert list(model) == before


def test_a_mapping_that_would_keep_more_is_left_alone_and_an_unused_one_is_named():
    class Rectified(nn.Module):
        def forward(self, x):
            return torch.relu(x)

    model = nn.Sequential(Rectified())
    report = convert(model, mapping={Rectified: activations.relu, "NoSuch": activations.silu})
    assert report.changes[0].reason == "relu(x) would keep more"
    assert str(report).endswith("mapping: the model has no NoSuch")


def test_a_mapping_does_not_reach_what_is_dualads_own():
    model = nn.Sequential(dualad_torch.Activation(activations.mish))
    model.fn = activations.mish
    mapping = {"Activation": activations.silu, "mish": activations.silu}
    assert convert(model, mapping=mapping).changes == ()
