"""Functions in attributes, options, and what convert refuses."""

import functools
import math

import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.nn import functional

from dualad import activations
from dualad_torch import convert

CLOSE = {"rtol": 3e-6, "atol": 1e-6}


def value_and_gradient(module, x):
    x = x.clone().requires_grad_()
    y = module(x * 1)
    return y.detach(), torch.autograd.grad(y.sum(), x)[0]


class LearnedSwish(nn.Module):
    def __init__(self, shape=()):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def swish(x):
    return x * 2


def test_functions_held_as_attributes():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.plain = functional.gelu
            self.partial = functools.partial(functional.gelu, approximate="tanh")
            self.slope = functools.partial(functional.leaky_relu, negative_slope=0.2)
            self.written = gelu_new
            self.other = swish
            self.kept = torch.tanh
            self.unknown = functional.normalize
            self.method = self.gelu
            self.type = nn.GELU

        def gelu(self, x):
            return x

    model = nn.Sequential(Block())
    report = convert(model, keep="input")
    block = model[0]
    assert block.plain is not activations.gelu
    assert block.plain.options.keep == "input"
    assert {c.module: c.now for c in report.changes} == {
        "0.plain": "gelu(x) keep='input'",
        "0.partial": "gelu_tanh(x) keep='input'",
        "0.slope": "leaky_relu(x, negative_slope=0.2) keep='input'",
        "0.written": "gelu_tanh(x) keep='input'",
        "0.other": None,
        "0.kept": None,
    }
    assert report.changes[1].was == "gelu, approximate='tanh'"
    x = torch.linspace(-3, 3, 31)
    torch.testing.assert_close(block.slope(x), functional.leaky_relu(x, 0.2))
    assert convert(model).converted == ()


def test_an_encoder_layer_trains_as_before():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True)
    x = torch.randn(2, 5, 8)
    want = value_and_gradient(layer, x)
    report = convert(layer)
    assert layer.activation is activations.gelu
    assert report.converted == ("activation",)
    for got, expected in zip(value_and_gradient(layer, x), want, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
    layer.eval()
    with torch.no_grad():
        torch.testing.assert_close(layer(x), want[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: convert(functional.gelu), "convert takes a torch.nn.Module, got builtin_func"),
        (lambda: convert(nn.Sequential(), mapping={3: activations.silu}), "a key is a class, a fu"),
        (lambda: convert(nn.Sequential(), mapping={"A": nn.SiLU}), "A maps to a dualad act"),
        (lambda: convert(nn.Sequential(), mapping={nn.GLU: nn.SiLU()}), "GLU maps to a dualad act"),
        (
            lambda: convert(nn.LeakyReLU(0.2)),
            r"the model is itself an activation, which cannot be replaced in place; write model = "
            r"dualad_torch.Activation\(dualad.activations.leaky_relu, values=\{'negative_slope': 0",
        ),
        (
            lambda: convert(LearnedSwish()),
            r"Activation\(dualad.activations.swish, learned=\['beta'\]\)",
        ),
        (
            lambda: convert(torch.compile(nn.SiLU(), backend="eager")),
            r"Activation\(dualad.activations.silu\)",
        ),
    ],
)
def test_misuse_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_an_unknown_keep_is_refused_before_anything_is_changed():
    model = nn.Sequential(nn.GELU())
    with pytest.raises(ValueError, match="unknown keep='nothing'"):
        convert(model, keep="nothing")
    assert isinstance(model[0], nn.GELU)


def test_a_scripted_model_is_refused():
    with pytest.warns(DeprecationWarning, match="torch.jit.script"):
        scripted = torch.jit.script(nn.Sequential(nn.SiLU()))
    with pytest.raises(TypeError, match=r"convert it before torch\.jit"):
        convert(scripted)


def test_a_model_without_activations_says_so():
    report = convert(nn.Sequential(nn.Linear(3, 3), nn.Dropout()))
    assert str(report) == "no activation that could be converted was found; the model is as it was"
    assert report.changes == ()


def test_keep_is_passed_on():
    model = nn.Sequential(nn.GELU())
    convert(model, keep="input")
    assert model[0].activation.options.keep == "input"


def test_bytes_per_element_of_the_models_own_dtype():
    class Mish(nn.Module):
        def forward(self, x):
            return x * torch.tanh(functional.softplus(x))

    model = nn.Sequential(nn.Linear(3, 3), Mish()).to(torch.bfloat16)
    report = convert(model)
    assert (report.elements, report.before, report.bytes) == (1000, 4000, 2000)
    assert str(report).splitlines()[2].split()[-2:] == ["4.0", "2.0"]


def test_it_works_whatever_is_set_around_the_call():
    model = nn.Sequential(nn.GELU(), LearnedSwish())
    with torch.inference_mode(), torch.autocast("cpu"), torch.device("meta"):
        report = convert(model)
    assert report.converted == ("0", "1")
    assert report.changes[0].before == 4000
    with FakeTensorMode():
        assert convert(nn.Sequential(nn.Linear(3, 3), nn.GELU())).converted == ("1",)


def test_in_place_stays_in_place():
    model = nn.Sequential(nn.SiLU(inplace=True), nn.ELU(inplace=True), nn.ReLU(inplace=True))
    model.partial = functools.partial(functional.silu, inplace=True)
    report = convert(model)
    # Written over its input, an ELU is computed back from its result, which is kept anyway.
    assert [c.before for c in report.changes] == [4000, 4000, 0, 0]
    assert [c.module for c in report.changes if c.now] == ["partial", "0"]
    for act in (model.partial, model[0]):
        x = torch.linspace(-3, 3, 7)
        y = act(x)
        assert y.data_ptr() == x.data_ptr()
        torch.testing.assert_close(y, functional.silu(torch.linspace(-3, 3, 7)))


def test_in_place_and_keeping_the_input_do_not_go_together():
    model = nn.Sequential(nn.SiLU(inplace=True))
    (change,) = convert(model, keep="input").changes
    assert "works in place (inplace=True overwrites the input" in change.reason
