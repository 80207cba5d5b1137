"""Kinds of tensors: dtypes, shapes, ragged."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from ..situation import require
from .framework import situation
from .truth import check, derivative, points, reverse, same


@situation()
def single_precision(f, reference):
    check(f, reference, points(2, 3, dtype=tf.float32))


@situation()
def half_precision(f, reference):
    check(f, reference, points(20, dtype=tf.float16))
    check(tf.function(lambda x: f(x)), reference, points(20, dtype=tf.float16))


@situation()
def bfloat16(f, reference):
    check(f, reference, points(20, dtype=tf.bfloat16))
    check(tf.function(lambda x: f(x)), reference, points(20, dtype=tf.bfloat16))


@situation()
def zero_dimensional_and_empty(f, reference):
    for shape in ((), (0,), (3, 0, 2), (1,)):
        check(f, reference, points(*shape))


@situation()
def empty_inside_tf_function(f, reference):
    for shape in ((), (0, 2)):
        check(tf.function(lambda x: f(x)), reference, points(*shape))


@situation()
def many_axes(f, reference):
    check(f, reference, points(*(1, 2) * 4))


@situation()
def large_tensor(f, reference):
    check(f, reference, points(3, 50_000, dtype=tf.float32))


@situation()
def infinities_and_nan(f, reference):
    x = tf.constant([np.inf, np.nan, 300.0, 0.0], tf.float32)
    y, g = f(x), reverse(f)(x)
    require(bool(np.isnan(y[1]) and np.isnan(g[1])), "a NaN is lost")
    same(tf.gather(y, [0, 2, 3]), [np.inf, 300.0, 0.0])
    same(g[2:], [1.0, 0.6])


@situation()
def slice_of_a_variable(f, reference):
    x = tf.Variable(points(4, 3))
    with tf.GradientTape() as tape:
        y = f(x[1:3, ::2])
    want = np.zeros((4, 3))
    want[1:3, ::2] = derivative(reference, x.numpy()[1:3, ::2])
    same(tape.gradient(y, x), want)


def ragged(x):
    return tf.RaggedTensor.from_row_lengths(x, [2, 0, 3])


@situation()
def ragged_tensor(f, reference):
    x = points(5)

    def values(x):
        y = f(ragged(x))
        require(isinstance(y, tf.RaggedTensor), f"a {type(y).__name__} of a ragged tensor")
        require(y.row_lengths().shape == (3,), "other rows")
        return y.flat_values

    check(values, reference, x)
    same(tf.function(reverse(values))(x), derivative(reference, x))


@situation()
def ragged_tensor_watched_itself(f, reference):
    x = ragged(points(5))
    with tf.GradientTape() as tape:
        tape.watch(x.flat_values)
        y = f(x)
    same(tape.gradient(y.flat_values, x.flat_values), derivative(reference, points(5)))


@situation()
def map_flat_values(f, reference):
    check(lambda x: tf.ragged.map_flat_values(f, ragged(x)).flat_values, reference, points(5))


@situation(order=2)
def ragged_tensor_to_second_order(f, reference):
    x = points(5)
    got = reverse(reverse(lambda x: f(ragged(x)).flat_values))(x)
    same(got, derivative(reference, x, 2))
