"""The node that keeps the arguments: every order, every choice of arguments, one pass backward."""

import gc
import weakref

import pytest
import torch

import dualad as da
from dualad.activations import mish, prelu, snake, swiglu, swish

kept = mish.with_options(keep="input")


def random(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    return values.to(dtype).requires_grad_()


def close(got, want):
    torch.testing.assert_close(got, want, rtol=1e-11, atol=1e-12)


FORMULAS = {
    "swish": (swish, lambda x, beta: x * torch.sigmoid(beta * x)),
    "swiglu": (swiglu, lambda gate, up: gate * torch.sigmoid(gate) * up),
    "snake": (snake, lambda x, alpha: x + torch.sin(alpha * x) ** 2 / alpha),
}


@pytest.mark.parametrize("keep", ["derivative", "input"])
@pytest.mark.parametrize("shapes", [((5, 4), (4,)), ((5, 4), ()), ((5, 1), (1, 4))], ids=str)
@pytest.mark.parametrize("name", FORMULAS)
def test_three_orders_mixed(name, shapes, keep):
    """With the default, too, where the arguments are fewer bytes than their derivatives."""
    activation, formula = FORMULAS[name]
    found = []
    for f in (activation.with_options(keep=keep), formula):
        x, y = (random(*shape, seed=i) for i, shape in enumerate(shapes))
        with torch.no_grad():
            y += 2.0
        z, results = f(x, y), []
        for order in range(3):
            slopes = torch.autograd.grad(z.sin().sum(), (x, y), create_graph=order < 2)
            results += slopes
            z = (slopes[0].sum() * slopes[1]).sum()
        found.append(results)
    torch.testing.assert_close(*found, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("execution", ["whole", "blocks", "compiled"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_sum_for_a_number_is_right_to_single_precision(dtype, execution):
    x = random(1 << 20, dtype=dtype)
    weight = torch.tensor(0.25, requires_grad=True)
    g = (0.1 + random(1 << 20, seed=1).detach()).to(dtype)
    prelu.with_options(keep="input", execution=execution)(x, weight).backward(g)
    truth = (g.double() * x.detach().double().clamp_max(0.0)).sum()
    assert abs(weight.grad.double() - truth) <= 2 * torch.finfo(torch.float32).eps * abs(truth)
    want = torch.where(x.detach() > 0, g, (0.25 * g.double()).to(dtype))
    assert torch.equal(x.grad, want)


def test_one_pass_gives_the_gradients_and_temporary_memory_stays_small():
    x, beta = random(200_000, dtype=torch.float32), torch.ones((), requires_grad=True)
    y = swish(x, beta)
    (saved, _) = y.grad_fn.saved_tensors
    assert saved is x
    y.backward(torch.ones_like(y))
    wide = x.detach().double()
    s = torch.sigmoid(wide)
    torch.testing.assert_close(x.grad, (s + wide * s * (1 - s)).float(), rtol=1e-5, atol=1e-6)
    truth = (wide * wide * s * (1 - s)).sum()
    torch.testing.assert_close(beta.grad.double(), truth, rtol=1e-6, atol=0)


def test_arguments_that_change_are_pytorchs_error():
    x = random(5) * 1.0
    y = kept(x)
    x.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    beta = torch.nn.Parameter(torch.ones(()))
    y = swish(random(5), beta)
    with torch.no_grad():
        beta.mul_(2.0)  # as an optimiser does, between forward and backward
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_the_result_may_change():
    x = random(50)
    kept(x).mul_(3.0).sum().backward()
    close(x.grad, 3.0 * mish.derivative(x.detach()))


def test_a_retained_graph_and_frees_after_it():
    x = random(5)
    hidden = x * 1.0
    alive = weakref.ref(hidden)
    y = kept(hidden).sum()
    del hidden
    first = torch.autograd.grad(y, x, retain_graph=True)[0]
    assert alive() is not None
    assert torch.equal(first, torch.autograd.grad(y, x)[0])
    gc.collect()
    assert alive() is None


def test_saved_tensor_hooks_see_the_arguments_once():
    x, beta, packed = random(50), random(seed=1), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        y = swish(x, beta)
    assert [p.data_ptr() for p in packed] == [x.data_ptr(), beta.data_ptr()]
    y.sum().backward()


@pytest.mark.parametrize("keep", ["derivative", "input"])
def test_batched_cotangents_of_several_arguments(keep):
    f = swish.with_options(keep=keep)
    x, beta = random(6), random(seed=1)
    cotangents = random(3, 6, seed=2).detach()
    got = torch.autograd.grad(f(x, beta), (x, beta), cotangents, is_grads_batched=True)
    z = x * torch.sigmoid(beta * x)
    close(got, torch.autograd.grad(z, (x, beta), cotangents, is_grads_batched=True))


NAMES = {
    "sparse": (
        lambda: torch.eye(3).to_sparse(),
        r"takes dense tensors, got one of layout torch\.sparse_coo; write x\.to_dense\(\)",
    ),
    "sparse, to be differentiated": (
        lambda: torch.eye(3).to_sparse().requires_grad_(),
        r"got one of layout torch\.sparse_coo; write x\.to_dense\(\)",
    ),
    "quantized": (
        lambda: torch._empty_affine_quantized([3], scale=1.0, zero_point=0, dtype=torch.quint8),
        r"takes real numbers, got a quantized tensor of dtype torch\.quint8; write x\.dequantize",
    ),
    "of eight bits": (
        lambda: torch.ones(3).to(torch.float8_e4m3fn),
        r"with 16 bits or more, got a tensor of dtype torch\.float8_e4m3fn; "
        r"write x\.to\(torch\.bfloat16\)",
    ),
    "complex": (
        lambda: torch.ones(3, dtype=torch.complex64),
        r"takes real numbers, got a tensor of dtype torch\.complex64",
    ),
}


@pytest.mark.parametrize("case", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("f", [mish, kept, mish.with_options(execution="blocks")], ids=str)
def test_tensors_that_it_does_not_take_are_named(case, f):
    build, message = case
    with pytest.raises(TypeError, match=message):
        f(build())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: mish(x, x), r"mish takes 1 argument\(s\), got 2"),
        (lambda x: swiglu(x), r"swiglu misses the argument 'up'"),
        (lambda x: swish(x, beta=1.0, gamma=2.0), r"unexpected or repeated argument 'gamma'"),
        (lambda x: swiglu(x, 1j), r"expected an array, a dual number or a Python number"),
        (lambda x: swiglu(x, None), r"expected an array, a dual number or a Python number"),
        (lambda x: swiglu(x, x.detach().numpy()), "libraries in one call"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(TypeError, match=message):
        call(random(3))


def test_shapes_that_do_not_broadcast_are_pytorchs_error():
    with pytest.raises(RuntimeError, match="broadcast a dimension"):
        swiglu(random(3), random(4))


def test_derivatives_of_derivatives_of_a_function_without_any():
    f = da.activation(lambda x: 3.0 * x + 1.0).with_options(keep="input")
    x = random(5)
    (slope,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    assert slope.tolist() == [3.0] * 5
    (bend,) = torch.autograd.grad(slope.sum(), x)
    assert bend.tolist() == [0.0] * 5
