"""What a conversion leaves as it was: hooks, names, order, sharing, parameters, saved states."""

import copy
import io
import pickle

import pytest
import torch
import torch._dynamo.testing
from torch import nn

import dualad_torch
from dualad.activations import gelu, silu, swish
from dualad_torch import convert


class Swish(nn.Module):
    def __init__(self, shape=()):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(shape))

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 8),
        nn.GELU(),
        nn.ModuleDict({"a": nn.Identity()})["a"],
        nn.Sequential(nn.Linear(8, 8), Swish((8,)), nn.LayerNorm(8)),
        nn.ReLU(),
        nn.Linear(8, 2),
    )


x = torch.linspace(-2, 2, 12).reshape(3, 4)


def test_names_order_training_and_state():
    model = network()
    model[1].eval()
    names = [name for name, _ in model.named_modules()]
    parameters = dict(model.named_parameters())
    state = model.state_dict()
    training = [module.training for module in model.modules()]
    report = convert(model)
    assert report.converted == ("1", "3.1")
    assert [name for name, _ in model.named_modules()] == names
    assert [module.training for module in model.modules()] == training
    after = dict(model.named_parameters())
    assert list(after) == list(parameters)
    assert all(after[name] is parameters[name] for name in parameters)
    assert list(model.state_dict()) == list(state)
    for name, value in model.state_dict().items():
        assert value.data_ptr() == state[name].data_ptr()
    assert model.state_dict()._metadata.keys() == state._metadata.keys()


def test_an_optimizer_made_before_goes_on():
    losses = []
    for converts in (False, True):
        model = network()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        course = []
        for step in range(6):
            if converts and step == 2:
                convert(model)
            optimizer.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            optimizer.step()
            course.append(float(loss.detach()))
        losses.append(course)
        assert float((model[3][1].beta.detach() - 1).abs().min()) > 0
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-4, atol=1e-6)


def test_parameters_of_other_names_keep_them():
    class ScaledSwish(nn.SiLU):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([1.5]))
            self.weight.requires_grad_(False)

        def forward(self, x):
            return x * torch.sigmoid(self.weight * x)

    model = nn.Sequential(ScaledSwish())
    weight = model[0].weight
    convert(model)
    assert isinstance(model[0], dualad_torch.Activation)
    assert model[0].weight is weight
    assert list(model.state_dict()) == ["0.weight"]
    assert repr(model[0]) == "Activation(swish(x, beta=1.0), learned: beta as weight (1,))"
    assert not model[0].weight.requires_grad


def test_states_go_between_converted_and_unconverted_models():
    one, other = network(), network()
    with torch.no_grad():
        for parameter in one.parameters():
            parameter += 0.1
    convert(other)
    other.load_state_dict(one.state_dict())
    torch.testing.assert_close(other(x), one(x))
    fresh = network()
    fresh.load_state_dict(other.state_dict())
    torch.testing.assert_close(fresh(x), one(x))
    optimizers = [torch.optim.Adam(m.parameters()) for m in (one, other)]
    one(x).sum().backward()
    optimizers[0].step()
    optimizers[1].load_state_dict(optimizers[0].state_dict())


def test_all_hooks_go_on_and_their_handles_still_remove_them():
    model = nn.Sequential(nn.Linear(4, 4), nn.SiLU())
    calls = []
    act = model[1]
    handles = [
        act.register_forward_pre_hook(lambda m, a: calls.append(("pre", m))),
        act.register_forward_hook(lambda m, a, k, y: calls.append(("with", m)), with_kwargs=True),
        act.register_forward_hook(lambda m, a, y: y * 2),
        act.register_full_backward_pre_hook(lambda m, g: calls.append(("back pre", m))),
        act.register_full_backward_hook(lambda m, i, o: calls.append(("back", m))),
        act.register_state_dict_pre_hook(lambda m, p, k: calls.append(("state pre", m))),
        act.register_state_dict_post_hook(lambda m, s, p, d: calls.append(("state", m))),
        act.register_load_state_dict_pre_hook(lambda m, *a: calls.append(("load pre", m))),
        act.register_load_state_dict_post_hook(lambda m, k: calls.append(("load", m))),
    ]
    want = 2 * nn.functional.silu(model[0](x))
    report = convert(model)
    assert calls == []  # comparing and measuring does not run them
    assert report.converted == ("1",)
    del act
    y = model(x)
    torch.testing.assert_close(y, want)
    y.sum().backward()
    model.load_state_dict(model.state_dict())
    names = ["pre", "with", "back pre", "back", "state pre", "state", "load pre", "load"]
    assert [name for name, _ in calls] == names
    assert all(module is model[1] for _, module in calls)
    for handle in handles:
        handle.remove()
    calls.clear()
    model(x).sum().backward()
    model.load_state_dict(model.state_dict())
    assert calls == []


def test_modules_whose_inner_modules_have_hooks_stay():
    class HardSwish(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU6()

        def forward(self, x):
            return x * self.relu(x + 3) / 6

    model = nn.Sequential(HardSwish())
    handle = model[0].relu.register_forward_hook(lambda m, a, y: None)
    report = convert(model)
    assert report.changes[0].reason == "has hooks on its submodules"
    # What is inside is looked at on its own.
    assert report.converted == ("0.relu",)
    handle.remove()


def test_a_shared_module_stays_shared():
    act = Swish()
    model = nn.ModuleDict({"a": act, "b": nn.Sequential(act, act), "c": nn.ModuleList([act])})
    (change,) = convert(model).changes
    assert change.module == "a, b.0, b.1, c.0"
    assert model["a"] is model["b"][0] is model["b"][1] is model["c"][0]
    assert len(list(model.parameters())) == 1
    block = nn.Sequential(nn.Linear(4, 4), nn.GELU())
    twice = nn.Sequential(block, block)
    assert convert(twice).converted == ("0.1",)
    assert twice[0] is twice[1]


def test_twice_changes_nothing():
    model = network()
    first = convert(model)
    modules = list(model.modules())
    second = convert(model, keep="input")
    assert first.converted
    assert second.converted == ()
    assert [c.module for c in second.changes] == ["4"]
    assert list(map(id, model.modules())) == list(map(id, modules))


def test_activations_of_the_catalogue_are_left_as_they_are():
    model = nn.Sequential(dualad_torch.Activation(silu))
    assert convert(model).changes == ()
    assert convert(model[0]).changes == ()


def test_copies_and_pickles_of_a_converted_model():
    model = nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.SiLU(), nn.Threshold(0.1, 2.0))
    layer = nn.TransformerEncoderLayer(4, 2, 8, activation="gelu")
    model.append(layer)
    convert(model)
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    twins = (
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        torch.load(buffer, weights_only=False),
    )
    for twin in twins:
        assert twin[1].activation is gelu
        assert twin[4].activation is gelu
        torch.testing.assert_close(twin.eval()(x), model.eval()(x))


def test_moving_and_casting_a_converted_model():
    model = network()
    convert(model)
    model.to(torch.float64).to("meta")
    assert model[3][1].beta.dtype == torch.float64
    assert model[3][1].beta.is_meta


@pytest.mark.parametrize("in_place", [False, True])
def test_a_compiled_model_runs_what_it_was_converted_to(in_place):
    torch.compiler.reset()
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    model = nn.Sequential(nn.Linear(4, 4), Swish(), nn.Linear(4, 4))
    if in_place:
        model.compile(backend=counter)
        compiled = model
    else:
        compiled = torch.compile(model, backend=counter)
    want = compiled(x)
    assert counter.frame_count == 1
    report = convert(compiled, sample=x)
    assert counter.frame_count == 1  # the measurement runs eagerly
    assert report.converted == ("1",)
    torch.testing.assert_close(compiled(x), want)
    assert counter.frame_count == 2
    assert model[1].activation is swish


def test_a_part_that_is_compiled_on_its_own_is_converted_inside_or_stays():
    inner = torch.compile(nn.Sequential(nn.Linear(4, 4), nn.SiLU()), backend="eager")
    model = nn.Sequential(inner, torch.compile(nn.GELU(), backend="eager"))
    report = convert(model)
    assert report.converted == ("0._orig_mod.1",)
    assert report.changes[1].reason == "is compiled on its own; convert before compiling"


@pytest.fixture
def group():
    torch.distributed.init_process_group(
        "gloo", store=torch.distributed.HashStore(), rank=0, world_size=1
    )
    yield
    torch.distributed.destroy_process_group()


def test_a_model_in_ddp_trains_on(group):
    model = network()
    parallel = nn.parallel.DistributedDataParallel(model)
    parallel(x).sum().backward()
    gradients = {n: p.grad.clone() for n, p in model.named_parameters()}
    report = convert(parallel, sample=x)
    assert report.converted == ("1", "3.1")
    for _ in range(2):
        parallel.zero_grad()
        parallel(x).sum().backward()
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-4, atol=1e-5)


def test_sharded_parameters_stay(group):
    from torch.distributed.fsdp import fully_shard

    model = nn.Sequential(nn.Linear(4, 4), Swish((4,)), nn.SiLU())
    fully_shard(model)
    report = convert(model)
    assert report.converted == ("2",)
    assert report.changes[0].reason == (
        "has a parameter 'beta' that is sharded; convert before sharding"
    )
    model(x).sum().backward()


def test_traced_models_are_converted_too():
    traced = torch.fx.symbolic_trace(nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.SiLU()))
    want = traced(x)
    assert convert(traced).converted == ("1", "2")
    torch.testing.assert_close(traced(x), want)
