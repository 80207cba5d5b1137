"""An activation in PyTorch's autograd: gradients, layouts, threads, what is computed when."""

import gc
import threading
import weakref

import numpy as np
import pytest
import torch
import torch._dynamo.testing
from torch.utils.checkpoint import checkpoint

import dualad as da
from dualad.activations import mish
from dualad.keep import SecondOrderError
from dualad.recording import Recording

kept_input = mish.with_options(keep="input")

both = pytest.mark.parametrize("activation", [mish, kept_input], ids=["derivative", "input"])


@da.activation
def swiglu(gate, up):
    return gate * da.sigmoid(gate) * up


@da.activation
def swish(x, beta=1.0):
    return x * da.sigmoid(beta * x)


def doubles(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()


def gradient(f, *xs):
    return torch.autograd.grad(f(*xs).sum(), xs)


def test_double_backward_of_the_derivative_alone_raises_the_remedy():
    x = doubles(5)
    with pytest.raises(SecondOrderError, match=r'use mish\.with_options\(keep="input"\)'):
        torch.autograd.grad(mish(x).sum(), x, create_graph=True)
    with pytest.raises(SecondOrderError):
        torch.autograd.grad(mish(x).sum(), x, create_graph=True, allow_unused=True)
    assert torch.isfinite(gradient(mish, x)[0]).all()  # and nothing is spoilt


def test_backward_twice_over_one_graph():
    x = doubles(5)
    y = mish(x).sum()
    first = torch.autograd.grad(y, x, retain_graph=True)[0]
    assert torch.equal(first, torch.autograd.grad(y, x)[0])


@both
def test_checkpoint_and_saved_tensors_hooks(activation):
    x = doubles(5)
    want = gradient(activation, x)[0]
    for reentrant in (False, True):
        x.grad = None
        checkpoint(activation, x, use_reentrant=reentrant).sum().backward()
        assert torch.equal(x.grad, want)
    with torch.autograd.graph.save_on_cpu():
        assert torch.equal(gradient(activation, x)[0], want)


def test_without_a_gradient_nothing_is_kept():
    x = doubles(5)
    for context in (torch.no_grad(), torch.inference_mode()):
        with context:
            y = mish(x)
        assert y.grad_fn is None
        assert not y.requires_grad
    assert mish(x.detach()).grad_fn is None
    assert mish(x).grad_fn is not None


def test_large_arrays_in_inference_mode_go_through_the_worker_threads():
    x = torch.randn(1 << 18)
    want = mish(x)
    with torch.inference_mode():
        assert torch.equal(mish(x), want)
        assert torch.equal(mish(torch.randn(1 << 18).copy_(x)), want)


def test_the_input_is_freed():
    leaf = doubles(5)
    x = leaf * 1.0
    y, alive = mish(x), weakref.ref(x)
    del x
    gc.collect()
    assert alive() is None
    y.sum().backward()
    assert leaf.grad is not None


LAYOUTS = {
    "channels_last": lambda x: x.to(memory_format=torch.channels_last),
    "transposed": lambda x: x.transpose(1, 3),
    "strided": lambda x: x[:, ::2],
    "expanded": lambda x: x[:1].expand(4, -1, -1, -1),
    "0-d": lambda x: x[0, 0, 0, 0],
    "empty": lambda x: x[:0],
}


@both
@pytest.mark.parametrize("execution", ["whole", "blocks"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, execution, activation):
    f = activation.with_options(execution=execution)
    x = LAYOUTS[layout](torch.randn(4, 6, 10, 8, requires_grad=True))
    y = f(x)
    want = torch.nn.functional.mish(x)
    torch.testing.assert_close(y, want)
    if layout in ("channels_last", "transposed"):
        assert y.stride() == x.stride()
    y.sum().backward()


def test_gradients_of_parameters_in_their_own_shape_and_dtype():
    x = torch.randn(20, 30, requires_grad=True)
    beta = torch.nn.Parameter(torch.full((30,), 1.5, dtype=torch.float64))
    swish(x, beta).sum().backward()
    got = x.grad, beta.grad
    x.grad = beta.grad = None
    (x * torch.sigmoid(beta * x)).sum().backward()
    assert [g.dtype for g in got] == [torch.float32, torch.float64]
    torch.testing.assert_close(got, (x.grad, beta.grad))


def test_constants_lines_and_integers():
    x = doubles(4)
    assert da.activation(lambda x: 3.0)(x).tolist() == [3.0] * 4
    assert gradient(da.activation(lambda x: 2.0 * x + 1.0), x)[0].tolist() == [2.0] * 4
    assert gradient(da.activation(lambda x: x), x)[0].tolist() == [1.0] * 4
    assert mish(torch.tensor([1, 2])).dtype == torch.get_default_dtype()


def test_subclasses_meta_and_parameters():
    assert mish(torch.empty(3, 4, device="meta")).shape == (3, 4)
    assert gradient(mish, torch.nn.Parameter(torch.ones(3)))[0].shape == (3,)

    class Tagged(torch.Tensor):
        pass

    assert isinstance(mish(torch.ones(3).as_subclass(Tagged)), Tagged)


def test_many_threads_at_once():
    x = torch.randn(1 << 18)
    want = gradient(mish, x.clone().requires_grad_())[0]
    results = [None] * 4

    def work(i):
        results[i] = gradient(mish, x.clone().requires_grad_())[0]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(r, want) for r in results)


def test_worker_threads_leave_pytorchs_setting_alone():
    before = torch.get_num_threads()
    mish(torch.randn(1 << 18))
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [torch.get_num_threads()] == [before]


beta, constant = torch.nn.Parameter(torch.ones(())), torch.ones(3)


@pytest.mark.parametrize(
    ("definition", "function", "kind"),
    [
        (lambda x: x * da.sigmoid(beta * x), "multiply", "Parameter"),
        (lambda x: x * da.sigmoid(x * beta), "multiply", "Parameter"),
        (lambda x: constant * x, "multiply", "Tensor"),
        (lambda x: da.maximum(x, beta), "maximum", "Parameter"),
        (lambda x: torch.where(x > 0, x, beta), "PyTorch's where", "Parameter"),
        (lambda x: torch.add(input=x, other=constant), "PyTorch's add", "Tensor"),
        (lambda x: torch.stack([x, beta]), "PyTorch's stack", "Parameter"),
    ],
)
def test_what_learns_and_is_no_argument_would_get_no_gradient(definition, function, kind):
    with pytest.raises(da.DefinitionError) as error:
        da.activation(definition, name="f")(torch.ones(3))
    assert str(error.value) == (
        f"f: {function} meets a {kind} that is not an argument; from the closure the {kind} would "
        "get no gradient, and nothing would say so: make it an argument of the definition"
    )


def test_a_function_of_pytorch_is_not_one_of_dualad():
    with pytest.raises(da.DefinitionError) as error:
        da.activation(lambda x: torch.tanh(x), name="f")(torch.ones(3))
    assert str(error.value) == (
        "f: the definition calls PyTorch's tanh on an argument; write the element-wise function of "
        "dualad (da.exp, da.where, ...) instead"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mish([1.0]), r"got list; write np\.asarray"),
        (lambda: mish(torch.tensor([1j])), "takes real numbers, got a tensor of dtype"),
        (
            lambda: swiglu(torch.ones(2), np.ones(2)),
            "libraries in one call: torch.Tensor and numpy",
        ),
        (
            lambda: swiglu(np.ones(2), torch.ones(2)),
            "libraries in one call: numpy.ndarray and torch",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_an_integer_tensor_that_needs_a_gradient_is_an_error():
    with pytest.raises(RuntimeError, match="floating point"):
        mish(torch.arange(3).requires_grad_())
    with pytest.raises(RuntimeError, match=r"floating point|float"):
        torch.func.grad(lambda x: mish(x).sum())(torch.arange(3))


@pytest.mark.parametrize("execution", ["whole", "blocks"])
def test_selections_and_comparisons_are_numpys(execution):
    def definition(x):
        return (
            da.where(x >= 0, da.minimum(x, 1.0) + 4.0, 0.5 * x)
            + da.where(x <= 0, x, 2.0)
            + da.where(x < 0, 1.0, 0.0)
            + da.where(x > 0, 3.0, 0.0)
            + da.where(da.equal(x, 0.0), 5.0, 0.0)
            + da.where(da.not_equal(x, 0.0), 7.0, 0.0)
        )

    f = da.activation(definition).with_options(execution=execution)
    x = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0], dtype=torch.float64)
    np.testing.assert_array_equal(f(x), definition(x.numpy()))


def test_execution_is_obeyed(monkeypatch):
    monkeypatch.setattr(da.walk.Walk, "run", lambda self: 1 / 0)
    mish.with_options(execution="whole")(torch.ones(1 << 18))
    with pytest.raises(ZeroDivisionError):
        mish.with_options(execution="blocks")(torch.ones(3))


def test_only_wanted_gradients_are_computed(monkeypatch):
    paths = []
    pull_back = Recording.pull_back
    monkeypatch.setattr(
        Recording, "pull_back", lambda s, b, w: paths.append(w) or pull_back(s, b, w)
    )
    x, beta = torch.ones(3, requires_grad=True), torch.ones(3)
    swish.with_options(keep="input")(x, beta).sum().backward()
    assert paths == [(0,)]


def test_workers_compute_alone_and_in_inference_mode():
    x = torch.randn(1 << 18)
    mish(x)
    from dualad.walk import _pool
    from dualad_torch.namespace import namespace

    work = _pool(namespace.blocks).submit(
        lambda: (torch.get_num_threads(), torch.is_inference_mode_enabled())
    )
    assert work.result() == (1, True)


def test_integers_take_the_default_dtype():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert mish(torch.tensor([1, 2])).dtype == torch.float64
    finally:
        torch.set_default_dtype(before)


def test_blocks_in_double_precision_take_double_constants():
    f = da.activation(lambda x: x * 0.1).with_options(execution="blocks")
    x = torch.linspace(-1, 1, 100, dtype=torch.float64)
    assert torch.equal(f(x), x * 0.1)


def test_without_a_gradient_only_the_value_is_computed(monkeypatch):
    paths = []
    executable = Recording.executable
    monkeypatch.setattr(
        Recording,
        "executable",
        lambda s, b, p, *scale: paths.append(p) or executable(s, b, p, *scale),
    )
    x = torch.ones(3, requires_grad=True)
    mish(x.detach())
    with torch.no_grad():
        mish(x)
    with torch.inference_mode():
        mish(x)
    assert paths == [((),)] * 3


def test_meta_tensors_of_any_size():
    assert mish(torch.empty(1 << 18, device="meta")).shape == (1 << 18,)


def test_numbers_beside_a_double_are_double():
    x = torch.zeros(1, dtype=torch.float64)
    assert (da.maximum(x, 0.1).item(), da.minimum(-0.1, x).item()) == (0.1, -0.1)


@pytest.mark.parametrize("execution", ["blocks", "whole"])
def test_in_place_beside_an_argument_that_shares_memory(execution):
    f = swiglu.with_options(inplace=True, execution=execution)
    x = torch.randn(1 << 17)
    first = x.clone()
    torch.testing.assert_close(f(first, first), swiglu(x, x))
    shifted = x.clone()
    f(shifted[1:], shifted[:-1])
    torch.testing.assert_close(shifted[1:], swiglu(x[1:], x[:-1]))


@pytest.mark.parametrize("size", [5, 1 << 17])
def test_another_default_device_is_left_alone(size):
    f = da.activation(lambda x: x * da.tanh(x + 1.5)).with_options()
    torch.set_default_device("meta")
    try:
        y = f(torch.ones(size, device="cpu"))
    finally:
        torch.set_default_device(None)
    np.testing.assert_allclose(y, np.tanh(2.5), rtol=1e-6)
