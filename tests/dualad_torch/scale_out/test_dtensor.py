"""DTensors as arguments: each rank computes its own part, and what comes out is a DTensor.

The truth is the same function of the whole tensors in one process: PyTorch's built-in or the
composed function.
"""

import math
from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import (
    DTensor,
    Partial,
    Replicate,
    Shard,
    distribute_module,
    distribute_tensor,
)
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.experimental import implicit_replication
from torch.distributed.tensor.placement_types import _StridedShard

import dualad as da
import dualad_torch
from dualad.activations import mish, swiglu, swish, tanhexp
from dualad.keep import SecondOrderError
from dualad_torch.distributed import local_shards

ROWS, COLUMNS = 5, 6  # rows do not divide evenly


@da.activation
def bump(x):
    return 1 - abs(x) * da.exp(-x)


@da.activation
def scaled(x, beta):
    return x * da.exp(beta) + da.cos(beta)


def composed_tanhexp(x):
    return x * torch.tanh(torch.exp(x))


def composed_swish(x, beta):
    return x * torch.sigmoid(beta * x)


def whole(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def laid_out(tensor, mesh, *placements):
    """A leaf of that layout; in a sum that is still to be made, every rank has another part."""
    if not any(p.is_partial() for p in placements):
        return distribute_tensor(tensor, mesh, placements).requires_grad_()
    (placement,) = placements
    rank, mine = mesh.get_rank(), tensor
    if placement.reduce_op in ("sum", "avg"):
        mine = tensor * (0.25 if rank == 0 else 0.75)
        mine = mine * (mesh.size() if placement.reduce_op == "avg" else 1)
    elif rank == 1:
        mine = tensor - 1 if placement.reduce_op == "max" else tensor + 1
    return DTensor.from_local(mine, mesh, placements, run_check=False).requires_grad_()


def assert_as_on_whole_tensors(f, composed, arguments, rtol=1e-12):
    """Value and gradients, with a cotangent that is not the same everywhere; the result."""
    wholes = [
        a.detach().full_tensor().requires_grad_() if isinstance(a, DTensor) else a
        for a in arguments
    ]
    result, truth = f(*arguments), composed(*wholes)
    assert isinstance(result, DTensor)
    assert result.shape == truth.shape
    torch.testing.assert_close(result.full_tensor(), truth, rtol=rtol, atol=rtol)
    cotangent = torch.linspace(-1, 2, truth.numel(), dtype=truth.dtype).reshape(truth.shape)
    result.backward(
        distribute_tensor(cotangent, result.device_mesh, [Replicate()] * result.device_mesh.ndim)
    )
    truth.backward(cotangent)
    for argument, true in zip(arguments, wholes, strict=True):
        if isinstance(argument, DTensor):
            assert argument.grad.shape == argument.shape
            assert argument.grad.dtype == argument.dtype
            torch.testing.assert_close(argument.grad.full_tensor(), true.grad, rtol=rtol, atol=rtol)
    return result


kept = pytest.mark.parametrize("keep", ["derivative", "input"])
LAYOUTS = {"rows": Shard(0), "columns": Shard(1), "replicated": Replicate(), "partial": Partial()}
SUMS = {op: Partial(op) for op in ("sum", "avg", "max", "min")}
ONE = {
    "mish": (mish, F.mish),
    "tanhexp": (tanhexp, composed_tanhexp),
    "bump": (bump, lambda x: 1 - x.abs() * torch.exp(-x)),
}
one = pytest.mark.parametrize(("activation", "composed"), ONE.values(), ids=ONE.keys())


@kept
@one
@pytest.mark.parametrize("placement", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_layout_stays_and_a_sum_is_made_first(mesh, keep, activation, composed, placement):
    x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
    result = assert_as_on_whole_tensors(activation.with_options(keep=keep), composed, [x])
    # As PyTorch's own F.mish lays it out.
    assert result.placements == F.mish(x).placements
    assert result.stride() == F.mish(x).stride()
    assert x.grad.placements == (Replicate() if placement.is_partial() else placement,)


@kept
@one
@pytest.mark.parametrize("placement", SUMS.values(), ids=SUMS.keys())
def test_a_function_of_a_sum_is_not_the_sum_of_its_values(
    mesh, keep, activation, composed, placement
):
    f = activation.with_options(keep=keep)
    x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
    assert_as_on_whole_tensors(f, composed, [x])
    apart = DTensor.from_local(f(x.to_local()), mesh, [placement], run_check=False)
    assert not torch.allclose(apart.full_tensor(), f(x).full_tensor())


@kept
def test_a_sum_is_made_once_and_shards_are_not_sent(mesh, keep):
    f = bump.with_options(keep=keep)
    for placement, sent in ((Partial(), 1), (Shard(0), 0), (Replicate(), 0)):
        x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
        with CommDebugMode() as forward:
            y = f(x)
        assert forward.get_total_counts() == sent
        cotangent = torch.ones_like(y)
        with CommDebugMode() as backward:
            y.backward(cotangent)
        assert backward.get_total_counts() == (sent if keep == "input" else 0)


@kept
@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_shards_of_other_sizes_and_none(mesh, keep, rows):
    x = laid_out(whole(rows, COLUMNS), mesh, Shard(0))
    assert_as_on_whole_tensors(mish.with_options(keep=keep), F.mish, [x])


@kept
@pytest.mark.parametrize("execution", ["whole", "blocks", "compiled"])
def test_large_shards(mesh, keep, execution):
    x = laid_out(whole(70_001, 3), mesh, Shard(0))
    f = mish.with_options(keep=keep, execution=execution)
    assert_as_on_whole_tensors(f, F.mish, [x])


PAIRS = list(product(LAYOUTS.values(), repeat=2))


@kept
@pytest.mark.parametrize("pair", PAIRS, ids=["-".join(p) for p in product(LAYOUTS, repeat=2)])
def test_a_gate_of_two_arguments_in_any_layouts(mesh, keep, pair):
    gate, up = (laid_out(whole(ROWS, COLUMNS, seed=i), mesh, p) for i, p in enumerate(pair))
    f = swiglu.with_options(keep=keep)
    result = assert_as_on_whole_tensors(f, lambda gate, up: F.silu(gate) * up, [gate, up])
    if pair[0] == pair[1] and not pair[0].is_partial():
        assert result.placements == gate.placements


NARROW = {
    "zero-dimensional": ((), Replicate()),
    "one element": ((1,), Replicate()),
    "per column": ((COLUMNS,), Replicate()),
    "per column, sharded": ((COLUMNS,), Shard(0)),
    "per row": ((ROWS, 1), Replicate()),
    "per row, sharded": ((ROWS, 1), Shard(0)),
    "per column, a shard of one": ((1, COLUMNS), Shard(0)),
    "per batch": ((2, 1, 1), Shard(0)),
    "a sum": ((COLUMNS,), Partial()),
}


@kept
@pytest.mark.parametrize(("shape", "placement"), NARROW.values(), ids=NARROW.keys())
@pytest.mark.parametrize("wide", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_broadcast_argument_gets_the_sum_of_its_gradients(mesh, keep, shape, placement, wide):
    x = laid_out(whole(ROWS, COLUMNS), mesh, wide)
    beta = laid_out(whole(*shape, seed=1) + 1.5, mesh, placement)
    assert_as_on_whole_tensors(swish.with_options(keep=keep), composed_swish, [x, beta])


@pytest.mark.parametrize("wide", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_derivative_that_does_not_depend_on_every_argument(mesh, wide):
    x = laid_out(whole(ROWS, COLUMNS), mesh, wide)
    beta = distribute_tensor(whole(COLUMNS, seed=1), mesh, [Replicate()])
    weights = beta.full_tensor()
    assert_as_on_whole_tensors(
        lambda x: scaled(x, beta), lambda x: x * torch.exp(weights) + torch.cos(weights), [x]
    )


@kept
@pytest.mark.parametrize("pair", PAIRS, ids=["-".join(p) for p in product(LAYOUTS, repeat=2)])
def test_a_cotangent_in_another_layout(mesh, keep, pair):
    x = laid_out(whole(ROWS, COLUMNS), mesh, pair[0])
    cotangent = laid_out(whole(ROWS, COLUMNS, seed=1), mesh, pair[1]).detach()
    beta = distribute_tensor(whole(COLUMNS, seed=2), mesh, [Replicate()])
    scaled.with_options(keep=keep)(x, beta).backward(cotangent)
    want = cotangent.full_tensor() * torch.exp(beta.full_tensor())
    torch.testing.assert_close(x.grad.full_tensor(), want, rtol=1e-12, atol=1e-12)


@kept
@pytest.mark.parametrize("other", [None, *LAYOUTS.values()], ids=str)
def test_strided_shards(rank, mesh, keep, other):
    """As FSDP2 and tensor parallel leave them together: here every other pair of rows."""
    values = whole(8, COLUMNS)
    mine = values[[0, 1, 4, 5] if rank == 0 else [2, 3, 6, 7]]
    strided = [_StridedShard(0, split_factor=2)]
    layout = {"shape": values.shape, "stride": values.stride()}
    x = DTensor.from_local(mine, mesh, strided, run_check=False, **layout).requires_grad_()
    if other is None:
        result = assert_as_on_whole_tensors(mish.with_options(keep=keep), F.mish, [x])
        assert result.placements == x.placements
        return
    up = laid_out(whole(8, COLUMNS, seed=1), mesh, other)
    f = swiglu.with_options(keep=keep)
    assert_as_on_whole_tensors(f, lambda gate, up: F.silu(gate) * up, [x, up])


@kept
def test_two_arguments_that_broadcast_each_other(mesh, keep):
    x = laid_out(whole(ROWS, 1), mesh, Shard(0))
    beta = laid_out(whole(1, COLUMNS, seed=1), mesh, Shard(1))
    assert_as_on_whole_tensors(swish.with_options(keep=keep), composed_swish, [x, beta])


@kept
@pytest.mark.parametrize("placements", list(product([Shard(0), Shard(1), Replicate()], repeat=2)))
@pytest.mark.parametrize("shape", [(2, 1), (1, 2)], ids=["2 x 1", "1 x 2"])
def test_a_mesh_of_two_axes(rank, keep, placements, shape):
    plane = init_device_mesh("cpu", shape)
    gate = laid_out(whole(ROWS, COLUMNS), plane, *placements)
    up = laid_out(whole(COLUMNS, seed=1), plane, Replicate(), Shard(0))
    f = swiglu.with_options(keep=keep)
    assert_as_on_whole_tensors(f, lambda gate, up: F.silu(gate) * up, [gate, up])


@kept
@pytest.mark.parametrize("beta", [1.5, torch.tensor(1.5), torch.tensor([1.5])], ids=str)
def test_a_number_stands_beside_a_dtensor(mesh, keep, beta):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    assert_as_on_whole_tensors(swish.with_options(keep=keep), composed_swish, [x, beta])


@kept
def test_a_learned_parameter_that_is_replicated(mesh, keep):
    layer = dualad_torch.Activation(swish.with_options(keep=keep), ["beta"])
    layer = distribute_module(layer.double(), mesh)
    true = nn.Parameter(layer.beta.detach().full_tensor())
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(1))
    layer(x).sum().backward()
    composed_swish(x.detach().full_tensor(), true).sum().backward()
    torch.testing.assert_close(layer.beta.grad.full_tensor(), true.grad)


@pytest.mark.parametrize("options", [{"keep": "input"}, {"order": 2}], ids=str)
@pytest.mark.parametrize("placement", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_second_order(mesh, options, placement):
    f = mish.with_options(**options)
    x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
    (slope,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad((slope * slope).sum(), x)
    y = x.detach().full_tensor().requires_grad_()
    (slope,) = torch.autograd.grad(F.mish(y).sum(), y, create_graph=True)
    (truth,) = torch.autograd.grad((slope * slope).sum(), y)
    torch.testing.assert_close(bend.full_tensor(), truth, rtol=1e-10, atol=1e-12)


def test_second_order_of_the_derivative_alone_raises_the_remedy(mesh):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    with pytest.raises(SecondOrderError, match=r'use mish\.with_options\(keep="input"\)'):
        torch.autograd.grad(mish(x).sum(), x, create_graph=True)


def test_a_derivative(mesh):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    for order in range(3):
        for argument in (x, x.detach()):
            got = mish.derivative(argument, order=order)
            want = mish.derivative(x.detach().full_tensor(), order=order)
            assert got.placements == (Shard(0),)
            torch.testing.assert_close(got.full_tensor(), want, rtol=1e-12, atol=1e-12)


def test_without_a_gradient_nothing_is_recorded(mesh):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    with torch.no_grad():
        assert not mish(x).requires_grad
    assert not mish(x.detach()).requires_grad
    torch.testing.assert_close(mish(x.detach()).full_tensor(), F.mish(x).full_tensor())


@kept
def test_kinks_infinities_and_nan(mesh, keep):
    edges = torch.tensor(
        [-math.inf, -1e30, -0.0, 0.0, 1e30, math.inf, math.nan], dtype=torch.float64
    )
    f = mish.with_options(keep=keep)
    x = laid_out(edges, mesh, Shard(0))
    y = f(x)
    y.backward(torch.ones_like(y))
    alone = edges.clone().requires_grad_()
    z = f(alone)
    z.backward(torch.ones_like(z))
    for got, want in ((y, z), (x.grad, alone.grad)):
        torch.testing.assert_close(got.full_tensor(), want, rtol=0, atol=0, equal_nan=True)


@kept
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_half_types_have_the_bits_of_plain_tensors(mesh, keep, dtype):
    f = mish.with_options(keep=keep)
    x = laid_out(whole(ROWS, COLUMNS).to(dtype), mesh, Shard(0))
    y = f(x)
    y.sum().backward()
    alone = x.detach().full_tensor().requires_grad_()
    z = f(alone)
    z.sum().backward()
    for got, want in ((y, z), (x.grad, alone.grad)):
        assert got.dtype == dtype
        assert torch.equal(got.full_tensor(), want)


def test_integers_become_floating(mesh):
    x = distribute_tensor(torch.arange(ROWS), mesh, [Shard(0)])
    torch.testing.assert_close(mish(x).full_tensor(), F.mish(torch.arange(ROWS).float()))


LAID = {
    "transposed": lambda x: x.transpose(0, 2),
    "channels last": lambda x: x[None].to(memory_format=torch.channels_last),
    "with holes": lambda x: x[..., ::2],
    "expanded": lambda x: x[:, :, :1].expand(4, 4, 5),
}


@kept
@pytest.mark.parametrize("layout", LAID.values(), ids=LAID.keys())
def test_strides_are_as_pytorch_gives_them(mesh, keep, layout):
    x = layout(distribute_tensor(whole(4, 4, 6), mesh, [Shard(1)])).requires_grad_()
    result = assert_as_on_whole_tensors(mish.with_options(keep=keep), F.mish, [x])
    assert result.stride() == F.mish(x).stride()
    assert result.to_local().stride() == F.mish(x).to_local().stride()


@kept
@pytest.mark.parametrize("placement", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_compiled(mesh, keep, placement):
    torch.compiler.reset()
    f = torch.compile(swish.with_options(keep=keep), backend="aot_eager", fullgraph=True)
    x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
    beta = laid_out(whole(), mesh, Replicate())
    result = assert_as_on_whole_tensors(f, composed_swish, [x, beta])
    assert result.placements == (Replicate() if placement.is_partial() else placement,)


@pytest.mark.parametrize("placement", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_in_place(mesh, placement):
    x = laid_out(whole(ROWS, COLUMNS), mesh, placement)
    f = mish.with_options(inplace=True)

    def overwritten(x):
        given = x * 1.0
        result = f(given)
        assert result is given
        return result

    assert_as_on_whole_tensors(overwritten, F.mish, [x])


TRANSFORMS = {
    "grad": lambda f: torch.func.grad(lambda x: f(x).sum()),
    "grad of grad": lambda f: torch.func.grad(
        lambda x: torch.func.grad(lambda x: f(x).sum())(x).square().sum()
    ),
    "vmap": lambda f: torch.func.vmap(f, in_dims=1),
}


@kept
@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS.keys())
def test_transforms(mesh, keep, transform):
    values = whole(ROWS, COLUMNS)
    x = distribute_tensor(values, mesh, [Shard(0)])
    got = transform(mish.with_options(keep=keep))(x)
    torch.testing.assert_close(got.full_tensor(), transform(F.mish)(values), rtol=1e-12, atol=1e-12)


def test_a_plain_tensor_of_several_elements_is_refused_by_pytorch(mesh):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    beta = whole(COLUMNS, seed=1)
    with pytest.raises(RuntimeError, match=r"mixed torch\.Tensor and DTensor"):
        swish(x, beta)
    with implicit_replication():
        torch.testing.assert_close(
            swish(x, beta).full_tensor(), composed_swish(x.full_tensor(), beta)
        )


def test_arguments_on_two_meshes_are_refused_by_pytorch(rank, mesh):
    other = init_device_mesh("cpu", (2, 1))
    gate = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    up = laid_out(whole(ROWS, COLUMNS), other, Shard(0), Replicate())
    with pytest.raises(RuntimeError, match="mesh"):
        swiglu(gate, up)


def test_only_what_is_recorded_call_by_call_goes_through_dispatch(mesh):
    x = laid_out(whole(ROWS, COLUMNS), mesh, Shard(0))
    assert local_shards((x, 1.0)) is None
    with torch.no_grad():
        shards = local_shards((x, 1.0))
        assert [type(v) for v in shards.values] == [torch.Tensor, float]
        (y, slope, number) = shards.join((x.to_local(), torch.tensor(2.0), 3.0))
        assert torch.equal(y.full_tensor(), x.full_tensor())
        assert (slope, number) == (2.0, 3.0)
        assert local_shards((x.to_local(), 1.0)) is None
        assert local_shards((x, whole(COLUMNS))) is None
