"""NumPy as a backend."""

import numpy as np
import pytest

import dualad as da
from dualad.activations import gelu, mish
from dualad.keep import Quantized
from dualad.keep.choice import choose
from dualad.linearize import Output
from dualad.numpy_arrays import namespace


def test_operands_of_two_layouts_are_not_walked_side_by_side():  # numpy blocks
    x = np.arange(12.0).reshape(3, 4)
    f = da.activation(lambda x, y: x - 2.0 * y).with_options(execution="blocks")
    np.testing.assert_array_equal(f(x, np.asfortranarray(x)), -x)


def test_blocks_write_the_numbers_of_levels():
    """Conversion cuts off what is behind the point, and makes 0 of NaN."""
    slopes = np.array([0.0, 0.99, 1.0, 254.5, 255.99, np.nan] * 50_000)
    for dtype in (np.float32, np.float64):
        x = slopes.astype(dtype)
        codes = np.full(x.shape, 7, np.uint8)
        with namespace.blocks.quiet():
            namespace.blocks.copy(x, codes)
        np.testing.assert_array_equal(codes, np.array([0, 0, 1, 254, 255, 0] * 50_000))


@pytest.mark.parametrize("keep", [Quantized(8), Quantized(8, "stochastic"), Quantized(3)], ids=str)
def test_blocks_and_whole_arrays_write_the_same_codes(keep):
    x = np.append(np.linspace(-6.0, 6.0, 200_000), np.nan).astype(np.float32)
    code = choose(gelu.with_options(keep=keep), (x,), "float32").code
    noise = (np.random.default_rng(0).random(x.size, np.float32),) if code.noisy else ()
    run = gelu.recording.executable("numpy", ((), (0,)), code).run
    wanted = (Output(x.dtype), Output(np.dtype(np.uint8)))
    y, codes = run((x, *noise), "blocks", wanted)
    whole, others = run((x, *noise), "whole", wanted)
    assert codes.dtype == others.dtype == np.uint8
    np.testing.assert_array_equal(codes, others)
    np.testing.assert_array_equal(y, whole)


def test_a_subclass_of_arrays_keeps_its_own_life():
    x = np.ma.masked_array([1.0, -1.0], [False, True])
    y = mish.with_options(execution="blocks")(x)
    assert isinstance(y, np.ma.MaskedArray)
    assert y.mask.tolist() == [False, True]


def test_exp_in_programs_is_within_an_ulp():
    from dualad.testing import ulp_error

    x = np.linspace(-80, 80, 20001).astype(np.float32)
    f = da.activation(lambda x: da.exp(x))
    assert np.abs(ulp_error(f(x), np.exp(x.astype(np.float64)))).max() <= 0.52


def test_a_memory_mapped_input_gives_a_plain_array(tmp_path):
    x = np.memmap(tmp_path / "x", np.float64, "w+", shape=300)
    assert type(mish.with_options(execution="blocks")(x)) is np.ndarray
