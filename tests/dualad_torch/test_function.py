"""An activation in PyTorch's autograd: gradients, orders, transforms, compilation, layouts."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
import torch
import torch._dynamo.testing
from torch.utils.checkpoint import checkpoint

import dualad as da
from benchmarks.compiler import COMPILER
from dualad.activations import mish, tanhexp
from dualad.keep import SecondOrderError
from dualad.recording import Recording
from dualad_torch import function

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


@both
def test_gradcheck(activation):
    assert torch.autograd.gradcheck(activation, doubles(7))
    f = swiglu.with_options(keep=activation.keep)
    assert torch.autograd.gradcheck(f, (doubles(3, 1), doubles(4, seed=1)))


def test_any_order_with_the_input_kept():
    assert torch.autograd.gradgradcheck(kept_input, doubles(7))
    f = swiglu.with_options(keep="input")
    assert torch.autograd.gradgradcheck(f, (doubles(3, 1), doubles(4, seed=1)))
    x = doubles(5)
    d = kept_input(x)
    for order in range(1, 4):
        (d,) = torch.autograd.grad(d.sum(), x, create_graph=True)
        want = mish.derivative(x.detach().numpy(), order=order)
        np.testing.assert_allclose(d.detach().numpy(), want, rtol=1e-10, atol=1e-12)


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


FUNC = {
    "grad": (1, lambda f, x: torch.func.grad(lambda x: f(x).sum())(x)),
    "vmap of grad": (1, lambda f, x: torch.func.vmap(torch.func.grad(f))(x)),
    "grad of vmap": (1, lambda f, x: torch.func.grad(lambda x: torch.func.vmap(f)(x).sum())(x)),
    "vjp": (1, lambda f, x: torch.func.vjp(f, x)[1](torch.ones_like(x))[0]),
    "jvp": (1, lambda f, x: torch.func.jvp(f, (x,), (torch.ones_like(x),))[1]),
    "jacrev": (1, lambda f, x: torch.func.jacrev(f)(x).diagonal()),
    "jacfwd": (1, lambda f, x: torch.func.jacfwd(f)(x).diagonal()),
    "grad of grad": (2, lambda f, x: torch.func.vmap(torch.func.grad(torch.func.grad(f)))(x)),
    "hessian": (2, lambda f, x: torch.func.hessian(lambda x: f(x).sum())(x).diagonal()),
}


@both
@pytest.mark.parametrize("transform", FUNC)
def test_functional_transforms_are_right_to_second_order(transform, activation):
    order, compute = FUNC[transform]
    x = doubles(5).detach()
    want = mish.derivative(x.numpy(), order=order)
    np.testing.assert_allclose(compute(activation, x), want, rtol=1e-11, atol=1e-12)


@both
@pytest.mark.parametrize("in_dims", [(0, 0), (1, 0), (0, None), (None, 1)])
def test_vmap_over_several_inputs_of_different_rank(in_dims, activation):
    f = swiglu.with_options(keep=activation.keep)
    a, b = doubles(3, 3, 3).detach(), doubles(3, 3, seed=1).detach()

    def plain(a, b):
        return a * torch.sigmoid(a) * b

    vmap = torch.func.vmap
    torch.testing.assert_close(vmap(f, in_dims)(a, b), vmap(plain, in_dims)(a, b))

    def slope(g):
        return torch.func.grad(lambda a, b: g(a, b).sum(), argnums=1)

    torch.testing.assert_close(vmap(slope(f), in_dims)(a, b), vmap(slope(plain), in_dims)(a, b))


@both
def test_forward_mode(activation):
    x = doubles(5).detach()
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        got = torch.autograd.forward_ad.unpack_dual(activation(dual)).tangent
    np.testing.assert_allclose(got, mish.derivative(x.numpy()), rtol=1e-13)


@pytest.fixture
def fresh_dynamo():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.usefixtures("fresh_dynamo")
@both
@pytest.mark.parametrize("backend", sorted({"aot_eager", COMPILER}))
def test_compiled_as_one_graph(activation, backend):
    f = torch.compile(lambda x: 2.0 * activation(x), fullgraph=True, backend=backend)
    for size in (50, 70):
        x, y = (torch.linspace(-5, 5, size).requires_grad_() for _ in range(2))
        f(x).sum().backward()
        (2.0 * activation(y)).sum().backward()
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        np.testing.assert_allclose(f(x), 2.0 * mish(x), rtol=1e-5)


FRESH = """
import dualad as da, torch
@da.activation
def f(x, beta=2.0):
    return x * da.tanh(beta * x)
x = torch.linspace(-1, 1, 5).requires_grad_()
beta = torch.tensor(2.0, requires_grad=True)
torch.compile(f, fullgraph=True, backend="aot_eager")(x, beta).sum().backward()
compiled = x.grad.clone(), beta.grad.clone()
x.grad = beta.grad = None
(x * torch.tanh(beta * x)).sum().backward()
torch.testing.assert_close(compiled, (x.grad, beta.grad))
"""


def test_compiled_before_anything_else_was_called():
    """The adapter is found and the definition recorded while Dynamo traces."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    subprocess.run([sys.executable, "-c", FRESH], check=True, env=environment)


def test_compiled_functional_gradient():
    x = torch.linspace(-3, 3, 9)
    f = torch.compile(torch.func.grad(lambda x: mish(x).sum()), fullgraph=True, backend="aot_eager")
    np.testing.assert_allclose(f(x), mish.derivative(x.numpy()), rtol=1e-5, atol=1e-6)
    # At the seam of the two exponentials PyTorch's own differentiation shares the tie.
    np.testing.assert_allclose(f(torch.zeros(1)), [0.6], rtol=1e-6)


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


@pytest.mark.parametrize(
    "f",
    [
        lambda x: mish.derivative(x),
        lambda x: mish.linearize(x)[1],
        torch.func.grad(lambda x: mish(x).sum()),
    ],
)
def test_second_derivatives_at_the_seam_of_the_exponentials(f):
    """mish''(0) = 0.64; a clamp's gradient at a tie would make 0.96 of it."""
    x = torch.zeros(1, dtype=torch.float64)
    got = torch.func.grad(lambda x: f(x).sum())(x)
    np.testing.assert_allclose(got, [0.64], rtol=1e-14)
    x.requires_grad_()
    if f(x).requires_grad:
        np.testing.assert_allclose(torch.autograd.grad(f(x).sum(), x)[0], [0.64], rtol=1e-14)


@both
def test_forward_over_forward(activation):
    """PyTorch loses the inner tangent of a Function with a jvp (its issue 197867)."""
    x = doubles(5).detach()
    twice = torch.func.jacfwd(torch.func.jacfwd(lambda x: activation(x).sum()))(x).diagonal()
    np.testing.assert_allclose(twice, mish.derivative(x.numpy(), order=2), rtol=1e-9, atol=1e-12)
    cube = da.activation(lambda x: x**3).with_options(keep=activation.keep)
    third = torch.func.jacfwd(torch.func.jacfwd(torch.func.jacfwd(cube)))
    assert float(third(torch.tensor(2.0))) == 6.0
    mixed = torch.func.jacfwd(torch.func.jacfwd(torch.func.jacrev(cube)))
    assert float(mixed(torch.tensor(2.0))) == 6.0


MIXED = [
    (torch.bfloat16, (), torch.float32),
    (torch.float32, (), torch.float64),
    (torch.float16, (), torch.bfloat16),
    (torch.bfloat16, (20,), torch.float32),
    (torch.float32, (20,), torch.float64),
]


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize(("dtype", "shape", "other"), MIXED, ids=str)
def test_mixed_dtypes_promote_as_in_pytorch_eager_and_compiled(dtype, shape, other):
    x = torch.linspace(-8, 8, 20).to(dtype)
    beta = torch.full(shape, 1.7, dtype=other)
    want = (x * torch.sigmoid(beta * x)).dtype
    compiled = torch.compile(swish, fullgraph=True, backend="aot_eager")
    exact = swish(x.double(), beta.double())
    for f in (swish, compiled):
        assert f(x, beta).dtype == want
        # Computed in single precision at least, and rounded once.
        normal = exact.abs().clamp_min(torch.finfo(want).smallest_normal)
        error = ((f(x, beta).double() - exact) / normal).abs().max()
        assert error <= max(torch.finfo(want).eps / 2, 4 * torch.finfo(torch.float32).eps)


def test_derivatives_are_differentiable_too():
    x = doubles(5)
    for d in (mish.derivative(x), mish.linearize(x)[1], da.derivative(mish)(x)):
        (bend,) = torch.autograd.grad(d.sum(), x)
        want = mish.derivative(x.detach().numpy(), order=2)
        np.testing.assert_allclose(bend, want, rtol=1e-10, atol=1e-12)
    f = torch.compile(lambda x: mish.linearize(x)[1], fullgraph=True, backend="aot_eager")
    np.testing.assert_allclose(f(x.detach()), mish.derivative(x.detach().numpy()), rtol=1e-12)


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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [1000, 1 << 18])
@pytest.mark.parametrize("keep", ["derivative", "input"])
def test_half_types_are_computed_in_single_and_rounded_once(dtype, size, keep):
    x = (torch.randn(size) * 3).to(dtype).requires_grad_()
    wide = x.detach().float().requires_grad_()
    f = mish.with_options(keep=keep)
    (g,), (g_wide,) = gradient(f, x), gradient(f, wide)
    assert g.dtype == f(x).dtype == dtype
    assert torch.equal(f(x), f(wide).to(dtype))
    if keep == "input":
        assert torch.equal(g, g_wide.to(dtype))
    else:
        # f' is rounded to float16 to be kept, and the product to the dtype.
        kept = torch.finfo(torch.float16).eps / 2 * g_wide.abs()
        assert torch.all((g.float() - g_wide).abs() <= kept + spacing(g_wide, dtype) / 2)


def spacing(x, dtype):
    """The distance to the next number of a dtype."""
    info = torch.finfo(dtype)
    return 2.0 ** (x.abs().clamp_min(info.smallest_normal).log2().floor()) * info.eps


@pytest.mark.parametrize("execution", ["whole", "blocks"])
def test_a_bounded_derivative_is_kept_in_the_half_type_with_more_digits(execution):
    """RMS errors of a gradient in bfloat16, against double precision, and both tails."""
    x = (torch.randn(1 << 16) * 2).bfloat16()
    cotangent = torch.randn(1 << 16).bfloat16()
    f = tanhexp.with_options(execution=execution)
    truth = f.derivative(x.double()) * cotangent.double()

    def error(kept):
        return ((kept - truth).square().mean().sqrt() / truth.square().mean().sqrt()).item()

    leaf = x.clone().requires_grad_()
    f(leaf).backward(cotangent)
    in_bfloat16 = f.derivative(x.float()).bfloat16() * cotangent
    assert leaf.grad.dtype == torch.bfloat16
    assert error(leaf.grad) < 0.75 * error(in_bfloat16)
    # Small derivatives are moved out of float16's subnormal numbers.
    far = torch.tensor([-12.0, -16.0]).bfloat16().requires_grad_()
    (g,) = gradient(f, far)
    np.testing.assert_allclose(g.float(), tanhexp.derivative(far.detach().float()), rtol=2**-8)


@pytest.mark.parametrize("definition", [lambda x: x * x, lambda x: da.exp(x)])
def test_an_unbounded_derivative_is_kept_in_the_arguments_dtype(definition):
    x = torch.tensor([3e4], dtype=torch.bfloat16, requires_grad=True)
    f = da.activation(definition)
    (g,) = gradient(f, x)
    wide = x.detach().float().requires_grad_()
    assert torch.equal(g, gradient(f, wide)[0].bfloat16())


def test_autocast_does_not_reach_inside():
    x = torch.randn(100, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = tanhexp(x)
    assert y.dtype == torch.float32
    assert torch.equal(y, tanhexp(x))


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


def test_a_parameter_of_the_closure_is_an_error():
    beta = torch.nn.Parameter(torch.ones(()))
    x = torch.ones(3)
    for definition in (
        lambda x: x * da.sigmoid(beta * x),
        lambda x: x * da.sigmoid(x * beta),
        lambda x: torch.tanh(x),
        lambda x: torch.where(x > 0, x, beta),
    ):
        with pytest.raises(da.DefinitionError, match=r"arguments?"):
            da.activation(definition)(x)


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


@both
@pytest.mark.parametrize("needs_gradient", [False, True])
@pytest.mark.parametrize("size", [5, 1 << 18])
def test_forward_mode_of_any_size_and_beside_reverse_mode(size, needs_gradient, activation):
    x = torch.linspace(-3, 3, size, dtype=torch.float64).requires_grad_(needs_gradient)
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        got = torch.autograd.forward_ad.unpack_dual(activation(dual)).tangent
    np.testing.assert_allclose(got.detach(), mish.derivative(x.detach().numpy()), rtol=1e-13)


def test_autocast_is_off_inside(monkeypatch):
    seen = []
    monkeypatch.setattr(
        function, "_apply", lambda *_: seen.append(torch.is_autocast_enabled("cpu"))
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mish(torch.ones(3))
    assert seen == [False]


@pytest.mark.parametrize("keep", ["derivative", "input"])
@pytest.mark.parametrize(
    "dtypes", [(torch.float32, torch.float64), (torch.bfloat16, torch.bfloat16)], ids=str
)
def test_compiled_it_has_the_dtypes_and_shapes_of_eager_mode(dtypes, keep):
    torch._dynamo.reset()
    f = swish.with_options(keep=keep)

    def run(f):
        x = torch.linspace(-3, 3, 12).reshape(3, 4).to(dtypes[0]).requires_grad_()
        beta = torch.linspace(1, 2, 4).to(dtypes[1]).requires_grad_()
        y = f(x, beta)
        y.sum().backward()
        return y.detach(), x.grad, beta.grad

    torch.testing.assert_close(run(torch.compile(f, fullgraph=True, backend="aot_eager")), run(f))


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("extreme", [da.minimum, da.maximum], ids=["minimum", "maximum"])
def test_compiled_extremes_share_a_tie_under_torch_func(extreme):
    f = da.activation(lambda x: extreme(x, 1.0))
    slope = torch.func.grad(lambda x: f(x).sum())
    assert torch.compile(slope, fullgraph=True, backend="aot_eager")(torch.ones(1)) == 0.5


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


@pytest.mark.parametrize("execution", ["blocks", "compiled"])
def test_a_tracer_sees_what_is_computed(execution):
    """Blocks and kernels write memory behind its back: its program would not be filled again."""
    from torch.fx.experimental.proxy_tensor import make_fx

    f = mish.with_options(execution=execution)
    x = torch.randn(1 << 17, dtype=torch.float64)
    np.testing.assert_allclose(make_fx(f)(torch.zeros_like(x))(x), mish(x), rtol=1e-14)
    tangent = torch.func.linearize(f, x)[1](x)
    np.testing.assert_allclose(tangent, x * mish.derivative(x), rtol=1e-14)


@pytest.mark.usefixtures("fresh_dynamo")
@pytest.mark.parametrize("shape", [(), (4, 1)], ids=str)
def test_a_learned_argument_is_compiled_once_for_all_shapes(shape):
    counter = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(swish, dynamic=True, fullgraph=True, backend=counter)
    for size in (5, 7, 11):
        cotangent, gradients = torch.randn(4, size), []
        for f in (compiled, swish):
            torch.manual_seed(size)
            x = torch.randn(4, size, requires_grad=True)
            beta = torch.ones(shape, requires_grad=True)
            f(x, beta).backward(cotangent)
            gradients.append((x.grad, beta.grad))
        for got, want in zip(*gradients, strict=True):
            torch.testing.assert_close(got, want)
    assert counter.frame_count == 1


@pytest.mark.parametrize("execution", ["blocks", "whole"])
def test_in_place_beside_an_argument_that_shares_memory(execution):
    f = swiglu.with_options(inplace=True, execution=execution)
    x = torch.randn(1 << 17)
    first = x.clone()
    torch.testing.assert_close(f(first, first), swiglu(x, x))
    shifted = x.clone()
    f(shifted[1:], shifted[:-1])
    torch.testing.assert_close(shifted[1:], swiglu(x[1:], x[:-1]))
