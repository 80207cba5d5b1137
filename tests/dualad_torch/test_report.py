"""Bytes kept, against what the operations are known to save."""

import dataclasses
import functools
import gc

import pytest
import torch
import torch._dynamo.testing
from torch._subclasses import FakeTensorMode
from torch.autograd.graph import save_on_cpu, saved_tensors_hooks
from torch.nn import functional
from torch.testing._internal.distributed.fake_pg import FakeStore
from torch.utils.checkpoint import checkpoint

import dualad as da
import dualad_torch
from dualad.activations import mish

x = torch.zeros(25, 40)


def composed(x):
    return x * torch.tanh(functional.softplus(x))


@pytest.mark.parametrize(
    ("fn", "per_element"),
    [
        (mish, 4),
        (mish.with_options(keep="input"), 4),
        (mish.with_options(execution="blocks"), 4),
        (composed, 8),
        (functional.mish, 4),
        (lambda x: functional.gelu(x, approximate="tanh"), 4),
        (torch.sigmoid, 0),
        (functional.relu, 0),
        (torch.exp, 0),
        (lambda x: checkpoint(composed, x, use_reentrant=False), 4),
        (lambda x: x.reshape(1000) * x.reshape(1000), 4),
        (lambda x: x + 1.0, 0),
        (da.activation(lambda x: 3.0 * x), 0),
    ],
)
def test_bytes_per_element(fn, per_element):
    report = dualad_torch.saved_bytes(fn, x)
    assert report.bytes == 1000 * per_element
    assert sum(report.parts.values()) == report.bytes
    assert "saved_tensors_hooks" in report.how


def test_kept_tensors_counted_another_way():
    """Walk the graph's nodes: what autograd holds is f' and nothing else."""
    leaf = torch.zeros(1000, requires_grad=True)
    node = mish(leaf * 1.0).grad_fn
    assert [t.numel() * t.element_size() for t in node.saved_tensors] == [4000]
    tensors = [v for v in vars(node).values() if isinstance(v, torch.Tensor)]
    gc.collect()
    assert tensors == []


def test_half_types_keep_half():
    assert dualad_torch.saved_bytes(mish, x.to(torch.bfloat16)).bytes == 2000


def test_by_module_and_without_parameters():
    model = torch.nn.Sequential(
        torch.nn.Linear(40, 30), dualad_torch.Activation(mish), torch.nn.Linear(30, 1)
    )
    report = dualad_torch.saved_bytes(model, x)
    # The first layer keeps the input, the last the activation's result.
    assert report.parts == {"0": 25 * 40 * 4, "1": 25 * 30 * 4, "2": 25 * 30 * 4}
    assert "  1  3,000" in str(report)
    assert not model[1]._forward_hooks
    assert not model[1]._forward_pre_hooks


def test_hooks_go_even_if_the_function_fails():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3))
    with pytest.raises(RuntimeError):
        dualad_torch.saved_bytes(model, x)
    assert not model[0]._forward_hooks


def test_results_in_a_dictionary_and_views_of_them_are_not_counted():
    x = torch.zeros(1000)
    assert dualad_torch.saved_bytes(lambda x: {"y": torch.sigmoid(x)}, x).bytes == 0
    assert dualad_torch.saved_bytes(lambda x: torch.sigmoid(x).reshape(10, 100), x).bytes == 0


def test_it_counts_under_no_grad_too():
    with torch.no_grad():
        assert dualad_torch.saved_bytes(mish, torch.zeros(1000)).bytes == 4000


def test_parameters_of_a_function_do_not_count():
    w = torch.nn.Parameter(torch.ones(1000))
    assert dualad_torch.saved_bytes(lambda x: w * x, torch.zeros(1000)).bytes == 4000


def test_views_of_parameters_do_not_count_either():
    w, rows = torch.nn.Parameter(torch.ones(40, 40)), torch.nn.Parameter(torch.ones(30, 40))
    # Both keep the transposed weight, the second only a part of it.
    assert dualad_torch.saved_bytes(lambda x: functional.linear(x, w), x).bytes == 4000
    assert dualad_torch.saved_bytes(lambda x: functional.linear(x, rows[:20]), x).bytes == 4000


def test_sparse_tensors_count_with_their_parts():
    x = torch.ones(10, 3)
    s = torch.eye(10).to_sparse()
    report = dualad_torch.saved_bytes(lambda x: torch.sparse.mm(s, x), x)
    assert report.bytes >= s.coalesce().values().numel() * 4


def test_functions_that_write_into_their_input_are_measured_on_a_copy():
    x = -torch.ones(1000)
    dualad_torch.saved_bytes(torch.relu_, x)
    assert (x == -1.0).all()


def test_arguments_in_containers_by_name_and_given_twice():
    def f(pair, *, scale):
        return pair[0] * scale["a"] * pair[1]

    a, b = torch.zeros(1000), torch.zeros(1000)
    # Both factors of either product: pair[0], scale["a"], their product, pair[1].
    assert dualad_torch.saved_bytes(f, [a, b], scale={"a": torch.ones(1000)}).bytes == 16_000
    assert dualad_torch.saved_bytes(lambda x, y: x * y, a, a).bytes == 4000
    parameter = torch.nn.Parameter(a)
    assert dualad_torch.saved_bytes(lambda x, y: x * y, parameter, b).bytes == 4000


def test_modules_called_several_times_and_shared_ones():
    act = dualad_torch.Activation(mish)
    stack = torch.nn.ModuleList([act, act, torch.nn.Sequential(act)])

    class Loop(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stack = stack

        def forward(self, x):
            for layer in self.stack:
                x = layer(x)
            return self.stack[0](x)

    report = dualad_torch.saved_bytes(Loop(), x)
    assert report.parts == {"stack.0": 4 * 4000}
    assert not act._forward_hooks


def test_an_error_that_a_module_catches_does_not_mix_up_names():
    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    class Catches(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fails, self.act = Fails(), dualad_torch.Activation(mish)

        def forward(self, x):
            with pytest.raises(ValueError, match="no"):
                self.fails(x)
            return self.act(x) * x

    model = torch.nn.Sequential(Catches())
    # The product keeps both of its factors: the activation's result, and x.
    assert dualad_torch.saved_bytes(model, x).parts == {"0.act": 4000, "0": 8000}


def test_what_is_dropped_before_the_end_does_not_count():
    def with_a_branch(x):
        composed(x)
        return mish(x)

    def trained(x):
        composed(x).sum().backward()
        return x.detach()

    assert dualad_torch.saved_bytes(with_a_branch, x).bytes == 4000
    assert dualad_torch.saved_bytes(trained, x).bytes == 0


def test_results_in_objects_are_left_out():
    @dataclasses.dataclass(slots=True)
    class Output:
        hidden: torch.Tensor

    assert dualad_torch.saved_bytes(lambda x: Output(torch.sigmoid(x)), x).bytes == 0


class OnItsContext(torch.autograd.Function):
    """Keeps two tensors where save_for_backward does not see them."""

    @staticmethod
    def forward(ctx, x, weight):
        ctx.double, ctx.both = x * 2, [x * 3, weight]
        return x * 4

    @staticmethod
    def backward(ctx, g):
        return g, None


def test_tensors_that_a_function_keeps_in_attributes_count():
    weight = torch.nn.Parameter(torch.ones(1000))
    report = dualad_torch.saved_bytes(lambda x: OnItsContext.apply(x, weight), x)
    assert report.parts == {"OnItsContextBackward": 8000}


@pytest.mark.parametrize("backend", ["aot_eager", "inductor"])
def test_compiled_functions_and_modules(backend):
    torch.compiler.reset()
    compiled = torch.compile(mish, backend=backend, fullgraph=True)
    assert dualad_torch.saved_bytes(compiled, x).bytes == 4000
    model = torch.nn.Sequential(
        torch.nn.Linear(40, 30), torch.nn.BatchNorm1d(30), dualad_torch.Activation(mish)
    ).eval()
    eager = dualad_torch.saved_bytes(model, x)
    compiled = torch.compile(model, backend=backend)
    for _ in range(2):
        report = dualad_torch.saved_bytes(compiled, x)
        assert report.bytes <= eager.bytes
        assert list(report.parts) == ["OptimizedModule"]


def test_measuring_compiles_nothing_of_its_own():
    torch.compiler.reset()
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    inner = torch.nn.Sequential(torch.nn.Linear(40, 30), dualad_torch.Activation(mish))
    model = torch.compile(inner, backend=counter)
    leaf = x.clone().requires_grad_()
    dualad_torch.saved_bytes(model, x)
    model(leaf * 1)
    dualad_torch.saved_bytes(model, x)
    assert counter.frame_count == 1
    compiled_in_place = torch.nn.Sequential(torch.nn.Linear(40, 30), dualad_torch.Activation(mish))
    compiled_in_place.compile(backend=counter)
    report = dualad_torch.saved_bytes(torch.nn.Sequential(compiled_in_place), x)
    assert list(report.parts) == ["Sequential"]
    dualad_torch.saved_bytes(compiled_in_place, x)
    assert counter.frame_count == 2


def test_hooks_around_the_call_stay_and_are_not_asked():
    seen = []

    def pack(tensor):
        seen.append(tensor)
        return tensor

    leaf = torch.ones(3, requires_grad=True)
    with saved_tensors_hooks(pack, lambda t: t), save_on_cpu():
        assert dualad_torch.saved_bytes(mish, x).bytes == 4000
    with saved_tensors_hooks(pack, lambda t: t):
        assert dualad_torch.saved_bytes(composed, x).bytes == 8000
        assert not seen
        mish(leaf * 1)
    assert len(seen) == 1


def test_hooks_inside_count_with_what_they_made():
    def in_half(x):
        with saved_tensors_hooks(lambda t: {"half": [t.half()]}, lambda p: p["half"][0].float()):
            return mish(x)

    def in_bytes(x):
        with saved_tensors_hooks(lambda t: t.to(torch.int8), lambda t: t.float()):
            return mish(x)

    def offloaded(x):
        with save_on_cpu():
            y = mish(x)
        return mish(y)

    assert dualad_torch.saved_bytes(in_half, x).bytes == 2000
    assert dualad_torch.saved_bytes(in_bytes, x).bytes == 1000
    assert dualad_torch.saved_bytes(offloaded, x).bytes == 8000


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_checkpoints_inside_a_model_count_their_inputs(use_reentrant):
    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act = torch.nn.Linear(40, 40), dualad_torch.Activation(mish)

        def forward(self, x):
            return self.act(self.act(self.first(x)))

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def forward(self, x):
            return checkpoint(self.block, x, use_reentrant=use_reentrant, preserve_rng_state=False)

    assert dualad_torch.saved_bytes(Model(), x).bytes == 4000


def test_under_inference_mode_too():
    with torch.inference_mode():
        assert dualad_torch.saved_bytes(mish, torch.zeros(1000)).bytes == 4000


def test_tensors_without_memory_of_their_own_are_told_apart():
    def two(x):
        return composed(x) * composed(x * 2)

    want = dualad_torch.saved_bytes(two, x).bytes
    assert dualad_torch.saved_bytes(two, x.to("meta")).bytes == want > 20_000
    with FakeTensorMode():
        assert dualad_torch.saved_bytes(two, torch.empty(25, 40)).bytes == want
    assert dualad_torch.saved_bytes(mish, x.to("meta")).bytes == 4000


def test_nested_tensors_count_with_their_values():
    jagged = torch.nested.nested_tensor([torch.ones(3), torch.ones(7)], layout=torch.jagged)
    assert dualad_torch.saved_bytes(mish, jagged).bytes in range(40, 40 + 3 * 8 + 1)


def test_compressed_sparse_tensors_count_with_their_parts():
    rows, columns = torch.arange(11), torch.arange(10)
    s = torch.sparse_csr_tensor(rows, columns, torch.ones(10))
    report = dualad_torch.saved_bytes(lambda x: s @ x, torch.ones(10, 3))
    # 10 values, 10 columns, 11 offsets.
    assert report.bytes == 10 * 4 + 10 * 8 + 11 * 8


@pytest.fixture
def mesh():
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=0, world_size=2)
    yield torch.distributed.device_mesh.init_device_mesh("cpu", (2,))
    torch.distributed.destroy_process_group()


def test_distributed_tensors_count_with_their_local_part(mesh):
    from torch.distributed.tensor import Shard, distribute_tensor

    sharded = distribute_tensor(torch.zeros(1000), mesh, [Shard(0)])
    assert dualad_torch.saved_bytes(composed, sharded).bytes == 4000
    assert dualad_torch.saved_bytes(mish, sharded).bytes == 2000


def test_modules_in_closures_and_methods_live_anyway():
    norm = torch.nn.BatchNorm1d(40).eval()
    linear = torch.nn.Linear(40, 40)
    want = dualad_torch.saved_bytes(norm, x).bytes
    for fn in (lambda x: norm(x), norm.forward, functools.partial(norm), norm.__call__):
        assert dualad_torch.saved_bytes(fn, x).bytes == want == 4000
    assert dualad_torch.saved_bytes(lambda x: linear(x), x).bytes == 4000
    assert dualad_torch.saved_bytes(linear.forward, x).bytes == 4000


def test_functions_that_refuse_hooks_are_read_off_the_graph():
    def with_its_gradient(x):
        slope = torch.func.grad(lambda t: functional.silu(t).sum())(x)
        return composed(x) + slope.detach()

    report = dualad_torch.saved_bytes(with_its_gradient, x)
    assert report.bytes == 8000
    assert "the nodes of the graph hold" in report.how

    def fails(x):
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        dualad_torch.saved_bytes(fails, x)


def test_what_was_kept_before_the_call_does_not_count():
    w = torch.ones(25, 40, requires_grad=True)
    scaled = torch.exp(w) * torch.sin(w)
    assert dualad_torch.saved_bytes(lambda x: x + scaled, x).bytes == 0
