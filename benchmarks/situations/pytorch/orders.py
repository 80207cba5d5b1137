"""Second and third derivatives in eager mode."""

from __future__ import annotations

import torch
from torch.autograd import forward_ad, gradgradcheck
from torch.utils.checkpoint import checkpoint

from .framework import situation
from .truth import cotangent, derivative, points, same


@situation(order=2)
def double_backward(f, reference):
    x = points(5)
    y, cot = f(x), cotangent(x)
    (g,) = torch.autograd.grad(y, x, cot, create_graph=True)
    same(g, cot * derivative(reference, x))
    (bend,) = torch.autograd.grad(g, x, cot)
    same(bend, cot * cot * derivative(reference, x, 2))


@situation(order=2)
def double_backward_of_a_large_tensor(f, reference):
    x = points(3, 50_000)
    (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=3)
def triple_backward(f, reference):
    x = points(5)
    y = f(x)
    for order in (1, 2, 3):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=order < 3)
        same(y, derivative(reference, x, order))


@situation(order=2)
def gradient_penalty(f, reference):
    x = points(5)
    h = x * 2
    (g,) = torch.autograd.grad(f(h).sum(), h, create_graph=True)
    (g.square().sum() + h.sum()).backward()
    same(x.grad, 4 * derivative(reference, h) * derivative(reference, h, 2) + 2)


@situation(order=2)
def double_backward_with_unused_allowed(f, reference):
    """A Function that is silent about its second order gives None here."""
    x = points(5)
    (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum() + 0 * x.sum(), x, allow_unused=True)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def double_backward_through_a_checkpoint(f, reference):
    x = points(5)
    (g,) = torch.autograd.grad(checkpoint(f, x, use_reentrant=False).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def forward_over_reverse(f, reference):
    x, tangent = points(5), points(5, seed=1).detach()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, tangent)
        (g,) = torch.autograd.grad(f(dual).sum(), dual)
        same(forward_ad.unpack_dual(g).tangent, tangent * derivative(reference, x, 2))


@situation(order=2)
def reverse_over_forward(f, reference):
    x, tangent = points(5), points(5, seed=1).detach()
    with forward_ad.dual_level():
        slope = forward_ad.unpack_dual(f(forward_ad.make_dual(x, tangent))).tangent
        (bend,) = torch.autograd.grad(slope.sum(), x)
    same(bend, tangent * derivative(reference, x, 2))


@situation(order=2)
def autograd_functional_hessian(f, reference):
    x = points(5)
    want = derivative(reference, x, 2).diag()
    same(torch.autograd.functional.hessian(lambda x: f(x).sum(), x), want)


@situation(order=3)
def autograd_functional_hvp(f, reference):
    """It differentiates the backward pass of a backward pass, by its cotangent."""
    x, v = points(5), points(5, seed=1).detach()
    _, product = torch.autograd.functional.hvp(lambda x: f(x).sum(), x, v)
    same(product, v * derivative(reference, x, 2))


@situation(order=2)
def autograd_functional_hessian_forward_over_reverse(f, reference):
    x = points(5)
    got = torch.autograd.functional.hessian(
        lambda x: f(x).sum(), x, vectorize=True, outer_jacobian_strategy="forward-mode"
    )
    same(got, derivative(reference, x, 2).diag())


@situation(order=2)
def gradgradcheck_in_reverse(f, reference):
    gradgradcheck(f, points(5))


@situation(order=2)
def gradgradcheck_batched(f, reference):
    gradgradcheck(f, points(5), check_batched_grad=True)


@situation(order=2)
def gradgradcheck_forward_over_reverse(f, reference):
    gradgradcheck(
        f,
        points(5),
        check_fwd_over_rev=True,
        check_rev_over_rev=False,
        check_undefined_grad=False,
    )


@situation(order=2)
def batched_cotangents_with_a_graph(f, reference):
    x = points(4)
    y, basis = f(x), torch.eye(4, dtype=x.dtype)
    (g,) = torch.autograd.grad(y, x, basis, is_grads_batched=True, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def derivative_by_the_cotangent(f, reference):
    """It is the first derivative again, asked for with ``create_graph``."""
    x, cot = points(5), points(5, seed=1)
    (g,) = torch.autograd.grad(f(x), x, cot, create_graph=True)
    (slope,) = torch.autograd.grad(g.sum(), cot)
    same(slope, derivative(reference, x))
    v = torch.ones_like(x)
    same(torch.autograd.functional.jvp(f, x, v)[1], derivative(reference, x))
