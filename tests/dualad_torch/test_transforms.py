"""PyTorch's transforms and higher orders: the right derivative through every one."""

import numpy as np
import pytest
import torch
import torch._dynamo.testing

import dualad as da
from dualad.activations import mish

kept_input = mish.with_options(keep="input")


both = pytest.mark.parametrize("activation", [mish, kept_input], ids=["derivative", "input"])


@da.activation
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


def doubles(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()


def gradient(f, *xs):
    return torch.autograd.grad(f(*xs).sum(), xs)


@both
def test_gradcheck(activation):
    assert torch.autograd.gradcheck(activation, doubles(7))
    f = swiglu.with_options(keep=activation.keep)
    assert torch.autograd.gradcheck(f, (doubles(3, 1), doubles(4, seed=1)))


def test_any_order_with_the_input_kept():
    assert torch.autograd.gradgradcheck(kept_input, doubles(7))
    f = swiglu.with_options(keep="input")
    assert torch.autograd.gradgradcheck(f, (doubles(3, 1), doubles(4, seed=1)))
    x = doubles(5)
    d = kept_input(x)
    for order in range(1, 4):
        (d,) = torch.autograd.grad(d.sum(), x, create_graph=True)
        want = mish.derivative(x.detach().numpy(), order=order)
        np.testing.assert_allclose(d.detach().numpy(), want, rtol=1e-10, atol=1e-12)


FUNC = {
    "grad": (1, lambda f, x: torch.func.grad(lambda x: f(x).sum())(x)),
    "vmap of grad": (1, lambda f, x: torch.func.vmap(torch.func.grad(f))(x)),
    "grad of vmap": (1, lambda f, x: torch.func.grad(lambda x: torch.func.vmap(f)(x).sum())(x)),
    "vjp": (1, lambda f, x: torch.func.vjp(f, x)[1](torch.ones_like(x))[0]),
    "jvp": (1, lambda f, x: torch.func.jvp(f, (x,), (torch.ones_like(x),))[1]),
    "jacrev": (1, lambda f, x: torch.func.jacrev(f)(x).diagonal()),
    "jacfwd": (1, lambda f, x: torch.func.jacfwd(f)(x).diagonal()),
    "grad of grad": (2, lambda f, x: torch.func.vmap(torch.func.grad(torch.func.grad(f)))(x)),
    "hessian": (2, lambda f, x: torch.func.hessian(lambda x: f(x).sum())(x).diagonal()),
}


@both
@pytest.mark.parametrize("transform", FUNC)
def test_functional_transforms_are_right_to_second_order(transform, activation):
    order, compute = FUNC[transform]
    x = doubles(5).detach()
    want = mish.derivative(x.numpy(), order=order)
    np.testing.assert_allclose(compute(activation, x), want, rtol=1e-11, atol=1e-12)


@both
@pytest.mark.parametrize("in_dims", [(0, 0), (1, 0), (0, None), (None, 1)])
def test_vmap_over_several_inputs_of_different_rank(in_dims, activation):
    f = swiglu.with_options(keep=activation.keep)
    a, b = doubles(3, 3, 3).detach(), doubles(3, 3, seed=1).detach()

    def plain(a, b):
        return a * torch.sigmoid(a) * b

    vmap = torch.func.vmap
    torch.testing.assert_close(vmap(f, in_dims)(a, b), vmap(plain, in_dims)(a, b))

    def slope(g):
        return torch.func.grad(lambda a, b: g(a, b).sum(), argnums=1)

    torch.testing.assert_close(vmap(slope(f), in_dims)(a, b), vmap(slope(plain), in_dims)(a, b))


@both
def test_forward_mode(activation):
    x = doubles(5).detach()
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        got = torch.autograd.forward_ad.unpack_dual(activation(dual)).tangent
    np.testing.assert_allclose(got, mish.derivative(x.numpy()), rtol=1e-13)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mish.derivative(x),
        lambda x: mish.linearize(x)[1],
        torch.func.grad(lambda x: mish(x).sum()),
    ],
)
def test_second_derivatives_at_the_seam_of_the_exponentials(f):
    """mish''(0) = 0.64; a clamp's gradient at a tie would make 0.96 of it."""
    x = torch.zeros(1, dtype=torch.float64)
    got = torch.func.grad(lambda x: f(x).sum())(x)
    np.testing.assert_allclose(got, [0.64], rtol=1e-14)
    x.requires_grad_()
    if f(x).requires_grad:
        np.testing.assert_allclose(torch.autograd.grad(f(x).sum(), x)[0], [0.64], rtol=1e-14)


@both
def test_forward_over_forward(activation):
    """PyTorch loses the inner tangent of a Function with a jvp (its issue 197867)."""
    x = doubles(5).detach()
    twice = torch.func.jacfwd(torch.func.jacfwd(lambda x: activation(x).sum()))(x).diagonal()
    np.testing.assert_allclose(twice, mish.derivative(x.numpy(), order=2), rtol=1e-9, atol=1e-12)
    cube = da.activation(lambda x: x**3).with_options(keep=activation.keep)
    third = torch.func.jacfwd(torch.func.jacfwd(torch.func.jacfwd(cube)))
    assert float(third(torch.tensor(2.0))) == 6.0
    mixed = torch.func.jacfwd(torch.func.jacfwd(torch.func.jacrev(cube)))
    assert float(mixed(torch.tensor(2.0))) == 6.0


def test_derivatives_are_differentiable_too():
    x = doubles(5)
    for d in (mish.derivative(x), mish.linearize(x)[1], da.derivative(mish)(x)):
        (bend,) = torch.autograd.grad(d.sum(), x)
        want = mish.derivative(x.detach().numpy(), order=2)
        np.testing.assert_allclose(bend, want, rtol=1e-10, atol=1e-12)
    f = torch.compile(lambda x: mish.linearize(x)[1], fullgraph=True, backend="aot_eager")
    np.testing.assert_allclose(f(x.detach()), mish.derivative(x.detach().numpy()), rtol=1e-12)


@both
@pytest.mark.parametrize("needs_gradient", [False, True])
@pytest.mark.parametrize("size", [5, 1 << 18])
def test_forward_mode_of_any_size_and_beside_reverse_mode(size, needs_gradient, activation):
    x = torch.linspace(-3, 3, size, dtype=torch.float64).requires_grad_(needs_gradient)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        got = torch.autograd.forward_ad.unpack_dual(activation(dual)).tangent
    np.testing.assert_allclose(got.detach(), mish.derivative(x.detach().numpy()), rtol=1e-13)
