"""A learned argument beside the input: PReLU."""

from __future__ import annotations

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, jacfwd, vmap

from .compilation import compiled
from .framework import situation
from .truth import agree, points, same


def given():
    return points(4, 3), torch.nn.Parameter(points(3, seed=3).detach())


@situation(takes="prelu")
def learned_argument(f, reference):
    x, slope = given()
    agree(f, reference, x, slope)
    single = torch.nn.Parameter(torch.full((1,), 0.25, dtype=x.dtype))
    agree(f, reference, x, single)


@situation(takes="prelu")
def learned_argument_of_an_input_without_gradient(f, reference):
    x, slope = given()
    agree(f, reference, x.detach(), slope)
    agree(f, reference, x, slope.detach())


@situation(takes="prelu")
def learned_argument_compiled(f, reference):
    x, slope = given()
    agree(compiled(lambda x, a: f(x, a)), reference, x, slope)
    agree(compiled(lambda x, a: f(x, a)), reference, x.detach(), slope)


@situation(takes="prelu")
def learned_argument_in_gradcheck(f, reference):
    gradcheck(f, given(), check_forward_ad=True, check_batched_grad=True)


@situation(takes="prelu")
def learned_argument_under_vmap_of_grad(f, reference):
    x, slope = (t.detach() for t in given())

    def per_example(f):
        return vmap(grad(lambda x, a: f(x[None], a).sum(), argnums=(0, 1)), (0, None))(x, slope)

    for got, want in zip(per_example(f), per_example(reference), strict=True):
        same(got, want)


@situation(takes="prelu")
def learned_argument_under_jacfwd(f, reference):
    x, slope = (t.detach() for t in given())
    same(*(jacfwd(g, argnums=1)(x, slope) for g in (f, reference)))


@situation(order=2, takes="prelu")
def learned_argument_in_gradgradcheck(f, reference):
    gradgradcheck(f, given())


@situation(order=2, takes="prelu")
def learned_argument_mixed_second_derivative(f, reference):
    x, slope = given()

    def mixed(f):
        (g,) = torch.autograd.grad(f(x, slope).sum(), x, create_graph=True)
        return torch.autograd.grad(g.sum(), slope)[0]

    same(mixed(f), mixed(reference))
