"""tf.function, control flow and maps, to first order."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from ..situation import require
from .framework import situation
from .truth import check, cotangent, derivative, points, reverse, same


@situation()
def tape_inside_tf_function(f, reference):
    x = points(2, 3)
    same(tf.function(reverse(f))(x), derivative(reference, x))


@situation()
def tape_around_tf_function(f, reference):
    check(tf.function(lambda x: f(x)), reference, points(2, 3))


@situation()
def tf_function_of_the_function_itself(f, reference):
    check(tf.function(f), reference, points(5))


@situation()
def tape_around_nested_tf_functions(f, reference):
    inner = tf.function(lambda x: f(x))
    check(tf.function(lambda x: 1.0 * inner(x)), reference, points(5))


@situation()
def persistent_tape_around_tf_function(f, reference):
    x, g = points(5), tf.function(lambda x: f(x))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = g(x), 2.0 * g(x)
    same(tape.gradient(y, x), derivative(reference, x))
    same(tape.gradient(z, x), 2 * derivative(reference, x))


@situation()
def unknown_shape(f, reference):
    for shape in ([None, 3], None):
        spec = [tf.TensorSpec(shape, tf.float64)]
        check(tf.function(lambda x: f(x), input_signature=spec), reference, points(2, 3))
        inside = tf.function(reverse(f), input_signature=spec)
        same(inside(points(4, 3)), derivative(reference, points(4, 3)))


@situation()
def static_shape_of_the_result(f, reference):
    def shape(x):
        require(f(x).shape.as_list() == [None, 3], f"{f(x).shape} for [None, 3]")
        return f(x)

    tf.function(shape, input_signature=[tf.TensorSpec([None, 3], tf.float64)])(points(2, 3))


@situation()
def concrete_function(f, reference):
    spec = tf.TensorSpec([5], tf.float64)
    check(tf.function(lambda x: f(x)).get_concrete_function(spec), reference, points(5))


@situation()
def tf_gradients(f, reference):
    x = points(5)
    same(tf.function(lambda x: tf.gradients(f(x), x)[0])(x), derivative(reference, x))


@situation()
def graph_and_session(f, reference):
    x = points(5).numpy()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        given = tf.compat.v1.placeholder(tf.float64, [None])
        y = f(given)
        (g,) = tf.gradients(y, given)
        value, slope = session.run([y, g], {given: x})
    same(value, derivative(reference, x, 0))
    same(slope, derivative(reference, x))


@situation()
def functions_run_eagerly(f, reference):
    tf.config.run_functions_eagerly(True)
    try:
        check(tf.function(lambda x: f(x)), reference, points(5))
    finally:
        tf.config.run_functions_eagerly(False)


@situation()
def variable_captured_by_tf_function(f, reference):
    x = tf.Variable(points(5))
    g = tf.function(lambda: f(x))
    with tf.GradientTape() as tape:
        y = g()
    same(tape.gradient(y, x), derivative(reference, x))


@situation()
def jacobian_inside_tf_function(f, reference):
    def diagonal(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.jacobian(y, x)

    x = points(5)
    same(tf.function(diagonal)(x), np.diag(derivative(reference, x)))


@situation()
def tf_cond(f, reference):
    def branch(x):
        return tf.cond(tf.reduce_sum(x) > -100.0, lambda: f(x), lambda: x)

    check(tf.function(branch), reference, points(5))
    check(branch, reference, points(5))


@situation()
def tf_while_loop(f, reference):
    def loop(f):
        def twice(x):
            step = (lambda i, h: i < 2), (lambda i, h: (i + 1, f(h)))
            return tf.while_loop(*step, (0, x))[1]

        return twice

    check(tf.function(loop(f)), loop(reference), points(5))
    same(tf.function(reverse(loop(f)))(points(5)), derivative(loop(reference), points(5)))


@situation()
def loop_of_autograph(f, reference):
    def loop(x):
        h = x
        for _ in tf.range(2):
            if tf.reduce_sum(h) > -100.0:
                h = f(h)
        return h

    check(tf.function(loop), lambda x: reference(reference(x)), points(5))


@situation()
def tf_scan(f, reference):
    def last(f):
        return lambda x: tf.scan(lambda h, row: f(h + row), x)[-1]

    x = points(3, 2)
    same(tf.function(reverse(last(f)))(x), derivative(last(reference), x))


@situation()
def map_fn(f, reference):
    check(lambda x: tf.map_fn(f, x), reference, points(3, 2))
    check(tf.function(lambda x: tf.map_fn(f, x)), reference, points(3, 2))


@situation()
def vectorized_map(f, reference):
    x = points(3, 2)
    same(tf.vectorized_map(reverse(f), x), derivative(reference, x))


@situation()
def tape_around_vectorized_map(f, reference):
    check(lambda x: tf.vectorized_map(f, x), reference, points(3, 2))


@situation()
def tf_data(f, reference):
    x = points(4, 2)
    rows = list(tf.data.Dataset.from_tensor_slices(x).map(f).batch(4))
    same(rows[0], derivative(reference, x, 0))
    rows = list(tf.data.Dataset.from_tensor_slices(x).map(reverse(f), num_parallel_calls=2))
    same(tf.stack(rows), derivative(reference, x))


@situation()
def py_function(f, reference):
    check(tf.function(lambda x: tf.py_function(f, [x], x.dtype)), reference, points(5))


@situation()
def recompute_grad_inside_tf_function(f, reference):
    x = points(5)
    same(tf.function(reverse(tf.recompute_grad(f)))(x), derivative(reference, x))


@situation()
def stopped_gradients_inside_tf_function(f, reference):
    x = points(5)
    got = tf.function(reverse(lambda x: f(x) * tf.stop_gradient(f(x))))(x)
    same(got, derivative(reference, x) * derivative(reference, x, 0))


@situation()
def sparse_cotangent_inside_tf_function(f, reference):
    x, d = points(4), derivative(reference, points(4))
    step = tf.function(reverse(lambda x: tf.gather(f(x), [0, 0, 2])))
    same(tf.convert_to_tensor(step(x)), [2 * d[0], 0, d[2], 0])


@situation()
def output_gradients_inside_tf_function(f, reference):
    def step(x, cot):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x, cot)

    x, cot = points(5), cotangent(points(5))
    same(tf.function(step)(x, cot), cot * derivative(reference, x))


@situation()
def vectorized_map_of_a_tf_function(f, reference):
    x = points(3, 2)
    same(tf.vectorized_map(tf.function(reverse(f)), x), derivative(reference, x))


@situation()
def tape_around_vectorized_map_of_a_tf_function(f, reference):
    """TensorFlow drops custom gradients there: those of its own functions, too."""
    check(lambda x: tf.vectorized_map(tf.function(lambda row: f(row)), x), reference, points(3, 2))
