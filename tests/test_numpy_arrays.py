"""NumPy as a backend."""

import numpy as np

import dualad as da
from dualad.activations import mish


def test_operands_of_two_layouts_are_not_walked_side_by_side():  # numpy blocks
    x = np.arange(12.0).reshape(3, 4)
    f = da.activation(lambda x, y: x - 2.0 * y).with_options(execution="blocks")
    np.testing.assert_array_equal(f(x, np.asfortranarray(x)), -x)


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
