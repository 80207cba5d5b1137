"""Levels for the range of each run: a bound for every derivative, and 0 as it is."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualad.keep.ranges import RUN, from_ranges, in_ranges

BITS = (2, 3, 4, 8)
LARGEST = float(np.finfo(np.float32).max)


def through(slopes, bits, noise=None):
    codes, lowest, steps = in_ranges(np, slopes, bits, noise)
    assert codes.dtype == np.uint8
    assert codes.shape == slopes.shape
    assert codes.max() < 2**bits
    assert lowest.shape == steps.shape == (-(-slopes.size // RUN),)
    found = from_ranges(np, codes, lowest, steps)
    assert found.dtype == slopes.dtype
    assert found.shape == slopes.shape
    return found


def steps_of(slopes, bits):
    """From the definition: the range of each run, with 0 in it, over its number of steps."""
    starts = range(0, slopes.size, RUN)
    runs = [slopes[k : k + RUN].astype(np.float64) for k in starts]
    steps = [(max(r.max(), 0.0) - min(r.min(), 0.0)) / (2**bits - 2) for r in runs]
    return np.repeat(steps, RUN)[: slopes.size]


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1003])
def test_half_a_step_or_with_noise_a_step(size, dtype, bits):
    rng = np.random.default_rng(size)
    # Runs of different sizes, signs and offsets.
    slopes = rng.standard_normal(size) * 10.0 ** rng.integers(-9, 9, size)
    slopes = (slopes + rng.choice([0.0, 1e3, -1e9], size)).astype(dtype)
    slopes[rng.random(size) < 0.1] = 0.0
    steps = steps_of(slopes, bits)
    little = 1e-5 if dtype is np.float32 else 1e-12
    near = np.abs(through(slopes, bits).astype(np.float64) - slopes)
    assert (near <= steps * (0.5 + little)).all()
    for noise in (np.zeros(size), rng.random(size), np.full(size, np.nextafter(1, 0))):
        far = np.abs(through(slopes, bits, noise.astype(dtype)).astype(np.float64) - slopes)
        assert (far <= steps * (1.0 + little)).all()


@given(
    st.sampled_from(BITS),
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=20),
)
def test_the_bound_for_any_derivatives(bits, slopes):
    slopes = np.array(slopes, np.float32)
    off = np.abs(through(slopes, bits).astype(np.float64) - slopes)
    steps = steps_of(slopes, bits)
    # What is subnormal has fewer digits than the bound.
    assert (off <= steps * (0.5 + 1e-5) + 1e-43).all()


@pytest.mark.parametrize("bits", BITS)
def test_zero_is_exact(bits):
    rng = np.random.default_rng(0)
    for low, high in [(-1, 1), (0, 3), (-7, 0), (-1e-3, 1e9), (5, 6), (-6, -5), (0, 0)]:
        slopes = rng.uniform(low, high, 1000).astype(np.float32)
        slopes[::7] = 0.0
        for noise in (None, rng.random(1000, np.float32)):
            assert (through(slopes, bits, noise)[::7] == 0.0).all()


@pytest.mark.parametrize("bits", BITS)
def test_the_mean_over_noise_is_the_derivative(bits):
    rng = np.random.default_rng(bits)
    slopes = rng.uniform(-2.0, 3.0, RUN)
    times = 400
    found = np.array([through(slopes, bits, rng.random(RUN)) for _ in range(times)])
    step = steps_of(slopes, bits)
    # The variance of one of two neighbours is at most a quarter of the square of their distance.
    assert (np.abs(found.mean(0) - slopes) <= 5 * 0.5 * step / np.sqrt(times)).all()


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_seen_and_spoils_no_other_run(wrong, bits):
    rng = np.random.default_rng(1)
    slopes = rng.standard_normal(3 * RUN + 5).astype(np.float32)
    slopes[RUN + 3] = wrong
    with np.errstate(invalid="ignore"):
        found = through(slopes, bits)
    others = np.r_[0:RUN, 2 * RUN : slopes.size]
    steps = steps_of(np.where(np.isfinite(slopes), slopes, 0), bits)
    assert (np.abs(found - slopes) <= 0.50001 * steps)[others].all()
    # Within its run nothing is right, and nothing passes for right.
    assert np.isnan(found[RUN : 2 * RUN]).all()


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize(
    "slopes", [[LARGEST, 0.0], [-LARGEST, 0.0], [LARGEST, -LARGEST, 0.0], [LARGEST, LARGEST / 3]]
)
def test_the_largest_numbers_do_not_overflow(slopes, bits):
    slopes = np.array(slopes, np.float32)
    with np.errstate(over="raise"):
        found = through(slopes, bits)
    off = np.abs(found.astype(np.float64) - slopes)
    assert (off <= steps_of(slopes, bits) * 0.50001).all()


def test_it_is_written_in_the_standards_functions_alone():
    slopes = np.linspace(-2, 5, 300)
    noise = np.random.default_rng(0).random(300)
    for values in ((slopes,), (slopes, noise)):
        want = in_ranges(np, values[0], 4, *values[1:])
        strict = [array_api_strict.asarray(v) for v in values]
        got = in_ranges(array_api_strict, strict[0], 4, *strict[1:])
        for one, other in zip(got, want, strict=True):
            np.testing.assert_array_equal(np.asarray(one), other)
        np.testing.assert_array_equal(
            np.asarray(from_ranges(array_api_strict, *got)), from_ranges(np, *want)
        )
