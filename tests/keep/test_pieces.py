"""The slopes of what is made of straight pieces: all of them, or a refusal that says why."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad as da
from dualad import activations
from dualad.keep import KeepError, Segments
from dualad.keep.choice import choose
from dualad.keep.pieces import NotStraight, slopes
from dualad.linearize import Executable
from dualad.numpy_arrays import namespace
from dualad.program import record


def found(definition, *numbers, dtype=np.float32):
    """The slopes by x."""
    f = da.activation(definition)
    program = f.program(((0,),)).fixed((None, *numbers))
    return list(slopes(program, dtype))


def clip(x, low, high):
    """``min(max(x, low), high)``, with half a slope at its bounds."""
    return da.minimum(da.maximum(x, low), high)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("definition", "want"),
    [
        (lambda x: 3.0 * x, [3.0]),
        (lambda x: da.relu(x), [0.0, 1.0]),
        (lambda x: da.relu(x) - 0.5 * da.relu(-x), [0.0, 0.5, 1.0]),
        (lambda x: da.abs(x), [-1.0, 0.0, 1.0]),
        (lambda x: x * da.sign(x), [-1.0, 0.0, 1.0]),
        (lambda x: da.relu(x - 12345.678), [0.0, 1.0]),
        (lambda x: da.where(x > 2.0, 4.0 * x, da.where(x < -3.0, -x, x)), [-1.0, 1.0, 4.0]),
        (lambda x: da.where((x > 1.0) & (x <= 2.0), 5.0 * x, 0.0), [0.0, 5.0]),
        (lambda x: da.where(x == 7.0, 5.0 * x, x), [1.0, 5.0]),
        (lambda x: da.copysign(x, -1.0) / 4.0, [-0.25, 0.0, 0.25]),
        (lambda x: 2.0 * da.floor(x), [0.0]),
        (lambda x: x - da.round(x), [1.0]),
        # Kinks of kinks.
        (lambda x: da.abs(da.abs(da.abs(x) - 4.0) - 2.0), [-1.0, 0.0, 1.0]),
    ],
)
def test_slopes_are_those_that_a_pencil_finds(definition, want, dtype):
    assert found(definition, dtype=dtype) == want


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1e-30, 2e-30),
        (-2e-30, -1e-30),
        (12345.678, 12345.688),
        (1.0, 1.0 + 2.0**-20),
        (-1e-7, 1e-7),
        (1e10, 2e10),
        (1e20, 1.1e20),
        (-3e36, -2e36),
        (1e-38, 2e-38),
    ],
)
def test_no_piece_is_too_short_or_too_far_out(low, high, dtype):
    """A slope of 3 that no grid would meet, among others."""
    want = {0.0, 3.0}
    assert want <= set(found(lambda x: 3.0 * clip(x, low, high), dtype=dtype))
    others = found(
        lambda x: 3.0 * clip(x, low, high) + 8.0 * da.relu(x) - 4.0 * clip(x, 5.0, 6.0), dtype=dtype
    )
    assert {0.0, 4.0, 8.0} <= set(others)
    assert {3.0, 11.0} & set(others)


def test_pieces_side_by_side_and_each_far_shorter_than_its_neighbours():
    at = [1e-30, 1.5e-30, 2e-30, 1e-10, 1.0, 1.0 + 1e-6, 1e9, 1e30]
    steps = [2.0 ** (k + 1) for k in range(len(at))]

    def definition(x):
        return sum(s * da.relu(x - a) for s, a in zip(steps, at, strict=True))

    assert set(np.cumsum([0.0, *steps])) <= set(found(definition, dtype=np.float64))


@settings(max_examples=40)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(-4, 4).filter(bool), min_size=5, max_size=5),
)
def test_sums_of_rectifiers_have_the_slopes_that_they_add_up_to(kinks, steps):
    kinks = sorted(kinks)
    steps = steps[: len(kinks)]

    def definition(x):
        return sum(float(s) * da.relu(x - k) for s, k in zip(steps, kinks, strict=True))

    # At a kink a rectifier has the slope 0, which is that of its left.
    assert found(definition, dtype=np.float64) == sorted({0.0, *np.cumsum(steps, dtype=float)})


def test_kinks_may_depend_on_numbers():
    def hinge(x, at, size):
        return size * da.relu(x - da.exp(at)) / da.sqrt(size)

    assert found(hinge, 2.0, 16.0) == [0.0, 4.0]
    assert found(hinge, 2.0, 0.25) == [0.0, 0.5]


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        (lambda x: x * x, "its derivative is not constant between kinks"),
        (lambda x: x * da.abs(x), "its derivative is not constant between kinks"),
        (lambda x: clip(x, -1.0, 1.0) * x, "its derivative is not constant between kinks"),
        (lambda x: x * x * x, "it calls multiply where that is no straight line"),
        (lambda x: da.relu(x) / (1.0 + x * x), "it calls multiply where that is no straight line"),
        (lambda x: x * da.floor(x), "it calls floor, which is not made of straight pieces"),
        (
            lambda x: da.where(x > 0.0, x, da.exp(x)),
            "it calls exp, which is not made of straight pieces",
        ),
        (lambda x: da.sin(x), "it calls cos, which is not made of straight pieces"),
        (
            lambda x: sum((-1.0) ** k * da.relu(x - k) for k in range(70)),
            "it has more than 64 kinks",
        ),
        (lambda x: 1e39 * da.relu(x), "its derivative is not finite somewhere"),
    ],
)
def test_what_is_not_straight_is_refused_with_the_reason(definition, reason):
    with pytest.raises(NotStraight, match=f"^{reason}$"):
        found(definition)


def kept(f, x, *numbers):
    """f' as it is read again from the pieces that were kept."""
    arguments = (x, *(numbers or f.defaults.values()))
    choice = choose(f.with_options(keep=Segments()), arguments, x.dtype.name)
    code, paths = choice.code, ((), (0,))
    (_, places) = f.recording.executable("numpy", paths, code).run(arguments, "whole")
    program = record("read", lambda g, k: g * code.decode(k), ("cotangent", "kept"))
    read = Executable(program, namespace)
    with np.errstate(invalid="ignore"):
        places = places.astype(np.uint8)
    (slope,) = read.run([np.ones_like(x), places], "whole")
    return slope


KINKS = {
    # At the kinks themselves, PyTorch's choice; on the left and right of them.
    "relu6": ((), [(0.0, 0.0, 1.0, 0.0), (6.0, 1.0, 0.0, 0.0)]),
    "hardtanh": ((-1.0, 1.0), [(-1.0, 0.0, 1.0, 0.0), (1.0, 1.0, 0.0, 0.0)]),
    "hardsigmoid": ((), [(-3.0, 0.0, 1 / 6, 0.0), (3.0, 1 / 6, 0.0, 0.0)]),
    "softshrink": ((0.5,), [(-0.5, 1.0, 0.0, 0.0), (0.5, 0.0, 1.0, 0.0)]),
    "hardshrink": ((0.5,), [(-0.5, 1.0, 0.0, 0.0), (0.5, 0.0, 1.0, 0.0)]),
    "threshold": ((0.75, 20.0), [(0.75, 0.0, 1.0, 0.0)]),
    "leaky_relu": ((0.01,), [(0.0, 0.01, 1.0, 0.01)]),
    "prelu": ((0.25,), [(0.0, 0.25, 1.0, 0.25)]),
    "relu": ((), [(0.0, 0.0, 1.0, 0.0)]),
}
LOWEST = {"leaky_relu": np.float32(0.01), "prelu": np.float32(0.25)}
"""What NaN is read as, where that is not 0."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", KINKS)
def test_at_kinks_what_is_read_is_pytorchs_choice(name, dtype):
    numbers, kinks = KINKS[name]
    f = getattr(activations, name)
    for kink, left, right, at in kinks:
        close = [np.nextafter(dtype(kink), dtype(side)) for side in (-math.inf, math.inf)]
        x = np.array([*close, kink - 0.1, kink + 0.1, kink, kink or -0.0], dtype)
        want = np.array([left, right, left, right, at, at], dtype)
        np.testing.assert_array_equal(kept(f, x, *numbers), want)


@pytest.mark.parametrize("name", [*KINKS])
def test_every_float16_has_its_slope_exactly(name, halves):
    numbers, _ = KINKS[name]
    f = getattr(activations, name)
    x = halves.astype(np.float32)
    run = f.recording.executable("numpy", ((0,),)).run
    want = np.broadcast_to(run([x, *numbers], "whole")[0], x.shape)
    want = np.where(np.isnan(want), LOWEST.get(name, 0.0), want)
    np.testing.assert_array_equal(kept(f, x, *numbers), want)


@pytest.mark.parametrize("name", KINKS)
@settings(max_examples=10)
@given(st.lists(st.floats(width=32), min_size=1, max_size=30))
def test_every_float32_has_its_slope_exactly(name, drawn):
    numbers, _ = KINKS[name]
    f, x = getattr(activations, name), np.array(drawn, np.float32)
    run = f.recording.executable("numpy", ((0,),)).run
    want = np.broadcast_to(run([x, *numbers], "whole")[0], x.shape)
    want = np.where(np.isnan(want), LOWEST.get(name, 0.0), want)
    np.testing.assert_array_equal(kept(f, x, *numbers), want)


def test_leaky_rectifiers_of_any_slope():
    x = np.array([-2.0, -0.0, 0.0, 1e-30, 3.0, -math.inf, math.inf], np.float32)
    for slope in (-0.1, 0.0, 1e-8, 0.3, 1.0 - 2.0**-24, 2.0, 1e4):
        want = np.where(x > 0, np.float32(1), np.float32(slope))
        np.testing.assert_array_equal(kept(activations.leaky_relu, x, slope), want)


@pytest.mark.parametrize(("count", "bits"), [(1, 1), (2, 2), (3, 2), (4, 4), (15, 4)])
def test_as_many_bits_as_there_are_slopes(count, bits):
    f = da.activation(lambda x: sum((k + 1.0) * da.relu(x - k) for k in range(count)))
    code = choose(f.with_options(keep="segments"), (np.ones(3),), "float64").code
    # NaN, which infinity times zero is, is none of them.
    assert len(code.levels) == count + 1
    assert code.bits == bits


@pytest.mark.parametrize("name", KINKS)
def test_one_bit_is_enough_for_the_catalogue(name):
    """Whether the slope at NaN is NaN or, of a selection, a number."""
    numbers, _ = KINKS[name]
    f = getattr(activations, name).with_options(keep="segments")
    code = choose(f, (np.ones(3), *numbers), "float32").code
    assert (len(code.levels), code.bits) == (2, 1)


def test_more_than_sixteen_slopes_are_refused():
    f = da.activation(lambda x: sum((k + 1.0) * da.relu(x - k) for k in range(17)), name="stairs")
    with pytest.raises(
        KeepError,
        match=r"^stairs cannot be kept as Segments\(\): it has 18 different slopes, and 16 can be "
        r'told apart; use keep="derivative", or keep="auto", which takes what serves$',
    ):
        choose(f.with_options(keep="segments"), (np.ones(3),), "float64")
