"""The nodes that keep derivatives: what they refuse, and double backward with order=2."""

import gc
import weakref

import pytest
import torch

import dualad as da
from dualad.activations import gelu, mish, relu, silu, swiglu, swish, tanhexp
from dualad.keep import SecondOrderError

twice = mish.with_options(order=2)


@da.activation
def line(x):
    return 2.0 * x


@da.activation
def constant(x):
    return 3.0


@da.activation
def product(x, y):
    return x * y


@da.activation
def exponent(x):
    return da.exp(x)


@da.activation
def cube(x):
    return x**3


FORMULAS = {
    mish: torch.nn.functional.mish,
    silu: torch.nn.functional.silu,
    gelu: torch.nn.functional.gelu,
    tanhexp: lambda x: x * torch.tanh(torch.exp(x)),
    exponent: torch.exp,
    cube: lambda x: x**3,
    line: lambda x: 2.0 * x + 0.0 * x**2,
    relu: lambda x: torch.relu(x) + 0.0 * x**2,
}

unary = pytest.mark.parametrize("f", FORMULAS, ids=lambda f: f.__name__)
executions = pytest.mark.parametrize("execution", ["whole", "blocks"])


def random(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    return values.to(dtype).requires_grad_()


def first_and_second(f, leaves, weights):
    """Gradients of a weighted sum, and of a weighted sum of those."""
    first = torch.autograd.grad((f(*leaves) * weights).sum(), leaves, create_graph=True)
    second = torch.autograd.grad(sum((g * g.detach().cos()).sum() for g in first), leaves)
    return [*first, *second]


def close(got, want):
    torch.testing.assert_close(got, want, rtol=1e-11, atol=1e-12)


@executions
@unary
@pytest.mark.parametrize("shape", [(), (7,), (1, 5), (0,), (1 << 17,)], ids=str)
def test_two_orders_of_one_argument(f, shape, execution):
    g = f.with_options(order=2, execution=execution)
    x, weights = random(*shape), random(*shape, seed=1).detach()
    want = first_and_second(FORMULAS[f], [x], weights)
    close(first_and_second(g, [x], weights), want)


def test_two_orders_from_a_kernel():
    x, weights = random(50), random(50, seed=1).detach()
    for f in (mish, exponent):
        got = first_and_second(f.with_options(order=2, execution="compiled"), [x], weights)
        close(got, first_and_second(FORMULAS[f], [x], weights))


PAIRS = {
    "product": (product, lambda x, y: x * y),
    "swiglu": (swiglu, lambda gate, up: torch.nn.functional.silu(gate) * up),
    "swish": (swish, lambda x, beta: x * torch.sigmoid(beta * x)),
}


@executions
@pytest.mark.parametrize("inplace", [False, True], ids=["beside", "in place"])
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 4), ())], ids=str)
@pytest.mark.parametrize("name", PAIRS)
def test_mixed_derivatives_of_two_arguments(name, shapes, inplace, execution):
    """In place the derivatives are kept, beside the arguments, as these are fewer bytes."""
    activation, formula = PAIRS[name]
    g = activation.with_options(order=2, execution=execution, inplace=inplace)

    def f(x, y):
        return g(x * 1.0, y) if inplace else g(x, y)

    for wanted in [(0,), (1,), (0, 1)]:
        values = [random(*shape, seed=i) for i, shape in enumerate(shapes)]
        leaves = [values[i] for i in wanted]
        fixed = [v if i in wanted else v.detach() for i, v in enumerate(values)]

        def composed(x, y):
            # Nothing, but PyTorch's own of what is linear in an argument has no second graph.
            return formula(x, y) + 0.0 * x**2 * y**2

        weights = random(3, 4, seed=5).detach()
        found = []
        for h in (f, composed):
            found.append(first_and_second(lambda *_, h=h: h(*fixed), leaves, weights))  # noqa: B023
        close(*found)


def test_gradgradcheck():
    check = torch.autograd.gradgradcheck
    assert check(twice, random(7))
    assert check(swiglu.with_options(order=2), (random(3, 1), random(4, seed=1)))
    both = product.with_options(order=2, inplace=True)
    assert check(lambda x, y: both(x * 1.0, y), (random(3, 4), random(4, seed=1)))
    fixed = random(4, seed=1).detach()
    assert check(lambda x: swiglu.with_options(order=2)(x, fixed), random(3, 4))


def test_a_linear_function_has_zeros_for_second_derivatives():
    for f in (line, constant):
        x = random(5)
        (slope,) = torch.autograd.grad(f.with_options(order=2)(x).sum(), x, create_graph=True)
        assert slope.tolist() == [2.0 if f is line else 0.0] * 5
        (bend,) = torch.autograd.grad(slope.sum(), x)
        assert bend.tolist() == [0.0] * 5


def test_derivatives_that_are_numbers_take_no_memory():
    x = random(1000)
    saved = line.with_options(order=2)(x).grad_fn.saved_tensors
    assert sum(t.untyped_storage().nbytes() for t in saved) <= 16


def test_a_third_order_is_an_error_that_names_the_remedy():
    x = random(5)
    (slope,) = torch.autograd.grad(twice(x).sum(), x, create_graph=True)
    message = (
        r"mish keeps two derivatives for the backward pass, so it cannot be differentiated three "
        r'times; use mish\.with_options\(keep="input"\), which keeps the input and works to any '
        r"order$"
    )
    with pytest.raises(SecondOrderError, match=message):
        torch.autograd.grad(slope.sum(), x, create_graph=True)
    (slope,) = torch.autograd.grad(twice(x).sum(), x, create_graph=True)
    with pytest.raises(SecondOrderError, match=message):
        torch.autograd.grad(slope.sum(), x, create_graph=True, allow_unused=True)


def test_a_second_order_of_the_default_is_an_error_in_every_way_to_ask():
    message = (
        r"mish keeps only its first derivative for the backward pass, so it cannot be "
        r'differentiated twice; use mish\.with_options\(keep="input"\).* or '
        r"mish\.with_options\(order=2\), which keeps the second, too"
    )
    ways = [
        lambda x: torch.autograd.grad(mish(x).sum(), x, create_graph=True),
        lambda x: torch.autograd.grad(mish(x).sum(), x, create_graph=True, allow_unused=True),
        lambda x: mish(x).sum().backward(create_graph=True),
        lambda x: torch.autograd.functional.hessian(lambda x: mish(x).sum(), x),
        lambda x: torch.autograd.functional.jacobian(mish, x, create_graph=True),
        lambda x: torch.autograd.gradgradcheck(mish, x),
        lambda x: torch.autograd.grad(
            mish(x), x, torch.ones((2, 5), dtype=x.dtype), is_grads_batched=True, create_graph=True
        ),
    ]
    for way in ways:
        with pytest.raises(SecondOrderError, match=message):
            way(random(5))


def test_hessians_of_a_loss():
    x = random(5)

    def loss(f):
        return lambda x: (f(x) * f(2.0 * x)).sum()

    mine, theirs = (
        torch.autograd.functional.hessian(loss(f), x) for f in (twice, torch.nn.functional.mish)
    )
    close(mine, theirs)
    vectorised = torch.autograd.functional.hessian(loss(twice), x, vectorize=True)
    close(vectorised, theirs)


def test_a_gradient_penalty():
    """The gradient's norm in the loss, as in training critics."""
    found = []
    for f in (twice, torch.nn.functional.mish):
        torch.manual_seed(0)
        first, last = torch.nn.Linear(4, 8).double(), torch.nn.Linear(8, 1).double()
        x = random(6, 4)
        score = last(f(first(x))).sum()
        (g,) = torch.autograd.grad(score, x, create_graph=True)
        (score + (g.norm(dim=1) - 1.0).square().mean()).backward()
        found.append([p.grad for p in (*first.parameters(), last.weight)] + [x.grad])
    close(*found)


def test_first_gradients_as_often_as_wanted():
    x = random(5)
    y = twice(x).sum()
    unused = torch.autograd.grad(y, x, create_graph=True)[0].detach()
    again = [torch.autograd.grad(y, x, retain_graph=True)[0] for _ in range(2)]
    assert all(torch.equal(unused, g) for g in again)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    bends = [torch.autograd.grad(slope.sum(), x, retain_graph=True)[0] for _ in range(2)]
    assert torch.equal(*bends)
    assert torch.autograd.grad(y, [x, random(2)], allow_unused=True)[1] is None


def test_cotangents_are_differentiated_too():
    """The gradient is linear in the cotangent, with f' for its factor."""
    x, g = random(5), random(5, seed=1)
    (slope,) = torch.autograd.grad(twice(x), x, g, create_graph=True)
    by_g, by_x = torch.autograd.grad(slope.sum(), (g, x))
    close(by_g, mish.derivative(x.detach()))
    close(by_x, g.detach() * mish.derivative(x.detach(), order=2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_two_orders_in_half_precision(dtype):
    x = random(200, dtype=dtype)
    (slope,) = torch.autograd.grad(twice(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x)
    wide, info = x.detach().double(), torch.finfo(dtype)
    for got, order in ((slope, 1), (bend, 2)):
        assert got.dtype == dtype
        want = mish.derivative(wide, order=order)
        torch.testing.assert_close(got.detach().double(), want, rtol=info.eps, atol=info.tiny)


@pytest.mark.parametrize("f", [mish, twice, mish.with_options(keep="input")], ids=str)
def test_nothing_outlives_the_graph(f):
    gc.collect()
    gc.disable()  # what is gone without it is in no cycle
    try:
        x = random(5)
        y = f(x)
        node, saved = weakref.ref(y.grad_fn), weakref.ref(y.grad_fn.saved_tensors[0])
        if f is not mish:
            (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
            alive = weakref.ref(slope)
            torch.autograd.grad(slope.sum(), x)
            del slope
            assert alive() is None
        else:
            y.sum().backward()
        del y
        assert node() is None
        assert saved() is None or saved() is x
    finally:
        gc.enable()


def test_a_backward_pass_frees_what_was_kept():
    x = random(5)
    y = mish(x)
    saved = weakref.ref(y.grad_fn.saved_tensors[0])
    torch.autograd.grad(y, x, random(1).detach().expand(5))
    assert saved() is None
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_derivatives_by_two_arguments_of_three():
    f = da.activation(lambda a, x, y: da.exp(a) * da.sin(x) * y * y).with_options(order=2)
    a, x, y = random(40, 3).detach(), random(3, seed=1), random(3, seed=2)
    weights = random(40, 3, seed=3).detach()
    got = first_and_second(lambda x, y: f(a, x, y), [x, y], weights)
    close(got, first_and_second(lambda x, y: a.exp() * x.sin() * y * y, [x, y], weights))
