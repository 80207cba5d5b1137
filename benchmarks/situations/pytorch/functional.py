"""torch.func: its transforms alone, nested, and beside autograd."""

from __future__ import annotations

import copy

import torch
from torch.func import (
    functional_call,
    functionalize,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stack_module_state,
    vjp,
    vmap,
)

from .framework import situation
from .truth import derivative, network, points, same


def total(f):
    return lambda x: f(x).sum()


@situation()
def func_grad(f, reference):
    x = points(5).detach()
    same(grad(total(f))(x), derivative(reference, x))


@situation()
def func_vmap(f, reference):
    x = points(4, 3).detach()
    same(vmap(f)(x), derivative(reference, x, 0))
    same(vmap(f, in_dims=1, out_dims=1, chunk_size=2)(x), derivative(reference, x, 0))


@situation()
def func_vmap_of_grad(f, reference):
    x = points(4, 3).detach()
    same(vmap(grad(total(f)))(x), derivative(reference, x))


@situation()
def func_grad_of_vmap(f, reference):
    x = points(4, 3).detach()
    same(grad(total(vmap(f)))(x), derivative(reference, x))


@situation()
def func_jvp(f, reference):
    x, t = points(5).detach(), points(5, seed=1).detach()
    value, slope = jvp(f, (x,), (t,))
    same(value, derivative(reference, x, 0))
    same(slope, t * derivative(reference, x))


@situation()
def func_vmap_of_jvp(f, reference):
    x, t = points(4, 3).detach(), points(4, 3, seed=1).detach()
    same(vmap(lambda x, t: jvp(f, (x,), (t,))[1])(x, t), t * derivative(reference, x))


@situation()
def func_vjp(f, reference):
    x, t = points(5).detach(), points(5, seed=1).detach()
    value, pull_back = vjp(f, x)
    same(value, derivative(reference, x, 0))
    same(pull_back(t)[0], t * derivative(reference, x))


@situation()
def func_linearize(f, reference):
    x, t = points(5).detach(), points(5, seed=1).detach()
    value, push = linearize(f, x)
    same(value, derivative(reference, x, 0))
    same(push(t), t * derivative(reference, x))


@situation()
def func_jacrev(f, reference):
    x = points(5).detach()
    same(jacrev(f)(x), derivative(reference, x).diag())


@situation()
def func_jacfwd(f, reference):
    x = points(5).detach()
    same(jacfwd(f)(x), derivative(reference, x).diag())


@situation()
def func_functionalize(f, reference):
    x = points(5).detach()
    same(functionalize(f)(x), derivative(reference, x, 0))
    same(functionalize(grad(total(f)))(x), derivative(reference, x))


@situation()
def no_grad_inside_func_grad(f, reference):
    def product(x):
        with torch.no_grad():
            constant = f(x)
        return (constant * x).sum()

    x = points(5).detach()
    same(grad(product)(x), derivative(reference, x, 0))


@situation()
def vmap_of_a_backward_pass(f, reference):
    x = points(5)
    y = f(x)

    def row(cot):
        return torch.autograd.grad(y, x, cot, retain_graph=True)[0]

    same(vmap(row)(torch.eye(5, dtype=x.dtype)), derivative(reference, x).diag())


@situation(order=2)
def func_grad_of_grad(f, reference):
    x = points(5).detach()
    same(vmap(grad(grad(f)))(x), derivative(reference, x, 2))


@situation(order=2)
def func_hessian(f, reference):
    x = points(5).detach()
    same(hessian(total(f))(x), derivative(reference, x, 2).diag())
    x = points(4, 3).detach()
    got = vmap(hessian(total(f)))(x)
    same(got, torch.diag_embed(derivative(reference, x, 2)))


@situation(order=2)
def func_jacobians_of_jacobians(f, reference):
    x = points(3).detach()
    want = derivative(reference, x, 2).diag()
    same(jacrev(jacrev(total(f)))(x), want)
    same(jacrev(jacfwd(total(f)))(x), want)
    same(jacfwd(jacfwd(total(f)))(x), want)


@situation(order=3)
def func_jacfwd_three_times(f, reference):
    x = points(3).detach()
    got = jacfwd(jacfwd(jacfwd(total(f))))(x)
    want = torch.zeros(3, 3, 3, dtype=x.dtype)
    want[range(3), range(3), range(3)] = derivative(reference, x, 3)
    same(got, want)


@situation(order=3)
def func_third_order_mixed(f, reference):
    x = points().detach()
    want = derivative(reference, x, 3)
    for third in (grad(grad(grad(f))), jacfwd(jacfwd(grad(f))), jacfwd(grad(jacfwd(f)))):
        same(third(x), want)
    same(grad(jacfwd(jacfwd(f)))(x), want)


@situation()
def backward_through_vmap(f, reference):
    x = points(4, 3)
    (g,) = torch.autograd.grad(vmap(f)(x).sum(), x)
    same(g, derivative(reference, x))


@situation(order=2)
def double_backward_through_vmap(f, reference):
    x = points(4, 3)
    (g,) = torch.autograd.grad(vmap(f)(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def backward_through_func_grad(f, reference):
    x = points(5)
    g = grad(total(f))(x)
    same(g, derivative(reference, x))
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def backward_through_func_jvp(f, reference):
    x, t = points(5), points(5, seed=1).detach()
    _, slope = jvp(f, (x,), (t,))
    (bend,) = torch.autograd.grad(slope.sum(), x)
    same(bend, t * derivative(reference, x, 2))


@situation()
def ensemble_of_modules(f, reference):
    """Vmap over stacked modules, and gradients per example."""
    x = points(6, 3).detach()

    def gradients(f):
        models = [network(f, seed=i) for i in range(4)]
        state, _ = stack_module_state(models)
        skeleton = copy.deepcopy(models[0]).to("meta")

        def loss(state, x):
            return functional_call(skeleton, state, (x,)).square().sum()

        shared = vmap(grad(loss), in_dims=(0, None))(state, x)
        per_example = vmap(vmap(grad(loss), in_dims=(None, 0)), in_dims=(0, None))(state, x)
        return shared, per_example

    for got, want in zip(gradients(f), gradients(reference), strict=True):
        for name in want:
            same(got[name], want[name])
