"""The module: its parameters, their values, names, device and dtype."""

import copy

import numpy as np
import pytest
import torch

import dualad as da
import dualad_torch
from dualad.activations import mish, prelu


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


def test_it_applies_the_activation():
    x = torch.linspace(-3, 3, 7)
    assert torch.equal(dualad_torch.Activation(mish)(x), mish(x))
    assert torch.equal(dualad_torch.Activation(swish, values={"beta": 2})(x), swish(x, 2.0))


def test_learned_arguments_are_parameters():
    layer = dualad_torch.Activation(swish, learned=["beta"], values={"beta": 1.5})
    assert {k: float(v) for k, v in layer.state_dict().items()} == {"beta": 1.5}
    x = torch.linspace(-3, 3, 7)
    layer(x).sum().backward()
    s = torch.sigmoid(1.5 * x)
    torch.testing.assert_close(layer.beta.grad, (x * x * s * (1 - s)).sum())


def test_repr():
    assert repr(dualad_torch.Activation(mish)) == "Activation(mish(x))"
    layer = dualad_torch.Activation(swish.with_options(keep="input"), ["beta"])
    assert repr(layer) == "Activation(swish(x, beta=1.0) keep='input', learned: beta)"
    layer = dualad_torch.Activation(swish, values={"beta": 2})
    assert repr(layer) == "Activation(swish(x, beta=1.0), beta=2.0)"


def test_compiled_module():
    layer = dualad_torch.Activation(swish, learned=["beta"])
    x = torch.linspace(-3, 3, 7)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    compiled(x).sum().backward()
    got = layer.beta.grad.clone()
    layer.beta.grad = None
    layer(x).sum().backward()
    torch.testing.assert_close(got, layer.beta.grad)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dualad_torch.Activation(torch.relu), "expected an activation made with"),
        (lambda: dualad_torch.Activation(mish, learned=["beta"]), "mish has no argument 'beta'"),
        (lambda: dualad_torch.Activation(mish, learned=["x"]), "'x' has no default; give its"),
        (lambda: dualad_torch.Activation(mish, values={"b": 1.0}), "mish has no argument 'b'"),
        (
            lambda: dualad_torch.Activation(
                da.activation(lambda x, forward=1.0: x * forward), learned=["forward"]
            ),
            "a module has a 'forward' of its own",
        ),
        (
            lambda: dualad_torch.Activation(swish, learned={"beta": "forward"}),
            "a module has a 'forward' of its own",
        ),
        (lambda: dualad_torch.Activation(swish, "beta"), r"learned is a list .* write \['beta'\]"),
        (
            lambda: dualad_torch.Activation(swish, values={"beta": torch.ones(3)}),
            "the value of 'beta' is a number, got Tensor; put it into learned as well",
        ),
    ],
)
def test_misuse_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_learned_may_be_any_iterable():
    layer = dualad_torch.Activation(swish, learned=iter(["beta"]))
    assert layer.learned == ("beta",)
    assert torch.equal(layer(torch.ones(3)), swish(torch.ones(3), 1.0))


@pytest.mark.parametrize(
    "value",
    [
        torch.linspace(0.1, 0.5, 3).reshape(3, 1, 1),
        np.linspace(0.1, 0.5, 3).reshape(3, 1, 1),
        [[[0.1]], [[0.3]], [[0.5]]],
    ],
    ids=["tensor", "array", "list"],
)
def test_a_slope_per_channel(value):
    layer = dualad_torch.Activation(prelu, ["weight"], {"weight": value})
    images = torch.randn(2, 3, 4, 5)
    slopes = torch.linspace(0.1, 0.5, 3, requires_grad=True)
    want = torch.nn.functional.prelu(images, slopes)
    torch.testing.assert_close(layer(images), want)
    layer(images).square().sum().backward()
    want.square().sum().backward()
    assert layer.weight.dtype == torch.float32
    torch.testing.assert_close(layer.weight.grad.flatten(), slopes.grad)
    assert repr(layer) == "Activation(prelu(x, weight=0.25), learned: weight (3, 1, 1))"


def test_values_are_copied_and_parameters_are_not():
    value = torch.ones(3)
    layer = dualad_torch.Activation(swish, ["beta"], {"beta": value})
    value.zero_()
    assert layer.beta.sum() == 3
    parameter = torch.nn.Parameter(value)
    shared = dualad_torch.Activation(swish, ["beta"], {"beta": parameter})
    assert shared.beta is parameter
    whole = dualad_torch.Activation(swish, ["beta"], {"beta": torch.arange(3)})
    assert whole.beta.dtype == torch.float32
    number = dualad_torch.Activation(swish, values={"beta": torch.tensor(2.0)})
    assert number.constants == {"beta": 2.0}


def test_device_and_dtype_are_as_in_torch_nn():
    layer = dualad_torch.Activation(swish, ["beta"], device="meta", dtype=torch.bfloat16)
    assert layer.beta.is_meta
    assert layer.beta.dtype == torch.bfloat16
    tensor = torch.ones(3, dtype=torch.float64)
    layer = dualad_torch.Activation(swish, ["beta"], {"beta": tensor})
    assert layer.beta.dtype == torch.float64
    parameter = torch.nn.Parameter(tensor)
    half = dualad_torch.Activation(swish, ["beta"], {"beta": parameter}, dtype=torch.float16)
    assert half.beta.dtype == torch.float16
    assert half.beta is not parameter
    with torch.device("meta"):
        assert dualad_torch.Activation(swish, ["beta"]).beta.is_meta


def test_a_learned_argument_may_bear_another_name():
    layer = dualad_torch.Activation(swish, {"beta": "slope"}, {"beta": 1.5})
    assert {k: float(v) for k, v in layer.state_dict().items()} == {"slope": 1.5}
    x = torch.linspace(-3, 3, 7)
    torch.testing.assert_close(layer(x), swish(x, 1.5))
    layer(x).sum().backward()
    assert layer.slope.grad is not None
    assert repr(layer) == "Activation(swish(x, beta=1.0), learned: beta as slope)"


@pytest.mark.parametrize(
    "value",
    [2.5, torch.tensor([0.5, 1.5]), np.array([0.5, 1.5]), [0.5, 1.5]],
    ids=["number", "tensor", "array", "list"],
)
def test_reset_parameters_gives_the_initial_values_again_on_every_device(value):
    want = torch.as_tensor(value, dtype=torch.float32)
    values = {"beta": value.copy() if isinstance(value, list) else value * 1}
    there = dualad_torch.Activation(swish, {"beta": "slope"}, values)
    parameter = there.slope
    with torch.no_grad():
        parameter.add_(1.0)
    empty = dualad_torch.Activation(swish, {"beta": "slope"}, values, device="meta")
    if not isinstance(value, float):
        values["beta"][0] = 9.0
    for layer in (there, empty.to_empty(device="cpu"), copy.deepcopy(empty).bfloat16()):
        layer.reset_parameters()
        torch.testing.assert_close(layer.slope.detach(), want.to(layer.slope.dtype))
        assert layer.slope.requires_grad
    assert there.slope is parameter


def test_reset_parameters_of_a_parameter_that_was_given():
    parameter = torch.nn.Parameter(torch.tensor(0.25))
    layer = dualad_torch.Activation(prelu, ["weight"], {"weight": parameter})
    with torch.no_grad():
        parameter.add_(1.0)
    layer.reset_parameters()
    assert layer.weight is parameter
    assert parameter.item() == 0.25
