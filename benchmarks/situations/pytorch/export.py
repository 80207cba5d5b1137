"""Programs that leave Python: torch.export, ONNX, traces."""

from __future__ import annotations

import io
import warnings

import torch
from torch.func import grad
from torch.fx.experimental.proxy_tensor import make_fx

from ..situation import require
from .framework import situation
from .truth import agree, check, derivative, network, points, same


def saved_and_loaded(program):
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    return torch.export.load(file)


def exported(f, reference, strict):
    x = points(4, 3)
    batch = torch.export.Dim("batch", min=2)
    program = torch.export.export(
        network(f), (x.detach(),), dynamic_shapes=({0: batch},), strict=strict
    )
    program = saved_and_loaded(program)
    want = network(reference)
    for size in (4, 9):
        x = points(size, 3)
        same(program.module()(x), want(x))
        g, expected = (torch.autograd.grad(m(x).sum(), x)[0] for m in (program.module(), want))
        same(g, expected)


@situation()
def export_strict(f, reference):
    exported(f, reference, strict=True)


@situation()
def export_not_strict(f, reference):
    exported(f, reference, strict=False)


@situation(order=2)
def double_backward_of_an_exported_program(f, reference):
    x = points(4, 3)
    model = torch.export.export(network(f), (x,), strict=False).module()

    def bend(model):
        (g,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return torch.autograd.grad(g.square().sum(), x)[0]

    same(bend(model), bend(network(reference)))


@situation()
def export_of_an_input_that_needs_a_gradient(f, reference):
    x = points(4, 3)
    program = torch.export.export(network(f), (x,)).run_decompositions()
    require(
        all(
            str(n.target).startswith("aten.")
            for n in program.graph.nodes
            if n.op == "call_function"
        ),
        "an exported program with calls that are not PyTorch's",
    )
    same(program.module()(x), network(reference)(x))


@situation()
def onnx(f, reference):
    import onnxruntime

    x = points(4, 3, dtype=torch.float32)
    model = network(f, dtype=torch.float32).eval()
    program = torch.onnx.export(model, (x.detach(),), dynamo=True, verbose=False)
    file = io.BytesIO()
    program.save(file)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {session.get_inputs()[0].name: x.detach().numpy()})
    same(torch.from_numpy(y), network(reference, dtype=torch.float32)(x))


@situation()
def jit_trace(f, reference):
    x = points(4, 3)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        traced = torch.jit.trace(lambda x: f(x), (x,))
    doubts = [w for w in heard if issubclass(w.category, torch.jit.TracerWarning)]
    require(not doubts, f"the tracer doubts: {doubts and doubts[0].message}")
    check(traced, reference, points(7, 3))


@situation()
def jit_trace_saved_and_loaded(f, reference):
    x = points(4, 3)
    file = io.BytesIO()
    torch.jit.save(torch.jit.trace(network(f), (x,)), file)
    file.seek(0)
    loaded, want = torch.jit.load(file), network(reference)
    for size in (4, 9):
        x = points(size, 3)
        same(loaded(x), want(x))
        same(*(torch.autograd.grad(m(x).sum(), x)[0] for m in (loaded, want)))


@situation(order=2)
def double_backward_of_a_jit_trace(f, reference):
    x = points(5)
    traced = torch.jit.trace(lambda x: f(x), (x,), check_trace=False)
    (g,) = torch.autograd.grad(traced(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))


@situation()
def fx_symbolic_trace(f, reference):
    agree(torch.fx.symbolic_trace(network(f)), network(reference), points(4, 3))


@situation()
def make_fx_of_value_and_gradient(f, reference):
    x = points(5).detach()
    program = make_fx(lambda x: (f(x), grad(lambda x: f(x).sum())(x)))(x)
    y, slope = program(points(5, seed=2).detach())
    same(y, derivative(reference, points(5, seed=2), 0))
    same(slope, derivative(reference, points(5, seed=2)))


@situation(order=2)
def double_backward_of_a_make_fx_program(f, reference):
    x = points(5)
    program = make_fx(lambda x: f(x), tracing_mode="fake")(x)
    (g,) = torch.autograd.grad(program(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(g.sum(), x)
    same(bend, derivative(reference, x, 2))
