"""Autograd in eager mode, to first order."""

from __future__ import annotations

import torch
from torch.autograd import forward_ad, gradcheck

from ..situation import require
from .framework import situation
from .truth import check, cotangent, derivative, points, same


@situation()
def backward(f, reference):
    x = points(4, 3)
    check(f, reference, x)
    cot = cotangent(x)
    f(x).backward(cot)
    (f(x) + f(x)).backward(cot)  # x.grad accumulates
    same(x.grad, 3 * cot * derivative(reference, x))


@situation()
def backward_of_a_large_tensor(f, reference):
    check(f, reference, points(3, 50_000))
    check(f, reference, points(3, 50_000, dtype=torch.float32))


@situation()
def graph_retained(f, reference):
    x = points(5)
    y, cot = f(x), cotangent(x)
    for _ in range(2):
        (g,) = torch.autograd.grad(y, x, cot, retain_graph=True)
        same(g, cot * derivative(reference, x))
    torch.autograd.grad(y, x, cot)
    try:
        (g,) = torch.autograd.grad(y, x, cot)
    except RuntimeError:
        return
    same(g, cot * derivative(reference, x))


@situation()
def gradient_of_an_unused_input(f, reference):
    x, other = points(5), points(5, seed=1)
    g, unused = torch.autograd.grad(f(x).sum(), (x, other), allow_unused=True)
    require(unused is None, "an input that is not used has a gradient")
    same(g, derivative(reference, x))


@situation()
def hooks_on_tensors(f, reference):
    x = points(5)
    y = f(x)
    y.retain_grad()
    y.register_hook(lambda g: 2 * g)
    x.register_hook(lambda g: g + 1)
    y.sum().backward()
    same(y.grad, torch.full_like(y, 2.0))
    same(x.grad, 2 * derivative(reference, x) + 1)


@situation()
def no_grad_and_inference_mode(f, reference):
    x = points(5)
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            y = f(x)
        require(y.grad_fn is None and not y.requires_grad, "a graph without gradients")
        same(y, derivative(reference, x, 0))
    with torch.inference_mode():
        y = f(f(x))
        require(y.is_inference(), "no inference tensor in inference mode")
    same(f(y), derivative(reference, y.clone(), 0))  # an inference tensor in normal mode


@situation()
def result_changed_in_place(f, reference):
    x = points(5)
    y = f(x)
    y.add_(1).mul_(3)
    same(y, 3 * (derivative(reference, x, 0) + 1))
    (g,) = torch.autograd.grad(y.sum(), x)
    same(g, 3 * derivative(reference, x))


@situation()
def input_changed_in_place(f, reference):
    """Right, or the error of PyTorch that a tensor needed for backward was changed."""
    x = points(5)
    h = x * 1
    y = f(h)
    want = derivative(reference, h)
    h.add_(1)
    (g,) = torch.autograd.grad(y.sum(), x)
    same(g, want)


@situation()
def views_as_input(f, reference):
    base = points(4, 4)
    for view in (base[1:], base.view(2, 8), base.diagonal(), base.unbind()[2], base.T[None]):
        check(f, reference, view)
    base.grad = None
    f(base[1:]).sum().backward()
    same(base.grad[1:], derivative(reference, base[1:]))
    same(base.grad[0], torch.zeros(4))


@situation()
def in_place_on_a_view_of_the_result(f, reference):
    x = points(4)
    y = f(x)
    y[1:].mul_(2)
    (g,) = torch.autograd.grad(y.sum(), x)
    same(g, torch.tensor([1.0, 2, 2, 2]) * derivative(reference, x))


@situation()
def batched_cotangents(f, reference):
    x = points(5)
    rows = torch.autograd.grad(f(x), x, torch.eye(5, dtype=x.dtype), is_grads_batched=True)[0]
    same(rows, derivative(reference, x).diag())


@situation()
def autograd_functional_jacobian(f, reference):
    x = points(5)
    want = derivative(reference, x).diag()
    for options in ({}, {"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}):
        same(torch.autograd.functional.jacobian(f, x, **options), want)


@situation()
def anomaly_mode(f, reference):
    with torch.autograd.detect_anomaly(check_nan=True):
        check(f, reference, points(5))


@situation()
def forward_mode(f, reference):
    x, tangent = points(5).detach(), points(5, seed=1).detach()
    with forward_ad.dual_level():
        y = f(forward_ad.make_dual(x, tangent))
        value, slope = forward_ad.unpack_dual(y)
        same(value, derivative(reference, x, 0))
        same(slope, tangent * derivative(reference, x))
        with torch.no_grad():
            y = f(forward_ad.make_dual(x, tangent))
        same(forward_ad.unpack_dual(y).tangent, tangent * derivative(reference, x))


@situation()
def forward_mode_of_an_input_with_a_gradient(f, reference):
    x, tangent = points(5), points(5, seed=1).detach()
    with forward_ad.dual_level():
        y = f(forward_ad.make_dual(x, tangent))
        same(forward_ad.unpack_dual(y).tangent, tangent * derivative(reference, x))
        (g,) = torch.autograd.grad(y, x, tangent)
    same(g, tangent * derivative(reference, x))


@situation()
def gradcheck_in_reverse(f, reference):
    gradcheck(f, points(5))


@situation()
def gradcheck_with_batched_grad(f, reference):
    gradcheck(f, points(5), check_batched_grad=True)


@situation()
def gradcheck_with_forward_ad(f, reference):
    gradcheck(f, points(5), check_forward_ad=True)


@situation()
def gradcheck_with_batched_forward_grad(f, reference):
    gradcheck(f, points(5), check_forward_ad=True, check_batched_forward_grad=True)
