"""DDP, FSDP2, activation checkpointing in them, distributed checkpoints: as one process trains."""

import functools

import pytest
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import (
    CheckpointImpl,
    checkpoint_wrapper,
)
from torch.distributed.checkpoint.state_dict import get_model_state_dict, set_model_state_dict
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

import dualad_torch
from dualad.activations import swish

BATCH, WIDTH, HIDDEN, STEPS = 6, 5, 7, 3


class ComposedSwish(nn.Module):
    """The same in PyTorch's own functions."""

    def __init__(self, shape=()):
        super().__init__()
        self.beta = nn.Parameter(torch.full(shape, 1.5))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


class Checkpointed(nn.Module):
    """A module whose values inside are computed again for the backward pass."""

    def __init__(self, module, reentrant):
        super().__init__()
        self.module = module
        self.reentrant = reentrant

    def forward(self, x):
        return checkpoint(self.module, x, use_reentrant=self.reentrant)


def learned_swish(shape=(), **options):
    """Swish with a learned beta; by default it is zero-dimensional."""
    values = {"beta": torch.full(shape, 1.5)}
    return dualad_torch.Activation(swish.with_options(**options), ["beta"], values)


def network(activation, dtype=torch.float64):
    torch.manual_seed(1)
    layers = nn.Linear(WIDTH, HIDDEN), activation, nn.Linear(HIDDEN, 2)
    return nn.Sequential(*layers).to(dtype)


def batches(dtype=torch.float64):
    generator = torch.Generator().manual_seed(2)
    draw = functools.partial(torch.randn, generator=generator, dtype=torch.float64)
    return [(draw(BATCH, WIDTH).to(dtype), draw(BATCH, 2).to(dtype)) for _ in range(STEPS)]


def train(model, data, share=slice(None)):
    """Some steps on a share of each batch; the losses, averaged over the processes."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
    losses = []
    for inputs, targets in data:
        optimizer.zero_grad()
        outputs = model(inputs[share])
        loss = torch.nn.functional.mse_loss(outputs.to(targets.dtype), targets[share])
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    losses = torch.stack(losses)
    if share != slice(None):
        dist.all_reduce(losses)
        losses /= dist.get_world_size()
    return losses


def share_of(rank):
    """This rank's half of a batch."""
    return slice(rank * BATCH // 2, (rank + 1) * BATCH // 2)


def whole(tensor):
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def parameters_and_gradients(model):
    """All of them, as one process has them, by name."""
    found = {}
    for name, parameter in model.named_parameters():
        name = name.replace("_checkpoint_wrapped_module.", "").replace("module.", "")
        found[name] = whole(parameter.detach())
        found[f"{name}.grad"] = whole(parameter.grad)
    return found


def assert_trains_alike(model, composed, rank):
    """Losses, parameters and gradients are those of one process with the whole batches."""
    losses = train(model, batches(), share_of(rank))
    torch.testing.assert_close(losses, train(composed, batches()), rtol=1e-10, atol=1e-12)
    got, want = parameters_and_gradients(model), parameters_and_gradients(composed)
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-12)


kept = pytest.mark.parametrize("keep", ["derivative", "input"])


@kept
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"static_graph": True},
        {"find_unused_parameters": True},
        {"gradient_as_bucket_view": True},
    ],
    ids=lambda options: next(iter(options), "plain"),
)
def test_ddp(rank, keep, options):
    model = DistributedDataParallel(network(learned_swish(keep=keep)), **options)
    assert_trains_alike(model, network(ComposedSwish()), rank)


others = pytest.mark.parametrize(
    "options", [{"order": 2}, {"inplace": True}, {"execution": "compiled"}], ids=str
)


@others
def test_ddp_with_other_options(rank, options):
    model = DistributedDataParallel(network(learned_swish(**options)))
    assert_trains_alike(model, network(ComposedSwish()), rank)


def test_ddp_with_an_activation_that_some_steps_leave_out(rank):
    class Switched(nn.Module):
        def __init__(self, used, left_out):
            super().__init__()
            self.used, self.left_out = used, left_out

        def forward(self, x):
            return self.used(x)

    model = network(Switched(learned_swish(), learned_swish()))
    composed = network(Switched(ComposedSwish(), ComposedSwish()))
    model = DistributedDataParallel(model, find_unused_parameters=True)
    train(model, batches(), share_of(rank))
    train(composed, batches())
    torch.testing.assert_close(model.module[1].used.beta, composed[1].used.beta)
    assert model.module[1].left_out.beta == 1.5


@kept
def test_ddp_compiled(rank, keep):
    model = DistributedDataParallel(network(learned_swish(keep=keep)))
    compiled = torch.compile(model, backend="aot_eager")
    losses = train(compiled, batches(), share_of(rank))
    composed = network(ComposedSwish())
    torch.testing.assert_close(losses, train(composed, batches()), rtol=1e-10, atol=1e-12)
    got, want = parameters_and_gradients(model), parameters_and_gradients(composed)
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-12)


shapes = pytest.mark.parametrize("shape", [(1,), (HIDDEN,)], ids=["one beta", "a beta per channel"])


def sharded(model, **options):
    """FSDP2: every layer with parameters is a group, and so is the rest."""
    for layer in model:
        if any(True for _ in layer.parameters()):
            fully_shard(layer, **options)
    return fully_shard(model, **options)


@kept
@shapes
@pytest.mark.parametrize("reshard", [True, False], ids=["resharded", "kept whole"])
def test_fsdp2(rank, mesh, keep, shape, reshard):
    model = network(learned_swish(shape, keep=keep))
    sharded(model, mesh=mesh, reshard_after_forward=reshard)
    assert_trains_alike(model, network(ComposedSwish(shape)), rank)


@others
def test_fsdp2_with_other_options(rank, mesh, options):
    # One group: PyTorch lets nobody overwrite the input of a group.
    model = fully_shard(network(learned_swish((1,), **options)), mesh=mesh)
    assert_trains_alike(model, network(ComposedSwish((1,))), rank)


def test_fsdp2_takes_no_zero_dimensional_parameter(mesh):
    with pytest.raises(ValueError, match="Change beta to a 1D tensor with numel equal to 1"):
        fully_shard(network(learned_swish()), mesh=mesh)


def test_fsdp2_of_what_is_made_on_the_meta_device_starts_with_the_initial_values(mesh):
    betas = torch.linspace(1.0, 2.0, HIDDEN)
    layer = dualad_torch.Activation(swish, ["beta"], {"beta": betas}, device="meta")
    fully_shard(layer, mesh=mesh)
    layer.to_empty(device="cpu")
    layer.reset_parameters()
    assert torch.equal(layer.beta.full_tensor(), betas)


@kept
@shapes
def test_fsdp2_in_bfloat16_is_as_near_the_truth_as_the_composed_function(rank, mesh, keep, shape):
    """The truth is one process in float64."""
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    true = network(ComposedSwish(shape))
    true_losses = train(true, batches())

    def errors(activation):
        model = sharded(network(activation, torch.float32), mesh=mesh, mp_policy=policy)
        losses = train(model, batches(torch.float32), share_of(rank))
        assert all(p.dtype == p.grad.dtype == torch.float32 for p in model.parameters())
        got, want = parameters_and_gradients(model), parameters_and_gradients(true)
        return [
            (losses - true_losses).abs().max(),
            max((got[n] - want[n]).norm() / want[n].norm() for n in want),
        ]

    ours, theirs = errors(learned_swish(shape, keep=keep)), errors(ComposedSwish(shape))
    for our, their in zip(ours, theirs, strict=True):
        assert our <= 1.5 * their


def test_fsdp2_compiled(rank, mesh):
    model = sharded(network(learned_swish((1,))), mesh=mesh)
    model.compile(backend="aot_eager")
    assert_trains_alike(model, network(ComposedSwish((1,))), rank)


WRAPPERS = {
    "checkpoint": lambda a: Checkpointed(a, False),
    "reentrant checkpoint": lambda a: Checkpointed(a, True),
    "checkpoint_wrapper": checkpoint_wrapper,
    "reentrant checkpoint_wrapper": lambda a: checkpoint_wrapper(
        a, checkpoint_impl=CheckpointImpl.REENTRANT
    ),
}
wrapped = pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS.keys())


@kept
@wrapped
def test_ddp_with_a_checkpoint_around_the_activation(rank, keep, wrap):
    model = DistributedDataParallel(network(wrap(learned_swish(keep=keep))))
    assert_trains_alike(model, network(ComposedSwish()), rank)


@kept
@wrapped
def test_fsdp2_with_a_checkpoint_around_the_activation(rank, mesh, keep, wrap):
    model = sharded(network(wrap(learned_swish((1,), keep=keep))), mesh=mesh)
    assert_trains_alike(model, network(ComposedSwish((1,))), rank)


@shapes
def test_a_distributed_checkpoint_is_loaded_into_other_shards_and_into_none(
    rank, mesh, shape, shared_folder
):
    model = sharded(network(learned_swish(shape)), mesh=mesh)
    train(model, batches(), share_of(rank))
    dcp.save(get_model_state_dict(model), checkpoint_id=shared_folder)
    inputs = batches()[0][0]
    want = model(inputs)
    resharded = sharded(network(learned_swish(shape)), mesh=mesh, reshard_after_forward=False)
    for other in (resharded, network(learned_swish(shape)), network(ComposedSwish(shape))):
        assert not torch.equal(other(inputs), want)
        state = get_model_state_dict(other)
        dcp.load(state, checkpoint_id=shared_folder)
        set_model_state_dict(other, state)
        torch.testing.assert_close(other(inputs), want, rtol=1e-12, atol=1e-12)
