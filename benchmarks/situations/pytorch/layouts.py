"""Memory layouts: whatever the input's is, the result and the gradient have the built-in's."""

from __future__ import annotations

import torch
from torch.nn.functional import mish as built_in

from benchmarks.compiler import COMPILER

from ..situation import require
from .compilation import compiled
from .framework import situation
from .truth import check, derivative, points, same

LAYOUTS = {
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last),
    "transposed": lambda x: x.transpose(1, 3),
    "with holes": lambda x: x[:, ::2],
    "expanded": lambda x: x[:1].expand(4, -1, -1, -1),
}


def leaf(layout, *shape, dtype=torch.float64):
    return LAYOUTS[layout](points(*shape, dtype=dtype).detach()).requires_grad_()


def keeps(f, reference, x):
    """Values, and the strides that PyTorch's element-wise functions give."""
    y, g = check(f, reference, x)
    want = built_in(x)
    (slope,) = torch.autograd.grad(want, x, torch.empty_like(x).fill_(1.0))
    require(y.stride() == want.stride(), f"strides {y.stride()}, not {want.stride()}")
    require(g.stride() == slope.stride(), f"gradient's {g.stride()}, not {slope.stride()}")


@situation()
def not_contiguous(f, reference):
    for layout in ("transposed", "with holes", "expanded"):
        keeps(f, reference, leaf(layout, 4, 6, 5, 3))


@situation()
def channels_last(f, reference):
    keeps(f, reference, leaf("channels last", 4, 6, 5, 3))


@situation()
def large_and_not_contiguous(f, reference):
    for layout in LAYOUTS:
        keeps(f, reference, leaf(layout, 8, 16, 40, 20, dtype=torch.float32))


@situation()
def gradient_of_another_layout(f, reference):
    x = leaf("channels last", 4, 6, 5, 3)
    cot = points(4, 6, 5, 3, seed=1).detach()
    (g,) = torch.autograd.grad(f(x), x, cot)
    same(g, cot * derivative(reference, x))


@situation()
def not_contiguous_compiled(f, reference):
    for layout in ("transposed", "with holes"):
        keeps(compiled(lambda x: f(x)), reference, leaf(layout, 4, 6, 5, 3))


@situation()
def channels_last_compiled(f, reference):
    keeps(compiled(lambda x: f(x)), reference, leaf("channels last", 4, 6, 5, 3))


@situation()
def channels_last_compiled_with_inductor(f, reference):
    g = torch.compile(lambda x: f(x), fullgraph=True, backend=COMPILER)
    keeps(g, reference, leaf("channels last", 4, 6, 5, 3))
