"""The module: parameters, state, copies, pickle."""

import copy
import io
import pickle

import pytest
import torch

import dualad as da
import dualad_torch
from dualad.activations import mish


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


def test_pickle_deepcopy_and_torch_save():
    layer = dualad_torch.Activation(swish, learned=["beta"])
    buffer = io.BytesIO()
    torch.save(layer, buffer)
    buffer.seek(0)
    twins = (
        pickle.loads(pickle.dumps(layer)),
        copy.deepcopy(layer),
        torch.load(buffer, weights_only=False),
    )
    x = torch.linspace(-3, 3, 7)
    for twin in twins:
        assert twin.activation is swish
        assert torch.equal(twin(x), layer(x))
        assert twin.beta is not layer.beta


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
    ],
)
def test_misuse_is_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_learned_may_be_any_iterable():
    layer = dualad_torch.Activation(swish, learned=iter(["beta"]))
    assert layer.learned == ("beta",)
    assert torch.equal(layer(torch.ones(3)), swish(torch.ones(3), 1.0))
