"""The levels for a range: 0 and 1 among them, and a bound that is true and hardly to be beaten."""

import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualad.activations import elu, gelu, hardswish, mish, selu, silu, softsign, squareplus, tanh
from dualad.keep.levels import even_ladder, ladder, quantized

BITS = (8, 4, 3, 2)
ROUNDINGS = ("nearest", "stochastic")
RANGES = [
    (0.0, 1.0),
    (-0.129, 1.129),
    (-0.0998, 1.0998),
    (-0.5, 1.5),
    (0.0, 1.758),
    (0.0, 0.25),
    (0.0, 2.0),
    (-3.0, 0.5),
    (0.01, 1.0),
    (0.3, 4.0),
    (0.2, 0.7),
    (-5.0, -2.0),
    (-1.0, 0.0),
    (100.0, 101.0),
    (-32768.0, 32768.0),
    (0.0, 1e-25),
]


def count(bits):
    """With eight bits one number stands for NaN."""
    return 2**bits - (bits == 8)


def through(code, slopes, noise=None):
    places = code.encode(slopes) if noise is None else code.encode(slopes, noise)
    assert places.dtype == slopes.dtype
    # What is converted is in the range of the codes, whatever the derivative is.
    numbers = places[~np.isnan(slopes)]
    assert ((numbers >= (code.bits == 8)) & (numbers < 2**code.bits)).all()
    with np.errstate(invalid="ignore"):
        kept = places.astype(np.uint8)
    return code.decode(kept.astype(slopes.dtype))


def laid_out(low, high, bits, rounding):
    """Evenly spaced throughout with eight bits."""
    return (even_ladder if bits == 8 else ladder)(low, high, count(bits), rounding)


def range_of(f):
    return f.recording.slope_range([None, *f.defaults.values()])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_levels_rise_and_are_as_many_as_there_are_numbers(low, high, bits, rounding):
    levels = laid_out(low, high, bits, rounding).levels
    assert list(levels) == sorted(set(levels))
    # Where one over a number of steps is not exact, there may be a few less.
    assert count(bits) - 3 <= len(levels) <= count(bits)
    # What is spaced evenly throughout may go on beyond the range for a part of a step.
    step = np.diff(levels).max() if bits == 8 else 0.0
    beyond = step * (0.5 if rounding == "nearest" else 1.0) + 1e-15 * max(abs(low), abs(high))
    assert low - beyond <= levels[0]
    assert levels[-1] <= high + beyond
    assert quantized(low, high, bits, rounding).levels == levels


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_eight_bits_are_evenly_spaced_throughout(low, high, rounding):
    found = quantized(low, high, 8, rounding)
    spacings = np.diff(found.levels)
    size = max(abs(low), abs(high))
    assert np.ptp(spacings) <= 1e-15 * size
    # Codes begin at 1, for 0 is NaN.
    read = found.decode(np.arange(1.0, len(found.levels) + 1.0))
    np.testing.assert_allclose(read, found.levels, rtol=1e-13, atol=1e-13 * size)
    assert np.isnan(found.decode(np.zeros(1))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_zero_and_one_are_exact_where_they_are_derivatives(low, high, bits, rounding, dtype):
    code = quantized(low, high, bits, rounding)
    for exact in (0.0, 1.0):
        # In 254 steps of a wider range there is only one exact level.
        wide = bits == 8 and high - low > 254.0
        if low <= exact <= high and not (wide and exact == 1.0):
            slopes = np.full(3, exact, dtype)
            noises = (0.0, 0.5, np.nextafter(dtype(1), dtype(0)))
            noise = np.array(noises, dtype) if code.noisy else None
            assert (through(code, slopes, noise) == exact).all()
            assert exact in code.levels


@pytest.mark.parametrize("f", [softsign, squareplus], ids=lambda f: f.__name__)
@pytest.mark.parametrize("bits", BITS)
def test_zero_is_exact_where_the_derivative_goes_to_it_but_never_is_there(f, bits):
    code = quantized(*range_of(f), bits, "nearest")
    assert {0.0, 1.0} <= set(code.levels)
    assert through(code, np.array([0.0, 1e-76, 1.0])).tolist() == [0.0, 0.0, 1.0]


def test_what_rounding_adds_to_a_range_takes_no_level():
    for low, high in [(0.0, 1.0 + 2.0**-52), (-(2.0**-52), 1.0), (2.0**-60, 1.0 - 2.0**-53)]:
        for rounding in ROUNDINGS:
            assert ladder(low, high, 8, rounding).levels == ladder(0.0, 1.0, 8, rounding).levels
            found = even_ladder(low, high, 255, rounding).levels
            assert found == even_ladder(0.0, 1.0, 255, rounding).levels
            assert found == tuple(k / 254 for k in range(255))


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(
    ("low", "high", "anchors"),
    [
        (0.0, 253.0, {0.0, 1.0}),
        (-100.0, 150.0, {0.0, 1.0}),
        (0.0, 300.0, {0.0}),
        (-32000.0, 1e-9, {0.0}),
        (-1.0, 32000.0, {0.0}),
        (0.5, 1000.0, {1.0}),
        (0.5, 32000.0, set()),
        (1.0, 1.0 + 2.0**-52, {1.0}),
        (1.0 - 1e-9, 1.0 + 1e-9, {1.0}),
        (0.0, 2.0**-99, {0.0}),
    ],
)
def test_wide_and_narrow_ranges_have_levels(low, high, anchors, rounding):
    code = quantized(low, high, 8, rounding)
    assert anchors <= set(code.levels)
    for dtype in (np.float32, np.float64):
        slopes = np.array([low, *anchors, 0.5 * low + 0.5 * high, high], dtype)
        noises = (None,) if rounding == "nearest" else (np.zeros_like(slopes), slopes * 0 + 0.999)
        for noise in noises:
            found = through(code, slopes, noise)
            assert (np.abs(found.astype(float) - slopes) <= code.error).all()
            assert anchors <= set(found.tolist())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_the_bound_is_true(low, high, bits, rounding, dtype):
    code = quantized(low, high, bits, rounding)
    slopes = np.linspace(low, high, 5001).astype(dtype)
    # Next to the points in the middle between levels, too.
    between = np.convolve(code.levels, [0.5, 0.5], "valid").astype(dtype)
    slopes = np.concatenate([slopes, between, np.nextafter(between, dtype(high))])
    noises = (None,)
    if code.noisy:
        last = np.full(slopes.size, np.nextafter(dtype(1), dtype(0)))
        noises = (np.zeros_like(slopes), last, np.random.default_rng(0).random(slopes.size, dtype))
    for noise in noises:
        off = np.abs(through(code, slopes, noise).astype(np.float64) - slopes)
        assert off.max() <= code.error


@settings(max_examples=60)
@given(
    st.floats(-50.0, 50.0),
    st.floats(1e-3, 100.0),
    st.sampled_from(BITS),
    st.sampled_from(ROUNDINGS),
    st.sampled_from([np.float32, np.float64]),
)
def test_the_bound_is_true_for_any_range(low, width, bits, rounding, dtype):
    high = low + width
    code = quantized(low, high, bits, rounding)
    slopes = np.linspace(low, high, 2001).astype(dtype)
    noise = np.random.default_rng(0).random(slopes.size, dtype) if code.noisy else None
    off = np.abs(through(code, slopes, noise).astype(np.float64) - slopes)
    assert off.max() <= code.error


def least(low, high, levels, rounding="nearest"):
    """The smallest bound of any levels, 0 and 1 among them: in exact arithmetic, by trying all.

    A part of the range between two exact levels, or beyond the last, is covered best by levels that
    are evenly spaced; so only how many each part has is open.
    """
    low, high = Fraction(low), Fraction(high)
    exact = [Fraction(a) for a in (0, 1) if low <= a <= high]
    assert exact
    parts = [(exact[0] - low, "end")]
    parts += [(b - a, "between") for a, b in itertools.pairwise(exact)]
    parts += [(high - exact[-1], "end")]

    def bound(width, free, kind):
        if width == 0:
            return Fraction(0)
        if rounding == "stochastic":
            gaps = free + (kind == "between")
            return width / gaps if gaps else Fraction(10**9)
        return width / (2 * free + (2 if kind == "between" else 1))

    def best(parts, free):
        (width, kind), *others = parts
        if not others:
            return bound(width, free, kind)
        return min(
            max(bound(width, here, kind), best(others, free - here)) for here in range(free + 1)
        )

    return best(parts, levels - len(exact))


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(
    ("low", "high"), [r for r in RANGES if r[0] <= 0.0 <= r[1] or r[0] <= 1.0 <= r[1]]
)
def test_no_other_levels_would_do_better(low, high, bits, rounding):
    found = ladder(low, high, count(bits), rounding).bound
    want = float(least(low, high, count(bits), rounding))
    rounded = 2.0**-20 * max(-low, high)
    # Of 255 levels a few are given up, that 0 and 1 be exact in single precision.
    most = 1.02 if bits == 8 else 1.0 + 1e-12
    assert want * (1.0 - 1e-12) <= found <= want * most + rounded * (1.0 + 1e-12)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_even_spacing_costs_hardly_anything(low, high, rounding):
    even, parts = (f(low, high, 255, rounding).bound for f in (even_ladder, ladder))
    assert even <= 1.02 * parts


@settings(max_examples=60)
@given(st.floats(-0.5, 0.0), st.floats(0.01, 1.5), st.sampled_from(ROUNDINGS))
def test_even_spacing_costs_hardly_anything_for_most_slopes(low, high, rounding):
    """Up to five whole numbers of steps in a row are given up, that 1 be exact."""
    even, parts = (f(low, high, 255, rounding).bound for f in (even_ladder, ladder))
    assert even <= 1.03 * parts


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("low", "high"), [*RANGES, (1.0, 1.0 + 2.0**-52), (0.5, 250.0)])
def test_levels_are_found_at_once(low, high, rounding):
    def seconds(bits):
        start = time.perf_counter()
        quantized(low, high, bits, rounding)
        return time.perf_counter() - start

    for bits in BITS:
        assert min(seconds(bits) for _ in range(5)) < 2e-3


@pytest.mark.parametrize(
    ("f", "bits", "most"),
    [
        (gelu, 3, 0.1001),
        (silu, 3, 0.0999),
        (tanh, 3, 1 / 14 + 2e-6),
        (elu, 3, 1 / 14 + 2e-6),
        (selu, 3, 0.1251),
        (mish, 3, 0.0886),
        (hardswish, 3, 1 / 6 + 2e-6),
        (gelu, 4, 0.0430),
        (silu, 4, 1 / 26 + 2e-6),
        (tanh, 4, 1 / 30 + 2e-6),
        (gelu, 8, 0.0025),
        (silu, 8, 0.0024),
        (tanh, 8, 1 / 508 + 2e-6),
    ],
    ids=lambda v: getattr(v, "__name__", str(v)),
)
def test_bounds_that_are_quoted(f, bits, most):
    low, high = range_of(f)
    assert quantized(low, high, bits, "nearest").error <= most


def test_eight_levels_with_zero_and_one_cannot_do_better_for_silu():
    """Levels on both sides leave five steps from 0 to 1; on one side alone, that end is bare."""
    low, high = range_of(silu)
    end = min(-low, high - 1.0)
    least_bound = least(low, high, 8)
    assert float(least_bound) == pytest.approx(min(end, 0.1), rel=1e-9)
    assert quantized(low, high, 3, "nearest").error <= float(least_bound) * 1.0001


@pytest.mark.parametrize(
    ("f", "most"),
    [(gelu, 0.058), (silu, 0.052), (tanh, 0.077), (elu, 0.051)],
    ids=lambda v: getattr(v, "__name__", str(v)),
)
def test_three_bits_are_as_good_as_published_codebooks_for_normal_numbers(f, most):
    x = np.linspace(-9.0, 9.0, 40_001)
    weights = np.exp(-x * x / 2)
    slopes = f.derivative(x)
    code = quantized(*range_of(f), 3, "nearest")
    off = through(code, slopes) - slopes
    assert math.sqrt(np.sum(weights * off**2) / np.sum(weights)) <= most


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(("low", "high"), [(-0.129, 1.129), (0.0, 1.0), (0.2, 0.7), (-0.5, 1.5)])
def test_the_mean_over_noise_is_the_derivative(low, high, bits):
    code = quantized(low, high, bits, "stochastic")
    rng = np.random.default_rng(bits)
    slopes, times = np.linspace(low, high, 401), 1000
    found = through(code, *np.broadcast_arrays(slopes, rng.random((times, 401))))
    levels = np.array(code.levels)
    # A number that is one of two at random has this variance, whatever was drawn.
    above = np.clip(np.searchsorted(levels, slopes), 1, levels.size - 1)
    variance = (levels[above] - slopes) * (slopes - levels[above - 1])
    spread = 5.0 * np.sqrt(np.maximum(variance, 0.0) / times) + code.error * 2.0**-14
    assert (np.abs(found.mean(0) - slopes) <= spread).all()


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
def test_each_of_two_neighbours_alone_is_drawn(bits, rounding):
    code = quantized(-0.129, 1.129, bits, rounding)
    rng = np.random.default_rng(0)
    slopes = rng.uniform(-0.129, 1.129, 5000)
    found = through(code, slopes, rng.random(5000) if code.noisy else None)
    levels = np.array(code.levels)
    above = np.clip(np.searchsorted(levels, slopes), 1, levels.size - 1)
    close = np.minimum(np.abs(found - levels[above]), np.abs(found - levels[above - 1]))
    assert close.max() < 1e-12


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_no_number(low, high, bits, rounding):
    code = quantized(low, high, bits, rounding)
    noise = np.array([0.7]) if code.noisy else None
    (found,) = through(code, np.array([np.nan]), noise)
    if bits == 8:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(code.levels[0], rel=1e-12)


@pytest.mark.parametrize("bits", BITS)
def test_beyond_the_range_it_is_the_last_level(bits):
    code = quantized(-0.129, 1.129, bits, "nearest")
    found = through(code, np.array([-np.inf, -7.0, 9.0, np.inf]))
    want = [code.levels[0]] * 2 + [code.levels[-1]] * 2
    np.testing.assert_allclose(found, want, rtol=1e-14)
