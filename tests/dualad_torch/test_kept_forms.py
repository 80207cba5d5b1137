"""The forms of dualad.keep in PyTorch: gradients, bytes, layouts, and what may be asked."""

import copy
import functools
import io
import threading

import pytest
import torch
from torch._dynamo import compiled_autograd
from torch._dynamo.testing import CompileCounterWithBackend
from torch.nn import functional as F

import dualad as da
import dualad_torch
from dualad import activations as catalogue
from dualad.keep import Auto, Derivative, Input, KeepError, Output, Quantized, SecondOrderError
from dualad.keep.choice import choose

OF_THE_OUTPUT = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": functools.partial(F.softplus, threshold=1e9),
    "log_sigmoid": F.logsigmoid,
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "softsign": F.softsign,
}
OF_PIECES = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "relu6": F.relu6,
    "hardtanh": F.hardtanh,
    "hardsigmoid": F.hardsigmoid,
    "softshrink": F.softshrink,
    "hardshrink": F.hardshrink,
    "threshold": F.threshold,
}
SMOOTH = ("gelu", "silu", "mish", "tanhexp", "serf", "hardswish")
BITS = (Quantized(8), Quantized(4), Quantized(3), Quantized(2), Quantized(4, "stochastic"))
ALL = ("output", "segments", *BITS, "auto", Derivative("float16"), Derivative("bfloat16"))

# Kinks, their neighbours, tails and infinities.
KINKS = torch.tensor([-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0])
POINTS = torch.cat(
    [
        *(torch.linspace(-8.0, 8.0, 1001), KINKS, -torch.zeros(1)),
        *(torch.nextafter(KINKS, torch.tensor(side)) for side in (-torch.inf, torch.inf)),
        torch.tensor([-1e30, 1e30, -torch.inf, torch.inf]),
    ]
)


def gradient(function, x, cotangent=None):
    x = x.detach().clone(memory_format=torch.preserve_format).requires_grad_()
    y = function(x)
    y.backward(torch.ones_like(y) if cotangent is None else cotangent)
    return x.grad


def arguments(name):
    return {"threshold": 1.0, "value": 0.5} if name == "threshold" else {}


def kept(name, keep, **options):
    return functools.partial(
        getattr(catalogue, name).with_options(keep=keep, **options), **arguments(name)
    )


@pytest.mark.parametrize("name", OF_PIECES)
def test_straight_pieces_have_the_slopes_of_pytorchs_own(name):
    built_in = functools.partial(OF_PIECES[name], **arguments(name))
    x = POINTS
    ours, theirs = gradient(kept(name, "segments"), x), gradient(built_in, x)
    torch.testing.assert_close(ours, theirs, rtol=2e-7, atol=0.0)
    half = x[x.abs() < 1e4].half()
    assert torch.equal(gradient(kept(name, "segments"), half), gradient(built_in, half))


@pytest.mark.parametrize("name", OF_THE_OUTPUT)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_by_way_of_the_output_a_gradient_is_as_near_as_y_is_rounded(name, dtype):
    x = POINTS[POINTS.abs() < 1e4].to(dtype)
    ours = gradient(kept(name, "output"), x).double()
    truth = gradient(OF_THE_OUTPUT[name], x.double())
    assert (ours - truth).abs().max() <= 8 * torch.finfo(dtype).eps * truth.abs().max()


@pytest.mark.parametrize("name", [*SMOOTH, "elu", "tanh"])
@pytest.mark.parametrize("keep", BITS, ids=str)
@pytest.mark.parametrize("execution", ["blocks", "whole"])
def test_few_bits_are_within_their_bound_of_the_derivative(name, keep, execution):
    torch.manual_seed(0)
    activation = getattr(catalogue, name).with_options(keep=keep, execution=execution)
    x = POINTS[POINTS.isfinite()]
    numbers = [x, *activation.defaults.values()]
    exact = gradient(kept(name, "derivative"), x)
    bound = choose(activation, numbers, "float32").code.error
    error = (gradient(activation, x) - exact).abs().max()
    assert 0.3 * bound < error <= bound
    # 0 and 1 stay what they are.
    for value in (0.0, 1.0):
        assert (gradient(activation, x)[exact == value] == value).all()


def test_stochastic_rounding_has_the_right_mean():
    torch.manual_seed(0)
    x = torch.linspace(-4.0, 4.0, 33)
    activation = catalogue.gelu.with_options(keep=Quantized(2, "stochastic"))
    many = gradient(activation, x.repeat(20_000, 1))
    exact = gradient(catalogue.gelu, x)
    deviation = many.std(0) / 20_000**0.5
    assert ((many.mean(0) - exact).abs() <= 4.5 * deviation + 1e-6).all()
    assert many.std(0).max() > 0.1
    again = gradient(activation, x.repeat(20_000, 1))
    assert not torch.equal(many, again)
    torch.manual_seed(0)
    assert torch.equal(many, gradient(activation, x.repeat(20_000, 1)))


def marginal(function):
    """Bytes an element that a function adds between two linear layers."""
    first, last = torch.nn.Linear(64, 64), torch.nn.Linear(64, 64)
    x = torch.randn(64, 64)
    alone = dualad_torch.saved_bytes(lambda v: last(first(v)), x).bytes
    return (dualad_torch.saved_bytes(lambda v: last(function(first(v))), x).bytes - alone) / 64**2


@pytest.mark.parametrize("name", OF_THE_OUTPUT)
def test_what_y_tells_takes_no_bytes_between_linear_layers(name):
    assert marginal(kept(name, "auto")) == 0


@pytest.mark.parametrize("name", ["relu6", "hardtanh", "hardsigmoid", "softshrink", "hardshrink"])
def test_straight_pieces_take_a_quarter_byte_at_most(name):
    assert 0 < marginal(kept(name, "auto")) <= 0.25


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_take_four_bytes_one_or_half_of_one(name):
    assert marginal(kept(name, "auto")) == 4
    assert marginal(kept(name, Quantized(8))) == 1
    assert marginal(kept(name, Quantized(4))) == 0.5
    assert marginal(kept(name, Quantized(3))) == 0.375
    assert marginal(kept(name, Auto(tolerance=0.005))) == 1
    assert marginal(kept(name, Derivative("float16"))) == 2


LAYOUTS = {
    "no dimension": torch.tensor(0.7),
    "empty": torch.zeros(0, 3),
    "one": torch.tensor([-0.3]),
    "seven": torch.linspace(-3, 3, 7),
    "1003": torch.linspace(-5, 5, 1003),
    "channels last": torch.randn(2, 3, 5, 7).to(memory_format=torch.channels_last),
    "transposed": torch.randn(5, 9).t(),
    "every other": torch.randn(40)[::2],
    "expanded": torch.randn(3, 1).expand(3, 5),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("keep", ALL, ids=str)
def test_every_layout_has_the_gradient_of_its_elements(layout, keep):
    name = "hardtanh" if keep == "segments" else "softplus" if keep == "output" else "elu"
    activation = kept(name, keep)
    x = LAYOUTS[layout]
    cotangent = torch.randn(x.shape)
    found = gradient(activation, x, cotangent)
    assert found.shape == x.shape
    exact = gradient(kept(name, "derivative"), x, cotangent)
    assert found.stride() == exact.stride()
    error = 0.4 if keep == Quantized(2) else 0.15 if isinstance(keep, Quantized) else 8e-3
    assert ((found - exact).abs() <= error * cotangent.abs() + 1e-6).all()


def test_a_derivative_without_bounds_has_levels_for_each_run():
    x = torch.cat([torch.linspace(-1, 1, 300), torch.linspace(50, 90, 300)])
    square = da.activation(lambda x: x * x, keep=Quantized(4))
    found, exact = gradient(square, x), 2 * x
    for part in (slice(0, 256), slice(256, 512), slice(512, 600)):
        spread = exact[part].max().clamp_min(0) - exact[part].min().clamp_max(0)
        assert (found[part] - exact[part]).abs().max() <= spread / 14 * 0.501
    assert marginal(square) == 0.5 + 8 / 256
    gates = catalogue.swiglu.with_options(keep=Quantized(8))
    a, b = torch.randn(1000, requires_grad=True), torch.randn(1000, requires_grad=True)
    gates(a, b).sum().backward()
    exact_gates = torch.autograd.grad(catalogue.swiglu(a, b).sum(), (a, b))
    for leaf, exact_one in zip((a, b), exact_gates, strict=True):
        assert (leaf.grad - exact_one).abs().max() <= 0.51 * 10 / 254


def test_gates_keep_both_derivatives_as_bfloat16():
    gates = catalogue.swiglu.with_options(keep=Derivative("bfloat16"))
    a, b = torch.randn(1000, requires_grad=True), torch.randn(1000, requires_grad=True)
    assert dualad_torch.saved_bytes(gates, a, b).bytes == 2 * 2 * 1000
    found = torch.autograd.grad(gates(a, b).sum(), (a, b))
    exact = torch.autograd.grad(catalogue.swiglu(a, b).sum(), (a, b))
    for one, other in zip(found, exact, strict=True):
        torch.testing.assert_close(one, other.bfloat16().float(), rtol=1e-2, atol=0.0)
    with pytest.raises(KeepError, match=r'use Derivative\(dtype="bfloat16"\)$'):
        catalogue.swiglu.with_options(keep=Derivative("float16"))(a, b)


@pytest.mark.parametrize("keep", ALL, ids=str)
def test_what_is_kept_serves_many_backward_passes(keep):
    name = "hardtanh" if keep == "segments" else "softplus" if keep == "output" else "elu"
    x = torch.linspace(-3, 3, 1003, requires_grad=True)
    y = kept(name, keep)(x).sum()
    passes = [torch.autograd.grad(y, x, retain_graph=k < 2)[0] for k in range(3)]
    assert torch.equal(passes[0], passes[1])
    assert torch.equal(passes[0], passes[2])


@pytest.mark.parametrize("keep", ["segments", Quantized(4), Quantized(8), Derivative("float16")])
def test_a_second_order_is_an_error_that_names_the_remedy(keep):
    x = torch.linspace(-3, 3, 9, requires_grad=True)
    y = kept("hardsigmoid", keep)(x).sum()
    with pytest.raises(SecondOrderError, match=r'hardsigmoid\.with_options\(keep="input"\)'):
        torch.autograd.grad(y, x, create_graph=True)


@pytest.mark.parametrize("name", ["tanh", "softplus", "sigmoid", "relu", "elu"])
def test_y_gives_derivatives_of_any_order(name):
    x = torch.linspace(-2.9, 3, 60, dtype=torch.float64, requires_grad=True)
    ours, theirs = x, x
    ours, theirs = kept(name, "output")(x), OF_THE_OUTPUT[name](x)
    for _ in range(3):
        (ours,) = torch.autograd.grad(ours.sum(), x, create_graph=True)
        (theirs,) = torch.autograd.grad(theirs.sum(), x, create_graph=True)
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
        if name == "relu":
            break  # PyTorch ends the graph there


@pytest.mark.parametrize("keep", ["output", "segments", Quantized(4)], ids=str)
def test_transforms_of_torch_func_are_exact(keep):
    name = "tanh" if keep == "output" else "hardtanh"
    x = torch.linspace(-3, 3, 12)
    slopes = torch.func.vmap(torch.func.grad(kept(name, keep)))(x)
    torch.testing.assert_close(slopes, gradient(kept(name, "derivative"), x))


@pytest.mark.parametrize("keep", ["output", "segments", Quantized(4), Quantized(4, "stochastic")])
def test_in_place_y_overwrites_x(keep):
    name = "elu" if keep == "output" else "hardtanh"
    leaf = torch.linspace(-3, 3, 1003, requires_grad=True)
    x = leaf * 1.0
    place = x.data_ptr()
    y = kept(name, keep, inplace=True)(x)
    assert y is x
    assert y.data_ptr() == place
    y.sum().backward()
    torch.testing.assert_close(leaf.grad, gradient(kept(name, keep), leaf), rtol=1e-5, atol=1e-6)


def test_an_output_that_is_overwritten_is_noticed():
    x = torch.linspace(-3, 3, 9, requires_grad=True)
    y = kept("tanh", "output")(x)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize(
    ("name", "keep"), [("elu", "output"), ("relu6", "segments"), ("gelu", Quantized(4))]
)
def test_compiled_graphs_keep_the_same(name, keep):
    activation = kept(name, keep)
    x = torch.linspace(-4, 4, 1003)
    compiled = torch.compile(activation, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(gradient(compiled, x), gradient(activation, x), rtol=1e-5, atol=1e-6)


def test_kernels_of_the_compiler_write_and_read_codes():
    x = torch.cat([torch.linspace(-6, 6, 4099)])
    for keep in (Quantized(8), Quantized(3)):
        activation = catalogue.silu.with_options(keep=keep, execution="compiled")
        bound = choose(activation, (x,), "float32").code.error
        error = (gradient(activation, x) - gradient(catalogue.silu, x)).abs().max()
        assert error <= bound


def test_threads_choose_for_themselves():
    found, x = {}, torch.linspace(-4, 4, 100_000)

    def work(keep):
        for _ in range(5):
            found[keep] = gradient(kept("mish", keep), x)

    forms = [Quantized(8), Quantized(4), Quantized(3), Derivative()]
    threads = [threading.Thread(target=work, args=(keep,)) for keep in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for keep in forms:
        assert torch.equal(found[keep], gradient(kept("mish", keep), x))


def test_modules_with_a_form_are_copied_and_saved():
    for keep in ("auto", Quantized(4, "stochastic"), Output(), Auto(0.01, ("input",))):
        module = dualad_torch.Activation(catalogue.tanh.with_options(keep=keep))
        file = io.BytesIO()
        torch.save(module, file)
        file.seek(0)
        for twin in (copy.deepcopy(module), torch.load(file, weights_only=False)):
            assert twin.activation.keep == module.activation.keep
            assert repr(twin) == repr(module)


def test_a_form_that_does_not_serve_is_an_error():
    x = torch.linspace(-1, 1, 5, requires_grad=True)
    with pytest.raises(
        KeepError, match=r"^gelu cannot be kept as Output\(\): it is defined without"
    ):
        kept("gelu", "output")(x)
    with pytest.raises(
        KeepError, match=r"^silu cannot be kept as Segments\(\): it calls silu_slope"
    ):
        kept("silu", "segments")(x)
    with pytest.raises(KeepError, match=r"^leaky_relu cannot be kept as Output\(\): y in float32"):
        catalogue.leaky_relu.with_options(keep="output")(x, -0.5)
    weight = torch.tensor(0.25, requires_grad=True)
    with pytest.raises(KeepError, match="several arguments are arrays"):
        catalogue.leaky_relu.with_options(keep="segments")(x, weight)
    # Nothing is broken by it.
    assert gradient(kept("gelu", "derivative"), x).isfinite().all()


def test_the_planner_keeps_what_learned_arguments_need():
    x = torch.linspace(-3, 3, 1000, requires_grad=True)
    weight = torch.tensor(0.25, requires_grad=True)
    catalogue.prelu.with_options(keep="auto")(x, weight).sum().backward()
    want = torch.autograd.grad(F.prelu(x, weight.reshape(1)).sum(), (x, weight))
    torch.testing.assert_close(x.grad, want[0])
    torch.testing.assert_close(weight.grad, want[1])


def test_the_planner_may_keep_the_input():
    activation = catalogue.mish.with_options(keep=Auto(alive=("input",)))
    assert isinstance(choose(activation, (torch.ones(2),), "float32").form, Input)
    x = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(activation, x)


@pytest.mark.parametrize(("name", "keep"), [("relu6", "segments"), ("gelu", Quantized(4))])
def test_one_graph_serves_all_sizes(name, keep):
    counter = CompileCounterWithBackend("aot_eager")
    activation = kept(name, keep)
    compiled = torch.compile(lambda x: activation(x), backend=counter, fullgraph=True, dynamic=True)
    for size in (5, 16, 64, 999):
        x = torch.linspace(-4, 7, 3 * size).reshape(size, 3)
        found, exact = gradient(compiled, x), gradient(activation, x)
        torch.testing.assert_close(found, exact, rtol=1e-5, atol=1e-6)
    assert counter.frame_count == 1


def test_compiled_autograd_reads_codes():
    x = torch.linspace(-3, 3, 21, requires_grad=True)
    with compiled_autograd._enable(torch.compile(fullgraph=True, backend="aot_eager")):
        kept("hardtanh", "segments")(x).sum().backward()
    assert torch.equal(x.grad, gradient(kept("hardtanh", "segments"), x))
    half = torch.linspace(-3, 3, 21, dtype=torch.bfloat16, requires_grad=True)
    with compiled_autograd._enable(torch.compile(fullgraph=True, backend="aot_eager")):
        catalogue.mish(half).sum().backward()
    assert torch.equal(half.grad, gradient(catalogue.mish, half))


def test_hooks_may_keep_everything_in_another_dtype():
    x = torch.linspace(-3, 3, 21, requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks(lambda t: t.double(), lambda t: t)
    with hooks:
        y = kept("hardtanh", "segments")(x)
    (found,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(found, gradient(kept("hardtanh", "segments"), x))
