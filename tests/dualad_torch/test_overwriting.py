"""In place: y overwrites x, f' is kept, and autograd is told."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import dualad as da
import dualad_torch
from dualad.activations import mish, silu, swiglu, swish

inplace = mish.with_options(inplace=True)
executions = pytest.mark.parametrize("execution", ["whole", "blocks"])
# Where mish in double precision is enough: a kernel takes seconds to make.
all_executions = pytest.mark.parametrize("execution", ["whole", "blocks", "compiled"])


def random(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


def truth(a, cotangent=None):
    """F.mish and its gradient at a leaf."""
    leaf = a.detach().clone().requires_grad_()
    y = torch.nn.functional.mish(leaf)
    y.backward(torch.ones_like(y) if cotangent is None else cotangent)
    return y.detach(), leaf.grad


@all_executions
@pytest.mark.parametrize("size", [1, 100, 1 << 17])
def test_x_becomes_y_and_only_the_derivative_is_kept(size, execution):
    leaf = random(size).requires_grad_()
    x = leaf * 1.0
    memory = x.data_ptr()
    y = inplace.with_options(execution=execution)(x)
    assert y is x
    assert x.data_ptr() == memory
    assert len(y.grad_fn.saved_tensors) == 1
    (got,) = torch.autograd.grad(y.sum(), leaf)
    value, slope = truth(leaf)
    torch.testing.assert_close((y.detach(), got), (value, slope), rtol=1e-12, atol=1e-13)


@executions
def test_between_other_operations_in_place(execution):
    f = silu.with_options(inplace=True, execution=execution)
    a = random(50).requires_grad_()
    mine = f(f(a.add(1.0)).mul_(2.0)).add_(1.0)
    y = torch.nn.functional.silu
    theirs = y(y(a + 1.0) * 2.0) + 1.0
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-13)
    got, want = (torch.autograd.grad(z.sum(), a)[0] for z in (mine, theirs))
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-13)


VIEWS = {
    "a slice": lambda x: x[1:3],
    "a column": lambda x: x[:, 2],
    "a transpose": lambda x: x.T,
    "all of it": lambda x: x.view(-1),
    "a view of a view": lambda x: x[1:].T[::2],
}


@all_executions
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_views_change_their_base_and_its_gradient(view, execution):
    a = random(4, 6).requires_grad_()
    found = []
    for f in (
        inplace.with_options(execution=execution),
        lambda v: torch.nn.functional.mish(v, inplace=True),
    ):
        base = a * 1.0
        part = view(base)
        y = f(part)
        assert y.data_ptr() == part.data_ptr()
        found.append((base.detach().clone(), *torch.autograd.grad((base * base).sum(), a)))
    torch.testing.assert_close(*found, rtol=1e-12, atol=1e-13)


@all_executions
def test_what_an_earlier_operation_needs_is_missed_by_pytorch(execution):
    x = random(1 << 17).requires_grad_() * 1.0
    earlier = x.sin()
    version = x._version
    y = inplace.with_options(execution=execution)(x)
    assert x._version > version
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        (earlier + y).sum().backward()


@executions
@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative_that_is_x_itself_is_not_lost(order, execution):
    """The slope of a b by b is a, which is overwritten."""
    f = da.activation(lambda a, b: a * b).with_options(
        inplace=True, execution=execution, order=order
    )
    a, b = random(70).requires_grad_(), random(70, seed=1).requires_grad_()
    x = a * 1.0
    y = f(x, b)
    assert y is x
    got = torch.autograd.grad(y.sum(), (a, b))
    assert torch.equal(got[0], b.detach())
    assert torch.equal(got[1], a.detach())


def test_a_derivative_that_is_y_itself_is_kept():
    f = da.activation(lambda x: da.exp(x)).with_options(inplace=True)
    a = random(70).requires_grad_()
    y = f(a * 1.0)
    (got,) = torch.autograd.grad(y.sum(), a)
    torch.testing.assert_close(got, a.detach().exp(), rtol=1e-14, atol=0)


@executions
@pytest.mark.parametrize("other", [lambda x: x, lambda x: x.view_as(x)], ids=["x", "a view of x"])
def test_two_arguments_that_share_memory(other, execution):
    f = da.activation(lambda a, b: da.exp(a) * b + b * b)
    f = f.with_options(inplace=True, execution=execution)
    leaf = random(1 << 17).requires_grad_()
    x = leaf * 1.0
    y = f(x, other(x))
    (got,) = torch.autograd.grad(y.sum(), leaf)
    e, a = leaf.detach().exp(), leaf.detach()
    torch.testing.assert_close(y.detach(), e * a + a * a, rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(got, e * a + e + 2 * a, rtol=1e-13, atol=1e-13)


def test_beside_arguments_that_learn_or_are_broadcast():
    for x_learns in (False, True):
        a, beta = random(5, 7).requires_grad_(x_learns), random(7, seed=1).requires_grad_()
        x = a * 1.0
        y = swish.with_options(inplace=True)(x, beta)
        assert y is x
        z = a * torch.sigmoid(beta * a)
        leaves = [a, beta] if x_learns else [beta]
        got, want = (torch.autograd.grad(t.square().sum(), leaves) for t in (y, z))
        torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-13)


REFUSED = {
    "a leaf": (
        lambda: (inplace, torch.ones(3, requires_grad=True)),
        RuntimeError,
        r"mish: inplace=True overwrites a leaf that requires a gradient.*inplace=False",
    ),
    "a view of a leaf": (
        lambda: (inplace, torch.ones(3, requires_grad=True)[1:]),
        RuntimeError,
        r"mish: inplace=True overwrites a leaf",
    ),
    "integers": (
        lambda: (inplace, torch.arange(3)),
        TypeError,
        r"mish: inplace=True writes floating-point numbers into a tensor of dtype torch\.int64; "
        r"use mish\.with_options\(inplace=False\)",
    ),
    "a number": (
        lambda: (swiglu.with_options(inplace=True), 1.0, torch.ones(2)),
        TypeError,
        r"swiglu: inplace=True writes floating-point numbers into 1\.0",
    ),
    "a smaller shape": (
        lambda: (swiglu.with_options(inplace=True), torch.ones(3), torch.ones(2, 3)),
        ValueError,
        r"writes a result of shape \(2, 3\) into an argument of shape \(3,\); use swiglu",
    ),
    "a narrower dtype": (
        lambda: (swiglu.with_options(inplace=True), torch.ones(3), torch.ones(3).double()),
        TypeError,
        r"writes a result of dtype torch\.float64 into an argument of dtype torch\.float32",
    ),
    "one number many times": (
        lambda: (inplace, torch.ones(1).expand(4)),
        RuntimeError,
        "single memory location",
    ),
    "one number many times, no view": (
        lambda: (inplace, torch.empty_strided((4,), (0,)).fill_(1.0)),
        RuntimeError,
        "single memory location",
    ),
    "one of several views": (
        lambda: (inplace, torch.ones(4, requires_grad=True).mul(1.0).chunk(2)[0]),
        RuntimeError,
        "view",
    ),
    "a NumPy array": (
        lambda: (inplace, np.ones(3)),
        TypeError,
        r"mish: inplace=True is for PyTorch's tensors, got ndarray; use mish\.with_options"
        r"\(inplace=False\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
@executions
def test_what_cannot_be_overwritten_is_refused_and_stays_as_it_was(case, execution):
    build, error, message = case
    f, x, *others = build()
    before = x.detach().clone() if isinstance(x, torch.Tensor) else x
    with pytest.raises(error, match=message):
        f.with_options(execution=execution)(x, *others)
    assert np.array_equal(np.asarray(getattr(x, "detach", lambda: x)()), np.asarray(before))


def test_an_odd_tensor_does_not_switch_the_compiler_off():
    from dualad_torch.namespace import namespace

    with pytest.raises(RuntimeError, match="single memory location"):
        inplace.with_options(execution="compiled")(torch.empty_strided((4,), (0,)).fill_(1.0))
    assert namespace.compiler.works


def test_without_a_gradient_a_leaf_may_be_overwritten():
    want = torch.nn.functional.mish(torch.ones(5))
    for mode in (torch.no_grad(), torch.inference_mode()):
        x = torch.ones(5, requires_grad=not torch.is_inference_mode_enabled())
        with mode:
            assert inplace(x) is x
        torch.testing.assert_close(x.detach(), want)
    with torch.inference_mode():
        x = torch.ones(1 << 17)
        assert inplace(x) is x
        torch.testing.assert_close(x[:5], want)


LAYOUTS = {
    "transposed": lambda: random(2, 3, 4, 6).transpose(1, 3),
    "channels_last": lambda: random(2, 3, 4, 6).to(memory_format=torch.channels_last),
    "with holes": lambda: torch.empty_strided((5, 6), (20, 3), dtype=torch.float64).copy_(
        random(5, 6)
    ),
    "0-d": random,
    "empty": lambda: random(0, 3),
}


@all_executions
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_stay(layout, execution):
    leaf = layout().requires_grad_()
    x = torch.empty_strided(leaf.shape, leaf.stride(), dtype=leaf.dtype).copy_(leaf)
    strides, memory = x.stride(), x.data_ptr()
    y = inplace.with_options(execution=execution)(x)
    assert (y.stride(), y.data_ptr()) == (strides, memory)
    cotangent = random(*leaf.shape, seed=1)
    (got,) = torch.autograd.grad(y, leaf, cotangent)
    torch.testing.assert_close((y.detach(), got), truth(leaf, cotangent), rtol=1e-12, atol=1e-13)


@executions
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [100, 1 << 17])
def test_half_types_equal_those_out_of_place(size, dtype, execution):
    f = mish.with_options(execution=execution)
    a, b = (random(size, dtype=dtype).requires_grad_() for _ in range(2))
    mine, other = f.with_options(inplace=True)(a * 1.0), f(b * 1.0)
    assert torch.equal(mine, other)
    mine.sum().backward()
    other.sum().backward()
    assert torch.equal(a.grad, b.grad)


def test_transforms_and_compilers_see_the_overwriting():
    x = random(6)

    def f(x):
        z = x * 1.0
        y = inplace(z)
        return (y + z).sum()

    want = 2.0 * truth(x)[1]
    torch.testing.assert_close(torch.func.grad(f)(x), want, rtol=1e-12, atol=1e-13)
    batched = torch.func.vmap(torch.func.grad(f))(x.reshape(2, 3)).reshape(6)
    torch.testing.assert_close(batched, want, rtol=1e-12, atol=1e-13)
    torch._dynamo.reset()
    leaf = x.clone().requires_grad_()
    torch.compile(f, fullgraph=True, backend="aot_eager")(leaf).backward()
    torch.testing.assert_close(leaf.grad, want, rtol=1e-12, atol=1e-13)
    torch._dynamo.reset()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.arange(3),), "writes floating-point numbers into a tensor of dtype torch.int64"),
        ((torch.ones(3), torch.ones(3).double()), "writes a result of dtype torch.float64 into"),
        ((torch.ones(3), torch.ones(2, 3)), r"writes a result of shape \(2, 3\) into"),
    ],
)
def test_compiled_it_refuses_what_eager_mode_refuses(arguments, message):
    f = (inplace, swiglu.with_options(inplace=True))[len(arguments) - 1]
    torch._dynamo.reset()
    with pytest.raises(Exception, match=message):
        torch.compile(f, fullgraph=True, backend="aot_eager")(*arguments)
    torch._dynamo.reset()


def test_compiled_a_derivative_that_is_x_itself_is_not_lost():
    f = da.activation(lambda a, b: a * b).with_options(inplace=True)
    a, b = random(7).requires_grad_(), random(7, seed=1).requires_grad_()
    torch._dynamo.reset()
    compiled = torch.compile(lambda a, b: f(a * 1.0, b), fullgraph=True, backend="aot_eager")
    got = torch.autograd.grad(compiled(a, b).sum(), (a, b))
    assert torch.equal(got[0], b.detach())
    assert torch.equal(got[1], a.detach())
    torch._dynamo.reset()


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoint(reentrant):
    a = random(50).requires_grad_()
    y = checkpoint(lambda a: inplace(a * 2.0), a, use_reentrant=reentrant)
    (y * y).sum().backward()
    b = a.detach().clone().requires_grad_()
    torch.nn.functional.mish(b * 2.0).square().sum().backward()
    torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-13)


def test_two_orders_in_place():
    f = inplace.with_options(order=2)
    assert torch.autograd.gradgradcheck(lambda x: f(x * 1.0), random(7).requires_grad_())


def test_training_behind_convolution_and_normalisation_equals_that_out_of_place():
    def train(act):
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), act, nn.Conv2d(8, 4, 3), act, nn.Flatten()
        )
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        x = torch.randn(4, 3, 10, 10)
        for _ in range(3):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
        return [*model.state_dict().values()]

    mine = train(dualad_torch.Activation(mish, inplace=True))
    other = train(dualad_torch.Activation(mish))
    assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))
    torch.testing.assert_close(mine, train(nn.Mish()), rtol=1e-4, atol=1e-6)
