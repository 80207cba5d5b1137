"""PyTorch's engines for many devices, here with one process."""

from __future__ import annotations

import contextlib
import tempfile

import torch
from torch import distributed as dist
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)

from ..situation import require
from .framework import situation
from .truth import derivative, network, points, same


@contextlib.contextmanager
def alone():
    """A process group of one."""
    with tempfile.TemporaryDirectory() as folder:
        store = dist.FileStore(f"{folder}/store", 1)
        dist.init_process_group("gloo", store=store, rank=0, world_size=1)
        try:
            yield init_device_mesh("cpu", (1,))
        finally:
            dist.destroy_process_group()


def trains(model, reference, tolerance_of=torch.float64):
    """One step gives the gradients of a plain model."""
    want = network(reference, dtype=torch.float32)
    for m in (model, want):
        m(points(4, 3, dtype=torch.float32)).sum().backward()
    for got, expected in zip(model.parameters(), want.parameters(), strict=True):
        g = got.grad.full_tensor() if isinstance(got.grad, DTensor) else got.grad
        same(g.to(tolerance_of), expected.grad)


@situation()
def data_parallel(f, reference):
    with alone():
        ddp = torch.nn.parallel.DistributedDataParallel(network(f, dtype=torch.float32))
        trains(ddp, reference, torch.float32)


@situation()
def fully_sharded(f, reference):
    with alone() as mesh:
        trains(fully_shard(network(f, dtype=torch.float32), mesh=mesh), reference, torch.float32)


@situation()
def fully_sharded_in_bfloat16(f, reference):
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    with alone() as mesh:
        model = fully_shard(network(f, dtype=torch.float32), mesh=mesh, mp_policy=policy)
        model(points(4, 3, dtype=torch.float32)).float().sum().backward()
        half = network(reference, dtype=torch.float32).bfloat16()
        half(points(4, 3, dtype=torch.bfloat16)).float().sum().backward()
        for got, want in zip(model.parameters(), half.parameters(), strict=True):
            difference = (got.grad.full_tensor() - want.grad).norm() / want.grad.norm()
            require(bool(difference < 0.05), f"gradients {difference:.2g} apart")


def placed(f, reference, placement):
    with alone() as mesh:
        whole = points(4, 3).detach()
        if isinstance(placement, Partial):
            x = DTensor.from_local(whole, mesh, [placement])
        else:
            x = distribute_tensor(whole, mesh, [placement])
        x.requires_grad_()
        y = f(x)
        require(isinstance(y, DTensor), "not a DTensor any more")
        same(y.full_tensor(), derivative(reference, whole, 0))
        (g,) = torch.autograd.grad(y.sum(), x)
        same(g.full_tensor(), derivative(reference, whole))


@situation()
def dtensor_sharded(f, reference):
    placed(f, reference, Shard(0))


@situation()
def dtensor_replicated(f, reference):
    placed(f, reference, Replicate())


@situation()
def dtensor_partial(f, reference):
    placed(f, reference, Partial())


@situation()
def tensor_parallel(f, reference):
    with alone() as mesh:
        model = network(f, dtype=torch.float32)
        plan = {"0": ColwiseParallel(), "2": RowwiseParallel()}
        trains(parallelize_module(model, mesh, plan), reference, torch.float32)


@situation(order=2)
def double_backward_of_a_dtensor(f, reference):
    with alone() as mesh:
        whole = points(4, 3).detach()
        x = distribute_tensor(whole, mesh, [Shard(0)]).requires_grad_()
        (g,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
        (bend,) = torch.autograd.grad(g.sum(), x)
        same(bend.full_tensor(), derivative(reference, whole, 2))
