"""Several small numbers in a byte: nothing is lost, and it takes as few bytes as there can be."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualad.keep.packing import pack, unpack

SIZES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 255, 256, 257, 1003)


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("size", SIZES)
def test_unpacking_gives_back_what_was_packed(size, bits):
    rng = np.random.default_rng(size)
    codes = rng.integers(0, 2**bits, size, dtype=np.uint8)
    packed = pack(np, codes, bits)
    found = unpack(np, packed, bits, size)
    assert packed.dtype == found.dtype == np.uint8
    np.testing.assert_array_equal(found, codes)


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("size", SIZES)
def test_it_takes_the_bits_rounded_up_to_bytes(size, bits):
    packed = pack(np, np.zeros(size, np.uint8), bits)
    least = -(-size * bits // 8)
    assert packed.ndim == 1
    if bits == 3:
        assert least <= packed.size <= least + 1
    else:
        assert packed.size == least


@given(st.sampled_from([1, 2, 3, 4]), st.data())
def test_any_numbers_in_any_number(bits, data):
    codes = data.draw(st.lists(st.integers(0, 2**bits - 1), max_size=70))
    packed = pack(np, np.array(codes, np.uint8), bits)
    assert unpack(np, packed, bits, len(codes)).tolist() == codes


@pytest.mark.parametrize(("bits", "size"), [(1, 8), (2, 4), (4, 2)])
def test_all_arrays_that_fill_a_byte_are_different_bytes(bits, size):
    every = np.indices((2**bits,) * size, np.uint8).reshape(size, -1)
    assert len({pack(np, codes, bits).item() for codes in every.T}) == 256


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_it_is_written_in_the_standards_functions_alone(bits):
    codes = np.random.default_rng(bits).integers(0, 2**bits, 37, dtype=np.uint8)
    given_ = array_api_strict.asarray(codes)
    packed = pack(array_api_strict, given_, bits)
    np.testing.assert_array_equal(np.asarray(packed), pack(np, codes, bits))
    found = unpack(array_api_strict, packed, bits, 37)
    np.testing.assert_array_equal(np.asarray(found), codes)


def test_what_was_packed_is_not_written_over():
    codes = np.arange(8, dtype=np.uint8) % 4
    codes.flags.writeable = False
    packed = pack(np, codes, 2)
    packed.flags.writeable = False
    np.testing.assert_array_equal(unpack(np, packed, 2, 8), codes)
