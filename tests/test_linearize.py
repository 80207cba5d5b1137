"""Whole or in blocks: the same numbers, in every layout, dtype and size."""

import os
import threading

import numpy as np
import pytest

import dualad as da
from dualad import linearize, walk
from dualad.activations import mish
from dualad.linearize import Executable, Output
from dualad.lowering import in_blocks
from dualad.numpy_arrays import namespace


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 100 elements on two threads, so that small arrays show every seam."""
    monkeypatch.setattr(walk, "LARGEST_BLOCK", 100)
    monkeypatch.setattr(walk, "SMALLEST_SHARE", 150)
    monkeypatch.setattr(linearize, "SMALLEST_SHARE", 150)


whole = mish.with_options(execution="whole")
blocks = mish.with_options(execution="blocks")
rng = np.random.default_rng(1)


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 149, 150, 250, 300, 1001])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_any_size_and_dtype(small_blocks, size, dtype):
    x = (rng.normal(size=size) * 3).astype(dtype)
    for a, b in zip(blocks.linearize(x), whole.linearize(x), strict=True):
        assert a.dtype == dtype
        np.testing.assert_array_equal(a, b)


LAYOUTS = {
    "C": lambda x: x,
    "F": lambda x: np.asfortranarray(x),
    "permuted": lambda x: x.transpose(2, 0, 1),
    "strided": lambda x: x[::2, :, ::3],
    "reversed": lambda x: x[::-1],
    "broadcast": lambda x: np.broadcast_to(x[:1], x.shape),
    "0-d": lambda x: x[0, 0, 0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(small_blocks, layout):
    x = LAYOUTS[layout](rng.normal(size=(8, 9, 10)).astype(np.float32))
    y, d = blocks.linearize(x)
    np.testing.assert_array_equal(y, whole(x.copy()))
    np.testing.assert_array_equal(d, whole.derivative(x.copy()))
    if layout in ("C", "F", "permuted"):
        assert y.strides == x.strides


@da.activation
def gate(x, y, scale=2.0):
    return x * da.sigmoid(scale * y)


@pytest.mark.parametrize("second", ["same", "other layout", "row", "0-d", "number", "wider"])
def test_several_inputs(small_blocks, second):
    x = rng.normal(size=(30, 40))
    y = {
        "same": rng.normal(size=(30, 40)),
        "other layout": np.asfortranarray(rng.normal(size=(30, 40))),
        "row": rng.normal(size=40),
        "0-d": np.float64(0.5),
        "number": 0.5,
        "wider": rng.normal(size=(2, 30, 40)),
    }[second]
    y_blocks, slopes_blocks = gate.with_options(execution="blocks").linearize(x, y)
    y_whole, slopes_whole = gate.with_options(execution="whole").linearize(x, y)
    np.testing.assert_array_equal(y_blocks, y_whole)
    assert len(slopes_blocks) == 3
    for a, b in zip(slopes_blocks, slopes_whole, strict=True):
        assert a.shape == y_whole.shape
        np.testing.assert_array_equal(a, b)


def test_mixed_precision_promotes_as_numpy_does(small_blocks):
    x, y = np.ones(200, np.float32), np.ones(200)
    assert gate(x, y).dtype == np.float64
    assert gate(x, np.float64(1.0)).dtype == np.float64
    assert gate(x, 1.0).dtype == np.float32


def test_half_precision_is_rounded_once():
    x = np.linspace(-10, 10, 4001).astype(np.float16)
    y, d = mish.linearize(x)
    wide = x.astype(np.float32)
    np.testing.assert_array_equal(y, mish(wide).astype(np.float16))
    np.testing.assert_array_equal(d, mish.derivative(wide).astype(np.float16))


def test_where_in_blocks_whichever_branch_shares_the_buffer(small_blocks):
    f = da.activation(
        lambda x: da.where(x > 0, da.exp(-x), da.exp(x) * 2.0) + da.where(x < 1, x * x, -x)
    )
    x = rng.normal(size=500)
    a = f.with_options(execution="blocks").linearize(x)
    b = f.with_options(execution="whole").linearize(x)
    np.testing.assert_array_equal(a, b)
    want = np.where(x > 0, np.exp(-x), np.exp(x) * 2.0) + np.where(x < 1, x * x, -x)
    np.testing.assert_allclose(a[0], want, rtol=1e-15)


def test_scratch_stays_within_its_limit():
    for cores in (1, 2, 16, 64):
        code = in_blocks(mish.program(), namespace)
        x = np.zeros(1 << 22, np.float32)

        class Cores:
            def __init__(self, count):
                self.count = count

            def threads(self):
                return self.count

        run = walk.Walk(code, Cores(cores), [x], [x, x], np.dtype(np.float32))
        assert run.threads * run.block * 4 * code.buffers <= walk.SCRATCH_BYTES
        assert run.threads == cores


def test_no_floating_point_warnings_from_worker_threads():
    x = np.full(1 << 18, -1e4)
    f = da.activation(lambda x: da.log(x) * da.exp(-x))
    with np.errstate(all="raise"):
        assert np.isnan(f.with_options(execution="blocks")(x)).all()


def test_several_threads_may_call_at_once():
    x = rng.normal(size=1 << 18)
    want = mish(x)
    results = [None] * 6

    def call(i):
        results[i] = mish(x)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for result in results:
        np.testing.assert_array_equal(result, want)


def test_a_forked_child_starts_its_own_threads():
    x = np.linspace(-3, 3, 1 << 18)
    want = mish(x)  # the pool is running
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(mish(x), want) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_error_in_a_worker_reaches_the_caller(monkeypatch):
    code = in_blocks(mish.program(((),)), namespace)
    monkeypatch.setattr(type(code), "run", property(lambda self: 1 / 0), raising=False)
    with pytest.raises(ZeroDivisionError):
        walk.Walk(code, namespace.blocks, [np.zeros(1 << 18)], [np.zeros(1 << 18)], float).run()


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_scratch_of_wide_and_of_converted_types_stays_within_its_limit(dtype, monkeypatch):
    made = []

    def buffer(self, size, dtype):
        made.append(size * np.dtype(dtype).itemsize)
        return np.empty(size, dtype)

    blocks = type(namespace.blocks)
    monkeypatch.setattr(blocks, "buffer", buffer)
    monkeypatch.setattr(walk, "SCRATCH_BYTES", 1 << 18)
    mish.linearize(np.zeros(1 << 18, dtype))
    assert 0 < sum(made) <= 1 << 18


EXECUTIONS = pytest.mark.parametrize("execution", ["whole", "blocks"])


def executable(definition, *paths):
    return da.activation(definition).recording.executable(namespace.name, paths or ((),))


@EXECUTIONS
def test_outputs_come_in_the_dtype_that_is_wanted_rounded_once(small_blocks, execution):
    f = executable(lambda x: da.exp(x) * (1.0 / 3.0), (), (0,))
    x = rng.normal(size=1001).astype(np.float32)
    wanted = (Output(np.float64), Output(np.float16))
    plain = f.run([x], execution)
    y, slope = f.run([x], execution, wanted)
    assert (y.dtype, slope.dtype) == (np.float64, np.float16)
    np.testing.assert_array_equal(y, plain[0].astype(np.float64))
    np.testing.assert_array_equal(slope, plain[1].astype(np.float16))


@EXECUTIONS
def test_a_half_type_is_not_rounded_before_it_is_summed_or_widened(small_blocks, execution):
    f = executable(lambda x: x * (1.0 / 3.0), (), ())
    x = np.linspace(0.5, 1.0, 700).astype(np.float16)
    exact = x.astype(np.float32) * np.float32(1.0 / 3.0)
    total, wide = f.run([x], execution, (Output(np.float32, summed=True), Output(np.float32)))
    np.testing.assert_array_equal(wide, exact)
    np.testing.assert_allclose(total, exact.sum(dtype=float), rtol=1e-6)
    assert total.dtype == np.float32


@EXECUTIONS
def test_sums_run_over_the_broadcast_shape_and_have_no_axis(small_blocks, execution):
    f = executable(lambda x, b: b * x + b, (), (0,), (1,), (0, 1))
    x = rng.normal(size=(30, 20))
    wanted = (Output(summed=True),) * 4
    for b in (np.float64(1.5), rng.normal(size=20), rng.normal(size=(30, 20))):
        y, by_x, by_b, mixed = f.run([x, b], execution, wanted)
        wide = np.broadcast_to(b, x.shape)
        np.testing.assert_allclose(y, (wide * x + wide).sum())
        np.testing.assert_allclose(by_x, wide.sum())
        np.testing.assert_allclose(by_b, (x + 1.0).sum())
        assert mixed == x.size
        assert {r.ndim for r in (y, by_x, by_b, mixed)} == {0}


@EXECUTIONS
def test_an_output_that_is_wanted_twice_may_be_summed_once(small_blocks, execution):
    f = executable(da.exp, (), (0,))
    x = rng.normal(size=500)
    total, slope = f.run([x], execution, (Output(summed=True), Output()))
    np.testing.assert_array_equal(slope, np.exp(x))
    np.testing.assert_allclose(total, np.exp(x).sum())


@EXECUTIONS
@pytest.mark.parametrize("layout", ["C", "F", "strided", "reversed"])
def test_in_place_the_argument_is_overwritten_and_the_slope_is_that_before(
    small_blocks, layout, execution
):
    x = LAYOUTS[layout](rng.normal(size=(8, 9, 10)))
    before = x.copy()
    y, slope = executable(lambda x: x * da.tanh(x), (), (0,)).run([x], execution, inplace=True)
    assert y is x
    np.testing.assert_allclose(y, before * np.tanh(before), rtol=1e-14)
    want = np.tanh(before) + before / np.cosh(before) ** 2
    np.testing.assert_allclose(slope, want, rtol=1e-12, atol=1e-15)


@EXECUTIONS
def test_in_place_of_half_types_constants_and_the_identity(small_blocks, execution):
    for definition, want in ((da.exp, 1.0), (lambda x: 3.0, 3.0), (lambda x: x, 0.0)):
        x = np.zeros(300, np.float16)
        (y,) = executable(definition).run([x], execution, inplace=True)
        assert y is x
        assert (x == want).all()


@EXECUTIONS
@pytest.mark.parametrize("other", [np.float16, np.float32, np.float64])
def test_mixed_dtypes_are_computed_and_returned_in_the_common_one(small_blocks, other, execution):
    x = rng.normal(size=400).astype(np.float32)
    y = rng.normal(size=400).astype(other)
    f = gate.with_options(execution=execution)
    value, slopes = f.linearize(x, y)
    common = np.result_type(x, y)
    assert {a.dtype for a in (value, *slopes)} == {common}
    exact, exact_slopes = gate.linearize(x.astype(float), y.astype(float))
    for mine, want in zip((value, *slopes), (exact, *exact_slopes), strict=True):
        np.testing.assert_allclose(mine, want, rtol=20 * np.finfo(common).eps, atol=1e-7)


@pytest.mark.parametrize("second", ["C", "F", "strided", "reversed", "broadcast"])
@pytest.mark.parametrize("first", ["C", "F", "strided", "broadcast"])
def test_two_layouts_in_one_call_in_blocks(small_blocks, first, second):
    shape = (8, 9, 10) if {first, second}.isdisjoint({"strided"}) else (4, 9, 4)
    x, y = (
        LAYOUTS[k](rng.normal(size=(8, 9, 10) if k == "strided" else shape))
        for k in (first, second)
    )
    for scale in (2.0, np.float64(0.5)):
        a = gate.with_options(execution="blocks").linearize(x, y, scale)
        b = gate.with_options(execution="whole").linearize(x.copy(), y.copy(), scale)
        for mine, want in zip((a[0], *a[1]), (b[0], *b[1]), strict=True):
            np.testing.assert_array_equal(mine, want)


def test_without_a_compiler_compiled_is_what_auto_is():
    assert namespace.compiler is None
    x = rng.normal(size=1 << 17)
    f = executable(lambda x: x * da.tanh(x), (), (0,))
    for mine, want in zip(f.run([x], "compiled"), f.run([x], "auto"), strict=True):
        np.testing.assert_array_equal(mine, want)


class Compiler:
    """A backend's compiler that says what it was asked."""

    dialect = namespace

    def __init__(self, preferred=False, accepted=True, works=True):
        self.preferred, self.accepted, self.works = preferred, accepted, works
        self.asked = []

    def prefers(self, arrays):
        return self.preferred

    def accepts(self, arrays):
        return self.accepted

    def run(self, executable, arguments, dtype, outputs, inplace):
        self.asked.append((dtype, outputs, inplace))
        return executable.traced(arguments, dtype, outputs, inplace) if self.works else None


@pytest.mark.parametrize(
    ("execution", "compiler", "asked"),
    [
        ("compiled", Compiler(), 1),
        ("auto", Compiler(), 0),
        ("auto", Compiler(preferred=True), 1),
        ("whole", Compiler(preferred=True), 0),
        ("blocks", Compiler(preferred=True), 0),
        ("compiled", Compiler(accepted=False), 0),
        ("compiled", Compiler(works=False), 1),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_a_compiler_is_asked_when_it_is_wanted_or_preferred(
    monkeypatch, execution, compiler, asked
):
    monkeypatch.setattr(namespace, "compiler", compiler)
    compiler.asked.clear()
    f = Executable(da.activation(lambda x: x * da.exp(x)).program(((), (0,))), namespace)
    x = rng.normal(size=300).astype(np.float32)
    y, slope = f.run([x], execution, (Output(), Output(np.float64)))
    np.testing.assert_allclose(y, x * np.exp(x), rtol=1e-6)
    np.testing.assert_allclose(slope, np.exp(x) * (1 + x), rtol=1e-5, atol=1e-6)
    assert slope.dtype == np.float64
    assert compiler.asked == [(np.float32, (Output(), Output(np.float64)), False)] * asked
