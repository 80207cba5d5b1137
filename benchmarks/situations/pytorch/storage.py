"""What is kept for the backward pass, in the hands of checkpoints and hooks."""

from __future__ import annotations

import functools

import torch
from torch.autograd import graph
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

from ..situation import require
from .framework import situation
from .truth import check, cotangent, derivative, points, same


@situation()
def checkpoint_reentrant(f, reference):
    x = points(5)
    checkpoint(f, x, use_reentrant=True).sum().backward()
    same(x.grad, derivative(reference, x))


@situation()
def checkpoint_not_reentrant(f, reference):
    check(lambda x: checkpoint(f, x, use_reentrant=False), reference, points(5))
    check(lambda x: checkpoint(f, x, use_reentrant=False), reference, points(3, 50_000))


def selective(f, x, weight):
    def policy(context, operation, *arguments, **named):
        if operation is torch.ops.aten.mm.default:
            return CheckpointPolicy.MUST_SAVE
        return CheckpointPolicy.PREFER_RECOMPUTE

    contexts = functools.partial(create_selective_checkpoint_contexts, policy)
    return checkpoint(lambda x: f(x @ weight) @ weight, x, use_reentrant=False, context_fn=contexts)


@situation()
def checkpoint_selective(f, reference):
    for rows in (4, 30_000):
        x, weight = points(rows, 3), points(3, 3, seed=1)
        got = torch.autograd.grad(selective(f, x, weight).sum(), (x, weight))
        want = torch.autograd.grad((reference(x @ weight) @ weight).sum(), (x, weight))
        for g, expected in zip(got, want, strict=True):
            same(g / rows, expected / rows)


@situation()
def saved_tensors_hooks(f, reference):
    packed = []

    def pack(tensor):
        packed.append(tensor)
        return len(packed) - 1

    with graph.saved_tensors_hooks(pack, lambda i: packed[i].clone()):
        check(f, reference, points(5))
    require(bool(packed), "nothing went through the hooks")


@situation()
def kept_tensors_looked_at(f, reference):
    """As profilers and debuggers do, which may hold on to their memory."""
    x = points(5)
    y = f(x)
    node = y.grad_fn
    kept = node.saved_tensors if hasattr(node, "saved_tensors") else [node._saved_self]
    views = [t.detach() for t in kept]
    before = [t.clone() for t in views]
    del kept
    (g,) = torch.autograd.grad(y, x, cotangent(x))
    same(g, cotangent(x) * derivative(reference, x))
    for now, then in zip(views, before, strict=True):
        same(now, then)


@situation()
def saved_in_half_precision(f, reference):
    """Hooks may store what is kept as they like: the gradient comes from what they give back."""
    x = points(50)
    hooks = graph.saved_tensors_hooks(lambda t: t.bfloat16(), lambda t: t.double())
    with hooks:
        (g,) = torch.autograd.grad(f(x).sum(), x)
    same(g.bfloat16(), derivative(reference, x.bfloat16()))


@situation()
def save_on_cpu(f, reference):
    with graph.save_on_cpu():
        check(f, reference, points(5))


@situation()
def input_changed_in_place_with_mutation_allowed(f, reference):
    x = points(5)
    with graph.allow_mutation_on_saved_tensors():
        h = x * 1
        y = f(h)
        want = derivative(reference, h)
        h.add_(1)
        (g,) = torch.autograd.grad(y.sum(), x)
    same(g, want)
