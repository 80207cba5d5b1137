"""Inside a graph for XLA: one kernel for each output, and the same numbers."""

import numpy as np
import pytest
import tensorflow as tf

import dualad as da
from dualad.activations import gelu_tanh, mish, relu, serf, silu, swiglu, swish, tanhexp
from dualad_tensorflow.fusion import dear, for_xla, fused
from dualad_tensorflow.namespace import namespace


def executable(activation):
    """Value and every slope."""
    paths = ((), *((i,) for i in range(len(activation.parameters))))
    return activation.recording.executable(namespace.name, paths)


def in_xla(f):
    return tf.function(f, jit_compile=True, autograph=False)


def arrays_in_memory(activation, *xs):
    """How many arrays the compiled program reads or writes."""

    def outputs(*xs):
        return fused(executable(activation), xs, xs[0].dtype)

    text = in_xla(outputs).experimental_get_compiler_ir(*xs)(stage="optimized_hlo")
    entry = text[text.index("ENTRY") :].splitlines()[1:]
    size = f"f32[{xs[0].shape[0]}]"
    return sum(f"= {size}" in line for line in entry)


def test_what_is_traced_is_known_to_be_for_xla():
    seen = []

    def look(x):
        seen.append(for_xla())
        return x

    def through(x):
        return tf.function(look)(x)

    look(1.0)
    tf.function(look)(tf.ones(3))
    tf.function(through)(tf.ones(3))
    assert seen == [False, False, False]
    in_xla(look)(tf.ones(3))
    in_xla(through)(tf.ones(3))
    tf.function(lambda x: in_xla(look)(x))(tf.ones(3))
    assert seen[3:] == [True, True, True]


@pytest.mark.parametrize(
    ("activation", "inputs"), [(silu, 1), (mish, 1), (gelu_tanh, 1), (swiglu, 2), (relu, 1)]
)
def test_a_kernel_for_each_output_reads_the_inputs_alone(activation, inputs):
    xs = [tf.linspace(-5.0 - i, 5.0, 4096) for i in range(inputs)]
    assert arrays_in_memory(activation, *xs) == 2 * inputs + 1


@pytest.mark.parametrize(("activation", "calls"), [(serf, 2), (tanhexp, 2)])
def test_what_is_dearer_than_memory_is_shared(activation, calls):
    assert dear(executable(activation).alone[0]) == calls
    assert arrays_in_memory(activation, tf.linspace(-5.0, 5.0, 4096)) > 3


def test_an_exponential_that_a_compiler_makes_of_two_counts_once():
    assert dear(executable(mish).alone[0]) == 1


FIRSTS = [0.0, -0.0, -3.0, np.nan, np.inf, -np.inf, 1e-40]


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64, tf.float16, tf.bfloat16])
@pytest.mark.parametrize("first", FIRSTS)
def test_the_first_element_decides_nothing(first, dtype):
    x = tf.cast(tf.constant([first, -2.0, 0.5, 3.0]), dtype)
    for got, want in zip(in_xla(silu.linearize)(x), silu.linearize(x), strict=True):
        assert got.dtype == dtype
        got, want = (tf.cast(r, tf.float64).numpy() for r in (got, want))
        # A rounding of half types may fall to either side, and below the least normal number
        # TensorFlow has zeros.
        eps = max(np.finfo(np.float32).eps, 2.0 ** -{tf.float16: 10, tf.bfloat16: 7}.get(dtype, 24))
        np.testing.assert_allclose(got, want, rtol=2 * eps, atol=1e-38)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4)])
def test_any_shape(shape):
    x = tf.reshape(tf.linspace(-4.0, 4.0, int(np.prod(shape))), shape)
    for got, want in zip(in_xla(mish.linearize)(x), mish.linearize(x), strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-6)


def test_shapes_unknown_to_the_trace():
    signature = [tf.TensorSpec([None, None], tf.float32)]
    step = tf.function(silu.linearize, signature, jit_compile=True, autograph=False)
    for shape in [(2, 3), (0, 4), (5, 1)]:
        x = tf.reshape(tf.linspace(-4.0, 4.0, int(np.prod(shape))), shape)
        for got, want in zip(step(x), silu.linearize(x), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-6)


def test_arguments_broadcast_and_each_slope_is_right():
    x, beta = tf.linspace(-3.0, 3.0, 12)[:, None], tf.constant([0.5, 1.5])

    def gradients(x, beta):
        with tf.GradientTape() as tape:
            tape.watch([x, beta])
            y = swish(x, beta=beta)
        return [y, *tape.gradient(y, [x, beta])]

    for got, want in zip(in_xla(gradients)(x, beta), gradients(x, beta), strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_a_slope_that_is_a_number_stays_one():
    line = da.activation(lambda x: 3.0 * x)
    y, slope = in_xla(lambda x: fused(executable(line), [x], x.dtype))(tf.constant([1.0, 2.0]))
    np.testing.assert_array_equal(y, [3.0, 6.0])
    assert float(slope) == 3.0
