"""torch.compile: one graph, in training, under transforms, and to second order."""

from __future__ import annotations

import functools

import torch
from torch._dynamo.testing import CompileCounterWithBackend
from torch.func import grad, hessian, jacfwd, jvp, vmap
from torch.utils.checkpoint import checkpoint

from benchmarks.compiler import COMPILER

from ..situation import require
from .framework import situation
from .truth import check, derivative, network, points, same

compiled = functools.partial(torch.compile, fullgraph=True, backend="aot_eager")


@situation()
def compiled_training(f, reference):
    check(compiled(lambda x: f(x)), reference, points(4, 3))


@situation()
def compiled_training_with_inductor(f, reference):
    step = torch.compile(lambda x: 2 * f(x), fullgraph=True, backend=COMPILER)
    check(step, lambda x: 2 * reference(x), points(4, 3))
    check(step, lambda x: 2 * reference(x), points(4, 7))


@situation()
def compiled_without_gradients(f, reference):
    g = compiled(lambda x: f(x))
    x = points(5)
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            same(g(x), derivative(reference, x, 0))
    same(g(x.detach()), derivative(reference, x, 0))


@situation()
def compiled_for_every_shape(f, reference):
    counter = CompileCounterWithBackend("aot_eager")
    g = torch.compile(lambda x: f(x), fullgraph=True, dynamic=True, backend=counter)
    for size in (5, 7, 64, 1000):
        check(g, reference, points(size, 3))
    require(counter.frame_count == 1, f"{counter.frame_count} graphs for 4 shapes")


@situation()
def compiled_anew_at_most_once(f, reference):
    counter = CompileCounterWithBackend("aot_eager")
    g = torch.compile(lambda x: f(x), fullgraph=True, backend=counter)
    for size in (5, 7, 64, 1000):
        check(g, reference, points(size, 3))
    require(counter.frame_count <= 2, f"{counter.frame_count} graphs for 4 shapes")


@situation()
def compiled_module(f, reference):
    x = points(4, 3)
    ours, theirs = network(f), network(reference)
    compiled(ours)(x).sum().backward()
    want = torch.autograd.grad(theirs(x).sum(), (x, *theirs.parameters()))
    for got, expected in zip((x, *ours.parameters()), want, strict=True):
        same(got.grad, expected)


@situation()
def compiled_checkpoint(f, reference):
    check(compiled(lambda x: checkpoint(f, x, use_reentrant=False)), reference, points(5))


@situation()
def compiled_under_autocast(f, reference):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        check(compiled(lambda x: f(x)), reference, points(5, dtype=torch.float32))


@situation()
def compiled_bfloat16(f, reference):
    check(compiled(lambda x: f(x)), reference, points(50, dtype=torch.bfloat16))


@situation()
def func_grad_inside_compile(f, reference):
    x = points(5).detach()
    got = compiled(lambda x: grad(lambda x: f(x).sum())(x) * 1)(x)
    same(got, derivative(reference, x))


@situation()
def func_grad_compiled_itself(f, reference):
    x = points(5).detach()
    same(compiled(grad(lambda x: f(x).sum()))(x), derivative(reference, x))


@situation()
def func_vmap_inside_compile(f, reference):
    x = points(4, 3).detach()
    same(compiled(lambda x: vmap(f)(x) * 1)(x), derivative(reference, x, 0))
    got = compiled(lambda x: vmap(grad(lambda x: f(x).sum()))(x) * 1)(x)
    same(got, derivative(reference, x))


@situation()
def func_jvp_inside_compile(f, reference):
    x, t = points(5).detach(), points(5, seed=1).detach()
    same(compiled(lambda x, t: jvp(f, (x,), (t,))[1])(x, t), t * derivative(reference, x))
    same(compiled(lambda x: jacfwd(f)(x))(x), derivative(reference, x).diag())


@situation()
def compiled_function_under_vmap_and_grad(f, reference):
    """Dynamo steps aside there."""
    g = torch.compile(lambda x: f(x), backend="aot_eager")
    x = points(4, 3).detach()
    same(vmap(g)(x), derivative(reference, x, 0))
    same(grad(lambda x: g(x).sum())(x), derivative(reference, x))
    same(jvp(g, (x,), (x,))[1], x * derivative(reference, x))


@situation()
def training_through_vmap_inside_compile(f, reference):
    check(compiled(lambda x: vmap(f)(x)), reference, points(4, 3))


@situation()
def compiled_autograd(f, reference):
    from torch._dynamo import compiled_autograd as engine

    x = points(5)
    with engine._enable(torch.compile(fullgraph=True, backend="aot_eager")):
        f(x).sum().backward()
    same(x.grad, derivative(reference, x))


@situation()
def compiled_autograd_of_a_compiled_function(f, reference):
    x = points(5)
    with torch._dynamo.config.patch(compiled_autograd=True):
        compiled(lambda x: f(x))(x).sum().backward()
    same(x.grad, derivative(reference, x))


@situation()
def backward_inside_compile(f, reference):
    def step(x):
        (g,) = torch.autograd.grad(f(x).sum(), x)
        return g

    x = points(5)
    with torch._dynamo.config.patch(trace_autograd_ops=True):
        same(compiled(step)(x), derivative(reference, x))


@situation()
def graph_break_beside_it(f, reference):
    def step(x):
        y = f(x)
        torch._dynamo.graph_break()
        return f(y)

    g = torch.compile(step, backend="aot_eager")
    check(g, lambda x: reference(reference(x)), points(5))


@situation(order=2)
def double_backward_of_a_compiled_function(f, reference):
    """PyTorch refuses it to every function that AOTAutograd compiled."""
    x = points(5)
    (g,) = torch.autograd.grad(compiled(lambda x: f(x))(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def double_backward_with_dynamo_alone(f, reference):
    """Its backend "eager" runs what was traced as it is, under autograd."""
    x = points(5)
    g = torch.compile(lambda x: f(x), fullgraph=True, backend="eager")
    (slope,) = torch.autograd.grad(g(x).sum(), x, create_graph=True)
    same(slope, derivative(reference, x))
    (bend,) = torch.autograd.grad(slope.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation(order=2)
def gradient_penalty_with_dynamo_alone(f, reference):
    x = points(5)
    h = x * 2
    g = torch.compile(lambda x: f(x), fullgraph=True, backend="eager")
    (slope,) = torch.autograd.grad(g(h).sum(), h, create_graph=True)
    (slope.square().sum() + h.sum()).backward()
    same(x.grad, 4 * derivative(reference, h) * derivative(reference, h, 2) + 2)


@situation(order=2)
def gradient_penalty_of_a_compiled_function(f, reference):
    """PyTorch refuses it to every function that AOTAutograd compiled."""
    x = points(5)
    h = x * 2
    (slope,) = torch.autograd.grad(compiled(lambda x: f(x))(h).sum(), h, create_graph=True)
    (slope.square().sum() + h.sum()).backward()
    same(x.grad, 4 * derivative(reference, h) * derivative(reference, h, 2) + 2)


@situation(order=2)
def double_backward_inside_compile(f, reference):
    def step(x):
        (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
        (bend,) = torch.autograd.grad(g.sum(), x)
        return bend

    x = points(5)
    with torch._dynamo.config.patch(trace_autograd_ops=True):
        same(compiled(step)(x), derivative(reference, x, 2))


@situation(order=2)
def func_hessian_inside_compile(f, reference):
    x = points(3).detach()
    want = derivative(reference, x, 2).diag()
    same(compiled(lambda x: hessian(lambda x: f(x).sum())(x) * 1)(x), want)


@situation(order=2)
def func_grad_of_grad_inside_compile(f, reference):
    x = points().detach()
    same(compiled(lambda x: grad(grad(f))(x) * 1)(x), derivative(reference, x, 2))


@situation(order=2)
def backward_through_func_grad_inside_compile(f, reference):
    x = points(5)
    g = compiled(lambda x: grad(lambda x: f(x).sum())(x) * 1)(x)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))
