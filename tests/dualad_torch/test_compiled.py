"""Compiled execution: one kernel for every shape, results of their own, and no compiler at all."""

import itertools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
import torch._inductor.compile_fx as inductor
from torch._inductor.exc import TritonMissing

import dualad as da
import dualad_torch
from dualad.compiler import CompilerWarning
from dualad.linearize import Output
from dualad_torch.compiled import TorchCompiler
from dualad_torch.namespace import namespace

ALL_WAYS = list(itertools.product((False, True), repeat=2))


def compiled(definition):
    """A new activation, of which no kernel has been made yet."""
    return da.activation(definition).with_options(execution="compiled")


def bump(x):
    return x * da.tanh(da.exp(x))


def gate(x, beta):
    return x * da.sigmoid(beta * x)


smooth, gated = compiled(bump), compiled(gate)


def plain_gate(x, beta):
    return x * torch.sigmoid(beta * x)


@pytest.fixture
def kernels(monkeypatch):
    """The example inputs of every kernel that Inductor makes from now on."""
    made = []
    make = inductor.compile_fx_inner

    def counted(*arguments, **options):
        made.append(arguments[1])
        return make(*arguments, **options)

    monkeypatch.setattr(inductor, "compile_fx_inner", counted)
    return made


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_are_computed_in_single_precision_and_rounded_once(dtype):
    x = torch.linspace(-20, 20, 4001).to(dtype)
    for mine, wide in zip(smooth.linearize(x), smooth.linearize(x.float()), strict=True):
        assert mine.dtype == dtype
        assert torch.equal(mine, wide.to(dtype))


LAYOUTS = {
    "C": lambda n: torch.randn(n, 3),
    "F": lambda n: torch.randn(3, n).T,
    "permuted": lambda n: torch.randn(2, 3, n).permute(2, 0, 1),
    "channels last": lambda n: torch.randn(2, 3, n, 1).to(memory_format=torch.channels_last),
    "misaligned": lambda n: torch.randn(3 * n + 1)[1:].view(n, 3),
    "flat": lambda n: torch.randn(n),
    "with ones": lambda n: torch.randn(1, n, 1),
}


def test_one_kernel_serves_every_shape_size_and_dense_layout(kernels):
    f = compiled(bump)
    for size, layout in itertools.product((2, 3, 1000, 1 << 20), LAYOUTS):
        x = LAYOUTS[layout](size)
        y = f(x)
        torch.testing.assert_close(y, bump(x))
        assert y.stride() == x.stride()
        assert y._base is None
    f(torch.ones(()))
    f(torch.ones(1, 1))
    assert f(torch.ones(0, 3)).shape == (0, 3)
    assert len(kernels) == 1


@pytest.mark.parametrize("first", [lambda: torch.ones(3), lambda: torch.ones(9)[3:].view(2, 3)])
def test_a_small_array_or_a_view_that_comes_first_makes_the_same_kernel(kernels, first):
    """Inductor's C++ for three elements would use one thread for ever."""
    f = compiled(bump)
    f(first())
    for x in (torch.randn(1 << 18), torch.randn(6, 4).T, torch.randn(70)[6:].view(8, 8)):
        torch.testing.assert_close(f(x), bump(x))
    (inputs,) = kernels
    (size,) = [i for i in inputs if isinstance(i, torch.SymInt)]
    assert size.node.hint >= 1 << 16


def test_layouts_with_holes_or_repetitions_are_right():
    for n in (4, 50):
        x = torch.randn(n, 6)
        for strided in (x[:, ::2], x[:, :1].expand(n, 5)):
            y, slope = smooth.linearize(strided)
            torch.testing.assert_close(y, bump(strided))
            torch.testing.assert_close(slope, smooth.linearize(strided.contiguous())[1])


def test_a_view_with_another_sign_is_seen_as_it_is():
    x = torch.linspace(-2, 2, 9)
    torch.testing.assert_close(smooth(torch._neg_view(x)), smooth(-x))
    torch.testing.assert_close(smooth(torch.complex(x, x).conj().imag), smooth(-x))


def test_numbers_that_change_are_no_other_kernel(kernels):
    f, x = compiled(gate), torch.linspace(-2, 2, 9)
    for beta in (1.0, 2.0, 0.0, -0.0, 3, float("inf")):
        torch.testing.assert_close(f(x, beta), plain_gate(x, beta), equal_nan=True)
    assert len(kernels) == 1
    f(x, torch.tensor(1.5))
    assert len(kernels) <= 2


def check_gated(f, x, beta):
    """Value and gradients against PyTorch's own of the composed function."""
    x, beta = (a.detach().requires_grad_(a.requires_grad) for a in (x, beta))
    y, want = f(x, beta), plain_gate(x, beta)
    torch.testing.assert_close(y, want)
    leaves = [a for a in (x, beta) if a.requires_grad]
    if leaves:
        pair = torch.autograd.grad(y.sum(), leaves), torch.autograd.grad(want.sum(), leaves)
        torch.testing.assert_close(*pair, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (5,), (2, 1, 5)], ids=str)
def test_gradients_of_parameters_are_summed_where_they_are_broadcast(shape):
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    beta = torch.linspace(0.5, 2.0, int(np.prod(shape))).reshape(shape)
    check_gated(gated, x.requires_grad_(), beta.requires_grad_())


def test_every_way_to_broadcast_is_right_and_none_is_given_up(kernels, caplog):
    def shapes(*sizes):
        return [[n if k else 1 for n, k in zip(sizes, keep, strict=True)] for keep in ALL_WAYS]

    for a, b in itertools.product(shapes(3, 4)[2:], shapes(3, 4)):
        check_gated(gated, torch.randn(a), torch.randn(b))
    made = len(kernels)
    for sizes in ((5, 7), (9, 2)):
        for a, b in itertools.product(shapes(*sizes)[2:], shapes(*sizes)):
            check_gated(gated, torch.randn(a), torch.randn(b))
    assert len(kernels) == made
    assert "recompile_limit" not in caplog.text


def test_shapes_that_do_not_fit_are_an_error_and_the_compiler_goes_on():
    with pytest.raises(RuntimeError, match="size of tensor a"):
        compiled(gate)(torch.ones(3, 4), torch.ones(8))
    assert namespace.compiler.works


def test_who_needs_a_gradient_may_change():
    x, beta = torch.randn(6), torch.randn(6)
    for by_x, by_beta in ALL_WAYS * 2:
        check_gated(gated, x.requires_grad_(by_x), beta.requires_grad_(by_beta))


@pytest.mark.parametrize("first", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_a_kernel_serves_every_mode_whichever_it_was_made_in(first, kernels):
    f = compiled(lambda x: x * da.tanh(x))
    leaf = torch.linspace(-1, 1, 7).requires_grad_()
    for mode in (first, torch.inference_mode, torch.no_grad, torch.enable_grad):
        with mode():
            for x in (leaf, torch.linspace(-1, 1, 7)):
                torch.testing.assert_close(f(x), x * torch.tanh(x))
    f(leaf).sum().backward()
    assert not f(leaf.detach()).is_inference()
    assert len(kernels) == 2  # the value alone, and the pair


def test_another_number_of_threads_is_another_kernel(kernels):
    f, x = compiled(bump), torch.randn(1 << 17)
    before = torch.get_num_threads()
    try:
        for count in (1, 2, 1, 2):
            torch.set_num_threads(count)
            torch.testing.assert_close(f(x), bump(x))
    finally:
        torch.set_num_threads(before)
    assert len(kernels) == 2


def test_results_may_be_written_over():
    for shape in ((6,), (2, 3)):
        leaf = torch.linspace(-1, 1, 6).reshape(shape).requires_grad_()
        y = smooth(leaf)
        y.add_(1.0)
        y.sum().backward()
        torch.testing.assert_close(leaf.grad, smooth.derivative(leaf.detach()))


@pytest.mark.parametrize("shape", [(6,), (2, 3)], ids=str)
def test_a_result_that_is_also_kept_is_known_to_autograd(shape):
    f = compiled(lambda x: 2.0 * da.exp(x))
    leaf = torch.linspace(-1, 1, 6).reshape(shape).requires_grad_()
    for _ in range(2):
        (slope,) = torch.autograd.grad(f(leaf).sum(), leaf)
        torch.testing.assert_close(slope, 2.0 * torch.exp(leaf.detach()))
        y = f(leaf)
        y.add_(1.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


@pytest.mark.parametrize("shape", [(6,), (2, 3)], ids=str)
@pytest.mark.parametrize("offset", [0, 3])
def test_a_slope_that_is_an_argument_is_that_argument(shape, offset):
    f = compiled(lambda x, y: x * y + x)
    for _ in range(2):
        a, b = (torch.randn(6 + offset)[offset:].view(shape).requires_grad_() for _ in range(2))
        z = f(a, b)
        by_a, by_b = torch.autograd.grad(z.sum(), (a, b), retain_graph=True)
        assert torch.equal(by_a, b.detach() + 1.0)
        assert torch.equal(by_b, a.detach())
        with torch.no_grad():
            a.add_(1.0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_a_number_that_is_a_view_of_the_array_is_not_taken_for_it():
    f = compiled(lambda x, y, s: x * y * s)
    x, y = torch.linspace(1, 2, 6), torch.linspace(2, 3, 6).requires_grad_()
    for _ in range(2):
        z = f(x, y, x[0])
        assert torch.equal(torch.autograd.grad(z.sum(), y)[0], x)


@pytest.mark.parametrize("offset", [0, 3])
def test_constants_lines_and_the_identity(offset, kernels):
    base = torch.arange(6.0 + offset)
    leaf = base[offset:].view(2, 3).requires_grad_()
    for definition, slope in (
        (lambda x: x, 1.0),
        (lambda x: 2.0 * x, 2.0),
        (lambda x: 3.0, 0.0),
    ):
        f = compiled(definition)
        for _ in range(2):
            y = f(leaf)
            assert torch.equal(y.detach(), torch.zeros(2, 3) + definition(leaf.detach()))
            y.add_(1.0)
            assert torch.equal(torch.autograd.grad(y.sum(), leaf)[0], torch.full((2, 3), slope))
    assert torch.equal(base, torch.arange(6.0 + offset))
    assert len(kernels) <= 1


def test_in_place_in_every_layout():
    f = compiled(bump).with_options(inplace=True)
    for make in (
        lambda: torch.randn(5, 4).T,
        lambda: torch.randn(8, 5)[::2],
        lambda: torch.randn(21)[1:].view(4, 5),
    ):
        leaf = make().requires_grad_()
        x = leaf * 1.0
        before = x.detach().clone()
        y = f(x)
        assert y.data_ptr() == x.data_ptr()
        y.sum().backward()
        torch.testing.assert_close(y.detach(), bump(before))
        torch.testing.assert_close(leaf.grad, smooth.derivative(before))
        bare = make()
        before = bare.clone()
        assert f(bare).data_ptr() == bare.data_ptr()
        torch.testing.assert_close(bare, bump(before))


@pytest.mark.parametrize("shape", [(1 << 20,), (1024, 1024)], ids=str)
def test_sums_are_exact_to_single_precision(shape):
    executable = smooth.recording.executable("torch", ((),))
    x = torch.rand(shape)
    (total,) = executable.run([x], "compiled", (Output(summed=True),))
    want = bump(x.double()).sum().item()
    assert total.ndim == 0
    assert abs(total.item() / want - 1.0) < 1e-6


def test_many_threads_at_the_first_call_and_later(kernels):
    f = compiled(lambda x: x * da.tanh(da.exp(x)) + x)
    x = torch.linspace(-3, 3, 1 << 12)
    exact = f.with_options(execution="whole")
    found, together = [], threading.Barrier(6)

    def work():
        together.wait()
        for _ in range(20):
            leaf = x.clone().requires_grad_()
            y = f(leaf)
            found.append((y.detach(), torch.autograd.grad(y.sum(), leaf)[0]))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 120
    assert len(kernels) == 1
    for y, slope in found:
        torch.testing.assert_close((y, slope), exact.linearize(x), rtol=2e-6, atol=1e-7)


FORKED = """
import os, signal, torch
import dualad as da
def made(definition):
    return da.activation(definition).with_options(execution="compiled")
f = made(lambda x: x * da.tanh(x))
x = torch.linspace(-3, 3, 1 << 17)
want = f(x)
child = os.fork()
if child == 0:
    signal.alarm(150)
    torch.set_num_threads(1)  # as in a DataLoader's worker
    torch.testing.assert_close(f(x), want)
    torch.testing.assert_close(made(lambda x: x * da.exp(x))(x), x * torch.exp(x))
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run_alone(code, **environment):
    """The lines that a program prints, in a process of its own."""
    places = os.pathsep.join(map(os.path.abspath, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": places, **environment},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_forked_worker_computes_and_compiles(tmp_path):
    """It compiles indeed: no kernel lies in the cache."""
    run_alone(FORKED, TORCHINDUCTOR_CACHE_DIR=str(tmp_path))


WITHOUT_COMPILER = """
import sys, warnings
import torch
from torch._inductor import config
config.cpp.cxx, config.fx_graph_cache = ("no-such-compiler",), False
from dualad.activations import gelu, mish
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for f, own in ((mish, torch.nn.functional.mish), (gelu, torch.nn.functional.gelu)):
        x = torch.linspace(-3, 3, 1 << 17).requires_grad_()
        y = f.with_options(execution="compiled")(x)
        torch.testing.assert_close(y, own(x))
        pair = torch.autograd.grad(y.sum(), x), torch.autograd.grad(own(x).sum(), x)
        torch.testing.assert_close(*pair, rtol=1e-5, atol=1e-6)
for warning in caught:
    if warning.category.__name__ == "CompilerWarning":
        print(warning.message)
"""


def test_without_a_compiler_there_is_one_warning_and_right_results(tmp_path):
    (message,) = run_alone(WITHOUT_COMPILER, TORCHINDUCTOR_CACHE_DIR=str(tmp_path))
    assert message.startswith("mish could not be compiled (InductorError: InvalidCxxCompiler")
    assert "no-such-compiler" in message
    assert "dualad goes on without PyTorch's compiler, as with execution=" in message
    assert "C++ compiler" in message


def test_where_triton_is_missing_it_goes_on_without_a_kernel(monkeypatch):
    def without_triton(*_, **__):
        raise TritonMissing(None)

    monkeypatch.setattr(inductor, "compile_fx_inner", without_triton)
    monkeypatch.setattr(namespace.compiler, "works", True)  # as it will be again
    leaf = torch.linspace(-3, 3, 7).requires_grad_()
    f = compiled(bump)
    with pytest.warns(CompilerWarning, match=r"\(TritonMissing: .*Triton$") as caught:
        found = [torch.autograd.grad(f(leaf).sum(), leaf)[0] for _ in range(2)]
    assert len([w for w in caught if w.category is CompilerWarning]) == 1
    want = torch.autograd.grad((leaf * torch.tanh(torch.exp(leaf))).sum(), leaf)[0]
    torch.testing.assert_close(found, [want, want])


@pytest.mark.parametrize(
    ("devices", "preferred"),
    [(["cpu"], False), (["meta"], True), (["cpu", "meta"], True), (["cpu", "cpu"], False)],
    ids=str,
)
def test_left_to_itself_it_compiles_on_an_accelerator_alone(devices, preferred, monkeypatch):
    """meta stands for the device: it is not the CPU, either."""
    arrays, asked = [torch.empty(3, device=device) for device in devices], []
    assert TorchCompiler().prefers(arrays) is preferred
    monkeypatch.setattr(TorchCompiler, "accepts", lambda *_: True)
    monkeypatch.setattr(TorchCompiler, "run", lambda _, *given: asked.append(given) or arrays)
    f = da.activation(bump if len(arrays) == 1 else gate)
    f.recording.executable("torch", ((),)).run(arrays, "auto")
    assert len(asked) == preferred


def test_memory_that_is_short_is_no_missing_compiler(monkeypatch):
    with pytest.raises(RuntimeError, match="allocate memory"):
        gated(torch.ones(1).expand(1 << 44), torch.ones(1))
    assert namespace.compiler.works

    def short(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(inductor, "compile_fx_inner", short)
    with pytest.raises(torch.OutOfMemoryError):
        compiled(bump)(torch.ones(3))
    assert namespace.compiler.works


def test_what_is_not_in_memory_never_reaches_the_compiler(monkeypatch):
    from torch._subclasses.fake_tensor import FakeTensorMode

    monkeypatch.setattr(TorchCompiler, "run", lambda *_: pytest.fail("it was compiled"))
    assert smooth(torch.empty(3, 4, device="meta")).shape == (3, 4)
    with FakeTensorMode() as mode:
        assert smooth(mode.from_tensor(torch.ones(5))).shape == (5,)


@pytest.mark.parametrize(("dtype", "each"), [(torch.float32, 4), (torch.bfloat16, 2)])
def test_the_derivative_alone_is_kept(dtype, each):
    x = torch.randn(50, 20, dtype=dtype, requires_grad=True)
    assert dualad_torch.saved_bytes(smooth, x).bytes == each * x.numel()


def test_inside_a_compiled_model_execution_makes_no_difference():
    torch._dynamo.reset()
    x = torch.randn(100)
    found = []
    for execution in ("compiled", "auto"):
        f = smooth.with_options(execution=execution)
        leaf = x.clone().requires_grad_()
        y = torch.compile(lambda x, f=f: f(2.0 * x), fullgraph=True)(leaf)
        found.append((y.detach(), torch.autograd.grad(y.sum(), leaf)[0]))
    assert all(map(torch.equal, *found))
