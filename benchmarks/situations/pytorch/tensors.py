"""Tensors of every kind and dtype: meta, fake, subclasses, nested, half, empty."""

from __future__ import annotations

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from ..situation import require
from .compilation import compiled
from .framework import situation
from .truth import check, cotangent, derivative, points, same


@situation()
def meta_tensors(f, reference):
    x = torch.empty(4, 3, device="meta", requires_grad=True)
    y = f(x)
    (g,) = torch.autograd.grad(y.sum(), x)
    require(
        y.is_meta and g.is_meta and y.shape == g.shape == (4, 3), "a meta tensor became another"
    )


@situation()
def fake_tensors(f, reference):
    with FakeTensorMode():
        x = torch.empty(400, 300, requires_grad=True)
        y = f(x)
        (g,) = torch.autograd.grad(y.sum(), x)
    require(isinstance(y, FakeTensor) and isinstance(g, FakeTensor), "a fake tensor became real")
    require(y.shape == g.shape == (400, 300), "another shape")


class Tagged(torch.Tensor):
    """A subclass that PyTorch's functions keep, as ``torchvision`` tags its tensors."""


@situation()
def torch_function_subclass(f, reference):
    x = points(4, 3).detach().as_subclass(Tagged).requires_grad_()
    y = f(x)
    require(type(y) is Tagged, "the subclass is lost")
    y.sum().backward()
    same(x.grad.as_subclass(torch.Tensor), derivative(reference, x.as_subclass(torch.Tensor)))


class Wrapped(torch.Tensor):
    """A tensor that holds another, and sees the operations beneath autograd."""

    @staticmethod
    def __new__(cls, inner):  # noqa: D102
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device=inner.device
        )

    def __init__(self, inner):
        self.inner = inner

    def __repr__(self):
        return f"Wrapped({self.inner})"  # of what a compiler traces, there are no numbers to show

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, operation, types, arguments=(), named=None):
        def unwrap(t):
            return t.inner if isinstance(t, cls) else t

        results = operation(
            *pytree.tree_map(unwrap, arguments), **pytree.tree_map(unwrap, named or {})
        )
        return pytree.tree_map_only(torch.Tensor, cls, results)

    def __tensor_flatten__(self):
        return ["inner"], None

    @staticmethod
    def __tensor_unflatten__(inner, context, size, stride):
        return Wrapped(inner["inner"])


@situation()
def torch_dispatch_subclass(f, reference):
    inner = points(4, 3).detach()
    x = Wrapped(inner).requires_grad_()
    y = f(x)
    require(isinstance(y, Wrapped), "the wrapper is lost")
    (g,) = torch.autograd.grad(y, x, Wrapped(cotangent(inner)))
    same(y.inner, derivative(reference, inner, 0))
    same(g.inner, cotangent(inner) * derivative(reference, inner))


@situation()
def large_torch_dispatch_subclass(f, reference):
    inner = points(300, 300).detach()
    x = Wrapped(inner).requires_grad_()
    (g,) = torch.autograd.grad(f(x).sum(), x)
    same(g.inner, derivative(reference, inner))


@situation()
def torch_dispatch_subclass_compiled(f, reference):
    inner = points(4, 3).detach()
    x = Wrapped(inner).requires_grad_()
    y = compiled(lambda x: f(x))(x)
    (g,) = torch.autograd.grad(y, x, Wrapped(cotangent(inner)))
    same(g.inner, cotangent(inner) * derivative(reference, inner))


class Elements(TorchDispatchMode):
    """Count the elements that every operation writes, as profilers and planners do."""

    def __init__(self):
        super().__init__()
        self.written = 0

    def __torch_dispatch__(self, operation, types, arguments=(), named=None):
        results = operation(*arguments, **(named or {}))
        for tensor in pytree.tree_leaves(results):
            self.written += tensor.numel() if isinstance(tensor, torch.Tensor) else 0
        return results


@situation()
def dispatch_mode(f, reference):
    for shape in ((4, 3), (300, 300)):
        x = points(*shape)
        with Elements() as mode:
            f(x)
        require(mode.written >= x.numel(), "a dispatch mode does not see the computation")
        with Elements():
            check(f, reference, x)


@situation()
def parameter(f, reference):
    x = torch.nn.Parameter(points(4, 3).detach())
    require(type(f(x)) is torch.Tensor, "the activation of a parameter is a plain tensor")
    check(f, reference, x)
    f(x).sum().backward()
    same(x.grad, derivative(reference, x))


@situation()
def zero_dimensional_and_empty_tensors(f, reference):
    for shape in ((), (0,), (3, 0, 2), (1,)):
        y, g = check(f, reference, points(*shape))
        require(y.shape == g.shape == shape, "another shape")


@situation()
def infinities_and_nan(f, reference):
    x = torch.tensor([torch.inf, torch.nan, 300.0, 0.0], requires_grad=True)
    y = f(x)
    (g,) = torch.autograd.grad(y.sum(), x)
    require(bool(y[1].isnan()) and bool(g[1].isnan()), "a NaN is lost")
    same(y[[0, 2, 3]], torch.tensor([torch.inf, 300.0, 0.0]))
    same(g[2:], torch.tensor([1.0, 0.6]))


def nested(*lengths):
    parts = [points(n, 3, seed=n).detach() for n in lengths]
    return torch.nested.nested_tensor(parts, layout=torch.jagged).requires_grad_()


@situation()
def nested_tensor(f, reference):
    x = nested(2, 5, 1)
    y = f(x)
    require(y.is_nested and y.offsets().equal(x.offsets()), "another structure")
    same(y.values(), derivative(reference, x.values(), 0))
    (g,) = torch.autograd.grad(y, x, f(x).detach())
    want = derivative(reference, x.values()) * derivative(reference, x.values(), 0)
    same(g.values(), want)


@situation()
def nested_tensor_compiled(f, reference):
    x = nested(2, 5, 1)
    y = compiled(lambda x: f(x))(x)
    (g,) = torch.autograd.grad(y.values().sum(), x)
    same(g.values(), derivative(reference, x.values()))


@situation(order=2)
def double_backward_of_a_nested_tensor(f, reference):
    x = nested(2, 5, 1)
    (g,) = torch.autograd.grad(f(x).values().sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.values().sum(), x)
    same(bend.values(), derivative(reference, x.values(), 2))


@situation()
def bfloat16(f, reference):
    check(f, reference, points(1000, dtype=torch.bfloat16))
    check(f, reference, points(300, 300, dtype=torch.bfloat16))


@situation()
def float16(f, reference):
    check(f, reference, points(1000, dtype=torch.float16))
    check(f, reference, points(300, 300, dtype=torch.float16))


@situation()
def autocast(f, reference):
    """After a linear layer in half precision; and on single precision, which stays."""
    x = points(50, 3, dtype=torch.float32)
    weight = points(3, 4, dtype=torch.float32, seed=1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        h = x @ weight
        h.retain_grad()
        y = f(h)
    require(y.dtype == torch.bfloat16, f"{y.dtype} after a layer in bfloat16")
    y.sum().backward()
    same(y, derivative(reference, h, 0))
    same(h.grad, derivative(reference, h))
    require(weight.grad.dtype == torch.float32, "a weight's gradient of another dtype")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        check(f, reference, points(50, dtype=torch.float32))


@situation()
def another_default_device(f, reference):
    x = points(5)
    with torch.device("meta"):
        y = f(x)
        y.sum().backward()
    same(y, derivative(reference, x, 0))
    same(x.grad, derivative(reference, x))


@situation()
def another_default_dtype(f, reference):
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        check(f, reference, points(5, dtype=torch.float32))
        check(f, reference, points(5, dtype=torch.bfloat16))
    finally:
        torch.set_default_dtype(default)
