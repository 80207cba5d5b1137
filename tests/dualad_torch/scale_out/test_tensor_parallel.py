"""Tensor and sequence parallel with PyTorch's own styles: as one process trains.

The activation stands where the hidden features are sharded, between a layer that is split by
columns and one that is split by rows.
"""

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    PrepareModuleInput,
    RowwiseParallel,
    SequenceParallel,
    parallelize_module,
)

import dualad_torch
from dualad.activations import mish, swiglu, swish

BATCH, LENGTH, WIDTH, HIDDEN, STEPS = 3, 4, 6, 10, 3


class MLP(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, HIDDEN)
        self.activation = activation
        self.down = nn.Linear(HIDDEN, WIDTH)

    def forward(self, x):
        return self.down(self.activation(self.up(self.norm(x))))


class NormAndActivation(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.activation = activation

    def forward(self, x):
        return self.activation(self.norm(x))


class GatedMLP(nn.Module):
    def __init__(self, activation):
        super().__init__()
        self.gate = nn.Linear(WIDTH, HIDDEN, bias=False)
        self.up = nn.Linear(WIDTH, HIDDEN, bias=False)
        self.activation = activation
        self.down = nn.Linear(HIDDEN, WIDTH, bias=False)

    def forward(self, x):
        return self.down(self.activation(self.gate(x), self.up(x)))


class ComposedSwish(nn.Module):
    def __init__(self, shape=()):
        super().__init__()
        self.beta = nn.Parameter(torch.full(shape, 1.5))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


class Gate(nn.Module):
    def forward(self, gate, up):
        return F.silu(gate) * up


def learned_swish(shape, keep):
    values = {"beta": torch.full(shape, 1.5)}
    return dualad_torch.Activation(swish.with_options(keep=keep), ["beta"], values)


def seeded(kind, activation):
    torch.manual_seed(1)
    return kind(activation).double()


def train(model):
    generator = torch.Generator().manual_seed(2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, foreach=False)
    losses = []
    for _ in range(STEPS):
        x = torch.randn(BATCH, LENGTH, WIDTH, generator=generator, dtype=torch.float64)
        optimizer.zero_grad()
        loss = whole(model(x)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses)


def whole(tensor):
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def assert_trains_alike(model, composed):
    torch.testing.assert_close(train(model), train(composed), rtol=1e-10, atol=1e-12)
    truth = dict(composed.named_parameters())
    for name, parameter in model.named_parameters():
        for got, want in ((parameter, truth[name]), (parameter.grad, truth[name].grad)):
            torch.testing.assert_close(whole(got.detach()), want.detach(), rtol=1e-9, atol=1e-12)


kept = pytest.mark.parametrize("keep", ["derivative", "input"])
between = pytest.mark.parametrize("local", [True, False], ids=["local tensors", "DTensors"])


@kept
@between
def test_between_columns_and_rows(mesh, keep, local):
    model = seeded(MLP, dualad_torch.Activation(mish.with_options(keep=keep)))
    plan = {"up": ColwiseParallel(use_local_output=local), "down": RowwiseParallel()}
    assert_trains_alike(parallelize_module(model, mesh, plan), seeded(MLP, nn.Mish()))


@kept
@between
def test_a_gate_of_two_sharded_arguments(mesh, keep, local):
    model = seeded(GatedMLP, dualad_torch.Activation(swiglu.with_options(keep=keep)))
    plan = {
        "gate": ColwiseParallel(use_local_output=local),
        "up": ColwiseParallel(use_local_output=local),
        "down": RowwiseParallel(),
    }
    assert_trains_alike(parallelize_module(model, mesh, plan), seeded(GatedMLP, Gate()))


@kept
def test_a_gate_of_arguments_in_different_layouts(mesh, keep):
    model = seeded(GatedMLP, dualad_torch.Activation(swiglu.with_options(keep=keep)))
    plan = {
        "gate": ColwiseParallel(use_local_output=False),
        "up": ColwiseParallel(output_layouts=Replicate(), use_local_output=False),
        "down": RowwiseParallel(),
    }
    assert_trains_alike(parallelize_module(model, mesh, plan), seeded(GatedMLP, Gate()))


shapes = pytest.mark.parametrize("shape", [(), (1,), (HIDDEN,)], ids=str)


@kept
@shapes
def test_a_learned_parameter_beside_sharded_features(mesh, keep, shape):
    """The style replicates the parameter; its gradient is summed over the features of both."""
    model = seeded(MLP, learned_swish(shape, keep))
    plan = {
        "up": ColwiseParallel(use_local_output=False),
        "activation": SequenceParallel(sequence_dim=-1),
        "down": RowwiseParallel(),
    }
    assert_trains_alike(parallelize_module(model, mesh, plan), seeded(MLP, ComposedSwish(shape)))


@kept
def test_a_learned_parameter_beside_local_tensors_gets_the_gradient_of_its_rank(mesh, keep):
    """As with PyTorch's own functions: hence the style above, and the warning in the docs."""
    plan = {"up": ColwiseParallel(), "down": RowwiseParallel()}
    ours, theirs = (
        parallelize_module(seeded(MLP, activation), mesh, plan)
        for activation in (learned_swish((), keep), ComposedSwish())
    )
    one = seeded(MLP, ComposedSwish())
    x = torch.randn(BATCH, LENGTH, WIDTH, dtype=torch.float64)
    for model in (ours, theirs, one):
        model(x).square().mean().backward()
    gradient = ours.activation.beta.grad.clone()
    torch.testing.assert_close(gradient, theirs.activation.beta.grad)
    assert not torch.allclose(gradient, one.activation.beta.grad)
    dist.all_reduce(gradient)
    torch.testing.assert_close(gradient, one.activation.beta.grad)


@kept
@pytest.mark.parametrize("shape", [(), (1,), (WIDTH,)], ids=str)
def test_sequence_parallel(mesh, keep, shape):
    """Each rank has a part of the sequence; norm and activation have their parameters on both."""
    model, composed = (
        seeded(NormAndActivation, activation)
        for activation in (learned_swish(shape, keep), ComposedSwish(shape))
    )
    plan = {"norm": SequenceParallel(), "activation": SequenceParallel()}
    model = parallelize_module(model, mesh, plan)
    given = PrepareModuleInput(input_layouts=Replicate(), desired_input_layouts=Shard(1))
    assert_trains_alike(parallelize_module(model, mesh, given), composed)


@kept
def test_tensor_parallel_inside_fsdp2(keep):
    plane = init_device_mesh("cpu", (2, 1), mesh_dim_names=("data", "features"))
    model = seeded(MLP, learned_swish((HIDDEN,), keep))
    plan = {
        "up": ColwiseParallel(use_local_output=False),
        "activation": SequenceParallel(sequence_dim=-1),
        "down": RowwiseParallel(),
    }
    model = parallelize_module(model, plane["features"], plan)
    fully_shard(model, mesh=plane["data"])
    # Both ranks are given the same batch, so that the mean of their gradients is that of one.
    assert_trains_alike(model, seeded(MLP, ComposedSwish((HIDDEN,))))


def test_compiled_between_columns_and_rows(mesh):
    model = seeded(MLP, learned_swish((), "derivative"))
    plan = {
        "up": ColwiseParallel(use_local_output=False),
        "activation": SequenceParallel(sequence_dim=-1),
        "down": RowwiseParallel(),
    }
    model = parallelize_module(model, mesh, plan)
    model.compile(backend="aot_eager")
    assert_trains_alike(model, seeded(MLP, ComposedSwish()))
