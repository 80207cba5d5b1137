"""An activation in functions that PyTorch compiles or traces."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch._dynamo.testing

import dualad as da
from benchmarks.compiler import COMPILER
from dualad.activations import mish

kept_input = mish.with_options(keep="input")


both = pytest.mark.parametrize("activation", [mish, kept_input], ids=["derivative", "input"])


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


@pytest.mark.usefixtures("fresh_dynamo")
@both
@pytest.mark.parametrize("backend", sorted({"aot_eager", COMPILER}))
def test_compiled_as_one_graph(activation, backend):
    f = torch.compile(lambda x: 2.0 * activation(x), fullgraph=True, backend=backend)
    for size in (50, 70):
        x, y = (torch.linspace(-5, 5, size).requires_grad_() for _ in range(2))
        f(x).sum().backward()
        (2.0 * activation(y)).sum().backward()
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        np.testing.assert_allclose(f(x), 2.0 * mish(x), rtol=1e-5)


FRESH = """
import dualad as da, torch
@da.activation
def f(x, beta=2.0):
    return x * da.tanh(beta * x)
x = torch.linspace(-1, 1, 5).requires_grad_()
beta = torch.tensor(2.0, requires_grad=True)
torch.compile(f, fullgraph=True, backend="aot_eager")(x, beta).sum().backward()
compiled = x.grad.clone(), beta.grad.clone()
x.grad = beta.grad = None
(x * torch.tanh(beta * x)).sum().backward()
torch.testing.assert_close(compiled, (x.grad, beta.grad))
"""


def test_compiled_before_anything_else_was_called():
    """The adapter is found and the definition recorded while Dynamo traces."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    subprocess.run([sys.executable, "-c", FRESH], check=True, env=environment)


def test_compiled_functional_gradient():
    x = torch.linspace(-3, 3, 9)
    f = torch.compile(torch.func.grad(lambda x: mish(x).sum()), fullgraph=True, backend="aot_eager")
    np.testing.assert_allclose(f(x), mish.derivative(x.numpy()), rtol=1e-5, atol=1e-6)
    # At the seam of the two exponentials PyTorch's own differentiation shares the tie.
    np.testing.assert_allclose(f(torch.zeros(1)), [0.6], rtol=1e-6)


MIXED = [
    (torch.bfloat16, (), torch.float32),
    (torch.float32, (), torch.float64),
    (torch.float16, (), torch.bfloat16),
    (torch.bfloat16, (20,), torch.float32),
    (torch.float32, (20,), torch.float64),
]


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize(("dtype", "shape", "other"), MIXED, ids=str)
def test_mixed_dtypes_promote_as_in_pytorch_eager_and_compiled(dtype, shape, other):
    x = torch.linspace(-8, 8, 20).to(dtype)
    beta = torch.full(shape, 1.7, dtype=other)
    want = (x * torch.sigmoid(beta * x)).dtype
    compiled = torch.compile(swish, fullgraph=True, backend="aot_eager")
    exact = swish(x.double(), beta.double())
    for f in (swish, compiled):
        assert f(x, beta).dtype == want
        # Computed in single precision at least, and rounded once.
        normal = exact.abs().clamp_min(torch.finfo(want).smallest_normal)
        error = ((f(x, beta).double() - exact) / normal).abs().max()
        assert error <= max(torch.finfo(want).eps / 2, 4 * torch.finfo(torch.float32).eps)


@pytest.mark.parametrize("keep", ["derivative", "input"])
@pytest.mark.parametrize(
    "dtypes", [(torch.float32, torch.float64), (torch.bfloat16, torch.bfloat16)], ids=str
)
def test_compiled_it_has_the_dtypes_and_shapes_of_eager_mode(dtypes, keep):
    torch._dynamo.reset()
    f = swish.with_options(keep=keep)

    def run(f):
        x = torch.linspace(-3, 3, 12).reshape(3, 4).to(dtypes[0]).requires_grad_()
        beta = torch.linspace(1, 2, 4).to(dtypes[1]).requires_grad_()
        y = f(x, beta)
        y.sum().backward()
        return y.detach(), x.grad, beta.grad

    torch.testing.assert_close(run(torch.compile(f, fullgraph=True, backend="aot_eager")), run(f))


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("extreme", [da.minimum, da.maximum], ids=["minimum", "maximum"])
def test_compiled_extremes_share_a_tie_under_torch_func(extreme):
    f = da.activation(lambda x: extreme(x, 1.0))
    slope = torch.func.grad(lambda x: f(x).sum())
    assert torch.compile(slope, fullgraph=True, backend="aot_eager")(torch.ones(1)) == 0.5


@pytest.mark.parametrize("execution", ["blocks", "compiled"])
def test_a_tracer_sees_what_is_computed(execution):
    """Blocks and kernels write memory behind its back: its program would not be filled again."""
    from torch.fx.experimental.proxy_tensor import make_fx

    f = mish.with_options(execution=execution)
    x = torch.randn(1 << 17, dtype=torch.float64)
    np.testing.assert_allclose(make_fx(f)(torch.zeros_like(x))(x), mish(x), rtol=1e-14)
    tangent = torch.func.linearize(f, x)[1](x)
    np.testing.assert_allclose(tangent, x * mish.derivative(x), rtol=1e-14)


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("shape", [(), (4, 1)], ids=str)
def test_a_learned_argument_is_compiled_once_for_all_shapes(shape):
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(swish, dynamic=True, fullgraph=True, backend=counter)
    for size in (5, 7, 11):
        cotangent, gradients = torch.randn(4, size), []
        for f in (compiled, swish):
            torch.manual_seed(size)
            x = torch.randn(4, size, requires_grad=True)
            beta = torch.ones(shape, requires_grad=True)
            f(x, beta).backward(cotangent)
            gradients.append((x.grad, beta.grad))
        for got, want in zip(*gradients, strict=True):
            torch.testing.assert_close(got, want)
    assert counter.frame_count == 1
