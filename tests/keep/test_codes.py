"""Codes as they run: written down in one program and read in another, within the stated error."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad as da
from dualad import activations
from dualad.keep import Quantized
from dualad.keep.choice import choose
from dualad.keep.codes import by_index, cast, scaled
from dualad.linearize import Executable, Output
from dualad.numpy_arrays import namespace
from dualad.program import record

FORMS = [Quantized(b, r) for b in (8, 4, 3, 2) for r in ("nearest", "stochastic")]
BELOW_ONE = float(np.nextafter(np.float32(1), np.float32(0)))


@functools.cache
def reader(code):
    """What the backward pass runs: a cotangent times what was kept."""
    program = record("read", lambda g, kept: g * code.decode(kept), ("cotangent", "kept"))
    return Executable(program, namespace)


def written(f, arguments, code, noise=None):
    """What the forward pass runs: y as ever, and f' as it is kept."""
    dtype = arguments[0].dtype
    given_ = arguments if noise is None else (*arguments, noise)
    wanted = (Output(dtype), Output(np.dtype(code.dtype)))
    run = f.recording.executable("numpy", ((), (0,)), code).run
    return run(given_, "whole", wanted)


def read(code, kept, dtype):
    (slope,) = reader(code).run([np.ones(kept.shape, dtype), kept], "whole")
    return slope


def noises(code, size):
    if not code.noisy:
        return (None,)
    noise = np.random.default_rng(0).random(size, np.float32)
    noise[:100], noise[-100:] = 0.0, BELOW_ONE
    return (noise, noise[::-1].copy())


def check(f, x, numbers, forms=FORMS):
    computing = np.float64 if x.dtype == np.float64 else np.float32
    arguments = (x, *numbers[1:])
    plain = f.recording.executable("numpy", ((), (0,)))
    value, slopes = plain.run(arguments, "whole", (Output(x.dtype), Output(computing)))
    slopes = np.broadcast_to(slopes, x.shape)
    finite = np.isfinite(slopes)
    for form in forms:
        code = choose(f.with_options(keep=form), arguments, x.dtype.name).code
        assert code is not None
        for noise in noises(code, x.size):
            y, kept = written(f, arguments, code, noise)
            np.testing.assert_array_equal(y, value)
            assert kept.dtype == np.uint8
            assert kept.max() < 2**form.bits
            found = read(code, kept, computing)
            off = np.abs(found[finite].astype(np.float64) - slopes[finite])
            assert off.max(initial=0.0) <= code.error, form
            for exact in {0.0, 1.0} & set(code.levels):
                assert (found[slopes == exact] == exact).all()
            # Eight bits hand NaN on; fewer have no number for it.
            assert (np.isnan(found) == (np.isnan(slopes) & (form.bits == 8))).all()


def test_every_float16_is_within_the_stated_error(name, numbers, halves):
    f = getattr(activations, name)
    check(f, halves, numbers(f))


SPECIAL = [0.0, -0.0, 1.0, -1.0, 6.0, math.inf, -math.inf, math.nan, 3.4e38, -3.4e38, 1e-45]


@settings(max_examples=10)
@given(st.data())
def test_float32_with_tails_is_within_the_stated_error(name, numbers, data):
    drawn = data.draw(st.lists(st.floats(width=32), min_size=1, max_size=20))
    f = getattr(activations, name)
    check(f, np.array([*drawn, *SPECIAL], np.float32), numbers(f))


def test_double_precision_is_within_the_stated_error(name, numbers):
    f = getattr(activations, name)
    x = np.concatenate([np.linspace(-12, 12, 3001), np.geomspace(1e-300, 1e38, 200)])
    check(f, np.concatenate([x, -x]), numbers(f))


@pytest.mark.parametrize("bits", [8, 4, 3, 2])
@pytest.mark.parametrize("name", ["gelu", "silu", "tanh", "hardswish", "selu"])
def test_stochastic_rounding_has_the_right_mean(name, bits, numbers):
    f = getattr(activations, name)
    form, x, times = Quantized(bits, "stochastic"), np.linspace(-6, 6, 101), 2000
    code = choose(f.with_options(keep=form), (x, *numbers(f)[1:]), "float64").code
    many = np.broadcast_to(x, (times, x.size)).copy()
    noise = np.random.default_rng(bits).random(many.shape)
    _, kept = written(f, (many, *numbers(f)[1:]), code, noise)
    found = read(code, kept, np.float64)
    spread = found.std(0) / math.sqrt(times)
    want = f.derivative(x)
    # Where all draws but a few are the same, the spread that is seen says nothing.
    rare = 25.0 * code.error / times
    assert (np.abs(found.mean(0) - want) <= 5.0 * spread + rare).all()
    assert np.abs(found.mean() - want.mean()) <= 5.0 * math.sqrt((spread**2).mean() / x.size)


@pytest.mark.parametrize(
    "levels",
    [
        (0.0, 1.0),
        (0.01, 1.0),
        (-0.3, 0.7),
        (0.0, 1e-37),
        (-3e38, 3e38),
        (0.0,),
        (2.5,),
        (0.0, 0.5, 1.0),
        (-2.0, -1 / 3, 0.0, 1e-30),
        tuple(math.pi * k for k in range(-7, 9)),
        tuple(k / 3 for k in range(16)),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_few_slopes_are_kept_exactly(levels, dtype):
    bits = max(1, math.ceil(math.log2(len(levels))))
    code = by_index(levels, bits)
    assert (code.error, code.bits, code.dtype, code.levels) == (0.0, bits, "uint8", levels)
    assert code.packed
    # NaN is no level: it is read as the lowest.
    slopes = np.array([*levels, math.nan], dtype)
    places = code.encode(slopes)
    with np.errstate(invalid="ignore"):
        kept = np.asarray(places).astype(np.uint8)
    assert kept.tolist() == [*range(len(levels)), 0]
    found = np.broadcast_to(code.decode(kept.astype(dtype)), slopes.shape)
    np.testing.assert_array_equal(found.astype(dtype), np.array([*levels, levels[0]], dtype))


@pytest.mark.parametrize("bound", [1e-20, 0.25, 1.0, 1.1, 3.0, 30000.0, 32768.0])
def test_float16_times_a_power_of_two_uses_its_digits(bound):
    code = scaled(bound)
    assert (code.dtype, code.bits, code.packed) == ("float16", 16, False)
    slopes = np.geomspace(bound * 1e-6, bound, 1000)
    kept = code.encode(slopes).astype(np.float16)
    assert np.isfinite(kept).all()
    assert 2.0**14 <= kept.max() <= 2.0**15
    found = code.decode(kept.astype(np.float64))
    # Half a unit of rounding of eleven digits, however small the bound is.
    assert (np.abs(found / slopes - 1.0) <= 2.0**-11).all()


def test_a_cast_is_a_cast():
    code = cast("bfloat16")
    x = np.array([1.0, 2.0])
    assert code.encode(x) is x
    assert code.decode(x) is x
    assert (code.dtype, code.bits, code.error, code.packed) == ("bfloat16", 16, 0.0, False)


def test_an_argument_may_be_called_noise():
    f = da.activation(lambda x, noise: da.tanh(x) + 0.0 * noise)
    code = choose(f.with_options(keep=Quantized(4, "stochastic")), (np.ones(1), 1.0), "float64")
    x = np.linspace(-2, 2, 50)
    _, kept = written(f, (x, 1.0), code.code, np.full(50, 0.5))
    assert np.abs(read(code.code, kept, np.float64) - 1 / np.cosh(x) ** 2).max() <= code.code.error
