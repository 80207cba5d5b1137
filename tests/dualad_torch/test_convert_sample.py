"""A conversion measured on the model itself, and what measuring leaves as it was."""

import pytest
import torch
from torch import nn

import dualad_torch
from dualad import activations
from dualad.keep import Quantized
from dualad_torch import convert


class GELU(nn.Module):
    """Keeps x twice, the value of erf and two products: 12 bytes per element beyond its result."""

    def forward(self, x):
        return x * 0.5 * (1.0 + torch.erf(x * 0.7071067811865476))


def network():
    return nn.Sequential(
        nn.Linear(8, 16), GELU(), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 4), nn.ReLU()
    )


x = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))


def test_the_table_says_what_the_whole_model_keeps():
    model = network()
    before = dualad_torch.saved_bytes(model, x).bytes
    report = convert(model, sample=x)
    assert report.bytes == dualad_torch.saved_bytes(model, x).bytes
    assert report.before == before
    gelu, relu = report.changes
    # Its result is kept by the norm, in any case.
    assert (gelu.before, gelu.after) == (12 * 32 * 16, 4 * 32 * 16)
    assert report.before - report.bytes == gelu.before - gelu.after
    assert relu.now is None
    lines = str(report).splitlines()
    assert lines[0] == "1 of 2 activations converted; bytes kept for backward (on the sample):"
    assert lines[1].split() == ["module", "was", "now", "before", "after"]
    assert lines[2].split() == ["1", "GELU()", "gelu(x)", "6,144", "2,048"]
    assert lines[-1].split() == ["total", f"{before:,}", f"{report.bytes:,}"]


def test_random_state_buffers_and_gradients_are_as_they_were():
    model = network()
    buffers = dict(model.named_buffers())
    values = {n: b.clone() for n, b in buffers.items()}
    versions = {n: b._version for n, b in buffers.items()}
    state = torch.get_rng_state()
    given = x.clone()
    convert(model, sample=given)
    assert torch.equal(torch.get_rng_state(), state)
    for name, buffer in model.named_buffers():
        assert buffer is buffers[name]
        assert buffer._version == versions[name]
        assert torch.equal(buffer, values[name])
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(given, x)
    assert model.training


def test_a_model_that_writes_into_its_input_does_not_write_into_the_sample():
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(8, 8), nn.GELU())
    given = x.clone()
    convert(model, sample=given)
    assert torch.equal(given, x)


def test_samples_of_several_arguments_and_of_names():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.act = nn.Linear(8, 8), nn.Mish()

        def forward(self, x, scale, *, shift=0.0):
            return self.act(self.inner(x) * scale + shift)

    scale = torch.full((8,), 2.0)
    by_position = convert(Model(), sample=(x, scale))
    by_name = convert(Model(), sample={"x": x, "scale": scale, "shift": x})
    assert by_position.bytes == by_name.bytes > 0


def test_what_would_keep_more_in_its_place_goes_back():
    class Twice(nn.Module):
        """The activation's input is kept anyway, so that what keeps it as well adds nothing."""

        def __init__(self):
            super().__init__()
            self.inner, self.act, self.last = nn.Linear(8, 8), nn.SiLU(), nn.GELU()

        def forward(self, x):
            h = self.inner(x)
            return self.last(self.act(h) + torch.sin(h))

    model = Twice()
    assert convert(Twice()).converted == ("act", "last")
    silu = model.act
    report = convert(model, sample=x)
    assert model.act is silu
    assert report.converted == ("last",)
    assert report.changes[0].reason == "it would keep more in this place"
    assert report.changes[0].before == report.changes[0].after == 0
    assert report.bytes == report.before


def test_functions_in_attributes_are_measured_with_their_owner():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu")
    (change,) = convert(layer, sample=torch.randn(5, 3, 8)).changes
    assert change.before == change.after == 5 * 3 * 16 * 4
    stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    for inner in stack.layers:
        inner.activation = nn.functional.silu
    report = convert(stack, sample=torch.randn(5, 3, 8))
    assert report.converted == ("layers.0.activation", "layers.1.activation")
    assert {c.before for c in report.changes} == {5 * 3 * 16 * 4}


def test_shared_and_repeated_modules_count_every_call():
    act = GELU()
    model = nn.Sequential(nn.Linear(8, 8), act, nn.Linear(8, 8), act)
    (change,) = convert(model, sample=x).changes
    assert (change.before, change.after) == (2 * 12 * 32 * 8, 2 * 4 * 32 * 8)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_model_that_fails_is_left_as_it_was(when):
    class Fails(nn.Module):
        def __init__(self):
            super().__init__()
            self.act, self.gelu = nn.SiLU(), nn.GELU()
            self.register_buffer("count", torch.zeros(()))

        def forward(self, x):
            self.count += 1
            if when == "before" or not isinstance(self.act, nn.SiLU):
                raise RuntimeError("no such day")
            return self.gelu(self.act(x))

    model = Fails()
    modules, count = list(model.modules()), model.count
    with pytest.raises(RuntimeError, match="no such day"):
        convert(model, sample=x)
    assert list(map(id, model.modules())) == list(map(id, modules))
    assert model.count is count
    assert float(count) == 0
    assert not model.act._forward_hooks


def test_evaluation_mode_and_frozen_models():
    model = network().eval()
    assert convert(model, sample=x).converted == ("1",)
    assert not model.training
    frozen = network().requires_grad_(False)
    report = convert(frozen, sample=x)
    assert (report.before, report.bytes) == (0, 0)
    assert report.converted == ("1",)
    assert report.changes[0].before == 0


def test_a_model_that_is_not_complete_is_refused():
    model = nn.Sequential(nn.LazyLinear(3), nn.GELU())
    with pytest.raises(ValueError, match="run it once before, or convert without a sample"):
        convert(model, sample=x)
    assert convert(model).converted == ("1",)


def test_mapped_activations_are_measured_too():
    class Odd(nn.Module):
        def forward(self, x):
            return x * torch.erf(nn.functional.softplus(x))

    model = nn.Sequential(nn.Linear(8, 8), Odd())
    (change,) = convert(model, sample=x, mapping={Odd: activations.serf}).changes
    assert (change.before, change.after) == (12 * 32 * 8, 4 * 32 * 8)


def test_where_modules_are_not_told_apart_the_total_decides():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.last = nn.Linear(8, 8), nn.SiLU(), nn.GELU()

        def forward(self, x):
            h = self.first(x)
            # So called, a module does not say that it is at work.
            return self.act.forward(h) + torch.sin(h) + self.last.forward(self.first(h))

    model = Twice()
    report = convert(model, sample=x)
    assert report.changes[0].reason == "the model would keep more with it"
    assert isinstance(model.act, nn.SiLU)
    assert report.converted == ("last",)
    assert report.bytes == report.before


def test_modules_hidden_in_plain_attributes_are_left_alone():
    model = nn.Sequential(nn.Linear(8, 8))
    model.__dict__["hidden"] = nn.SiLU()
    assert convert(model, sample=x).changes == ()


class Residual(nn.Module):
    """x is kept anyway: for the product beside the activation."""

    def __init__(self):
        super().__init__()
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(x) + x * x


def test_the_planner_finds_what_the_neighbours_keep():
    width = nn.Linear(16, 16)
    model = nn.Sequential(
        *(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.5), width, nn.ELU(), nn.Linear(16, 16)),
        *(nn.Hardtanh(), width, nn.GELU(), nn.Linear(16, 16), Residual(), nn.Linear(16, 4)),
    )
    before = dualad_torch.saved_bytes(model, x).bytes
    report = convert(model, "auto", sample=x)
    whole = 4 * 32 * 16
    assert {c.module: (c.before, c.after) for c in report.changes} == {
        "1": (whole, whole // 32),  # the dropout keeps a mask: one bit is enough
        "4": (whole, 0),  # y, which the linear layer keeps
        "6": (whole, whole // 32),
        "8": (whole, whole),
        "10.act": (0, 0),  # x, which the product keeps
    }
    assert report.bytes == dualad_torch.saved_bytes(model, x).bytes
    assert report.before == before
    kept = [model[1], model[4], model[6], model[8], model[10].act]
    assert [m.activation.keep.alive for m in kept[:2] + kept[4:]] == [(), ("output",), ("input",)]
    x.requires_grad_(False)
    torch.nn.functional.mse_loss(model(x), torch.zeros(32, 4)).backward()


def test_the_planner_in_a_function_that_a_module_holds():
    class Held(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(8, 16), nn.Linear(16, 4)
            self.act = nn.functional.elu

        def forward(self, x):
            return self.last(self.act(self.first(x)))

    model = Held()
    (change,) = convert(model, "auto", sample=x).changes
    assert (change.before, change.after) == (4 * 32 * 16, 0)
    assert model.act.keep.alive == ("output",)


def test_few_bits_are_what_was_asked_for():
    model = network()
    report = convert(model, Quantized(8), sample=x)
    gelu, relu = report.changes
    assert (gelu.now, gelu.before, gelu.after) == (
        "gelu(x) keep=Quantized(bits=8)",
        12 * 32 * 16,
        32 * 16,
    )
    assert relu.now is None
