"""What differs from the standard: each line of the namespace's documentation."""

import numpy as np
import pytest
import tensorflow as tf

from dualad_tensorflow.namespace import namespace as xp

X = np.array([1.0, -2.0, 3.0], np.float32)


def test_of_the_fourier_transforms_there_is_none():
    assert not hasattr(xp, "fft")


def test_the_tensors_have_their_own_methods_and_operators():
    x = tf.constant(X)
    for missing in ("T", "mT", "size", "to_device", "__array_namespace__"):
        assert not hasattr(x, missing)
    with pytest.raises(tf.errors.InvalidArgumentError):
        x + tf.constant([1.0], tf.float64)
    assert xp.add(x, tf.constant([1.0], tf.float64)).dtype == tf.float64
    with pytest.raises(TypeError, match="item assignment"):
        x[0] = 1.0


def test_a_mask_is_an_index_and_indices_have_functions():
    x, indices = tf.constant(X), tf.constant([2, 0])
    assert x[x > 0].numpy().tolist() == [1.0, 3.0]
    with pytest.raises((TypeError, ValueError, tf.errors.OpError)):
        x[indices]
    assert xp.take(x, indices).numpy().tolist() == [3.0, 1.0]
    assert xp.getitem(x, indices).numpy().tolist() == [3.0, 1.0]


def test_default_dtypes_are_tensorflows():
    names = [xp.asarray(v).dtype.name for v in (1.0, 1, 1j)]
    assert names == ["float32", "int32", "complex64"]
    assert xp.argmax(tf.constant(X)).dtype == xp.nonzero(tf.constant(X))[0].dtype == tf.int64


def test_half_types_together_make_single_precision():
    assert xp.result_type(tf.float16, tf.bfloat16) == tf.float32


def test_of_two_kinds_the_higher_one_decides():
    assert xp.add(tf.constant([1], tf.int64), tf.constant(X)).dtype == tf.float32
    assert xp.exp(tf.constant([1], tf.int64)).dtype == tf.float32


def test_numpys_scalars_are_weak():
    x = tf.constant(X, tf.bfloat16)
    assert xp.multiply(x, np.float64(2.0)).dtype == tf.bfloat16
    assert xp.multiply(np.int64(2), x).dtype == tf.bfloat16


def test_a_device_is_a_name():
    assert xp.zeros(2, device="/CPU:0").device.endswith("CPU:0")


def test_most_operations_flush_subnormal_numbers():
    tiny = tf.constant([1e-40])
    assert tiny.numpy()[0] > 0.0
    for flushed in (xp.multiply(tiny, 2.0), xp.add(tiny, tiny), xp.sign(tiny), xp.sqrt(tiny)):
        assert flushed.numpy()[0] == 0.0


def test_nextafter_and_sort_refuse_what_they_cannot_do():
    with pytest.raises(TypeError, match="float32 and float64, got bfloat16"):
        xp.nextafter(tf.ones(2, tf.bfloat16), 2.0)
    for function in (xp.sort, xp.argsort, xp.unique_values):
        with pytest.raises(TypeError, match=r"no order; write xp\.abs"):
            function(tf.constant([1j, 2.0]))


def test_sorting_is_stable_and_nan_the_largest_number_and_first_in_argmax_and_argmin():
    assert xp.argsort(tf.constant([1.0, 0.0, 1.0, 0.0]), stable=False).numpy().tolist() == [
        *(1, 3),
        *(0, 2),
    ]
    x = tf.constant([1.0, np.nan, np.inf, np.nan])
    assert np.isnan(xp.sort(x)[-2:]).all()
    assert xp.argmax(x) == xp.argmin(x) == 1
    assert xp.unique_values(tf.constant([3, 1, 2, 1])).numpy().tolist() == [1, 2, 3]


def in_graph(function, signature):
    return tf.function(function, input_signature=[signature], autograph=False)


def test_in_a_graph_sizes_may_be_unknown_and_the_rank_but_for_element_wise_functions_not():
    assert in_graph(xp.flip, tf.TensorSpec([None]))(X).numpy().tolist() == [3.0, -2.0, 1.0]
    assert in_graph(xp.abs, tf.TensorSpec(None))(X).numpy().tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="ensure_shape"):
        in_graph(xp.flip, tf.TensorSpec(None))(X)
    with pytest.raises(ValueError, match="map_fn"):
        in_graph(xp.unstack, tf.TensorSpec([None]))(X)


def through_xla(function):
    return tf.function(function, autograph=False, jit_compile=True)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_under_xla_extremes_lose_the_nan_of_the_second_operand(name):
    function = getattr(xp, name)
    first, second = tf.constant([np.nan, 1.0]), tf.constant([1.0, np.nan])
    assert np.isnan(function(first, second)).all()
    assert np.isnan(through_xla(function)(first, second)).tolist() == [True, False]


@pytest.mark.parametrize("name", ["max", "min"])
def test_under_xla_reductions_lose_any_nan(name):
    function = getattr(xp, name)
    x = tf.constant([1.0, np.nan, 2.0])
    assert np.isnan(function(x))
    assert not np.isnan(through_xla(function)(x))


def test_under_xla_an_index_out_of_bounds_is_no_error():
    x, beyond = tf.constant(X), tf.constant([9])
    with pytest.raises(tf.errors.InvalidArgumentError, match="not in"):
        xp.take(x, beyond)
    assert through_xla(xp.take)(x, beyond).shape == (1,)


def test_graphs_reorder_sums_with_numbers_among_them():
    def rounded(x):
        return xp.subtract(xp.add(1.0, x), 1.0)

    x = tf.constant([1e-10])
    assert rounded(x) == 0.0
    assert in_graph(rounded, tf.TensorSpec([1]))(x) == x
    assert through_xla(rounded)(x) == x


def test_what_is_empty_is_filled_and_some_names_are_more():
    assert xp.empty(3).numpy().tolist() == [0.0] * 3
    assert {name for name in ("logsumexp", "getitem", "scatter") if not hasattr(xp, name)} == set()
